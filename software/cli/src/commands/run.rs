//! `bitladder run`.

use anyhow::{Context, ensure};
use bitladder_flow::Samples;
use bitladder_host::{DeviceUrl, Session as Device, Verdict};
use bitladder_machine::MachineConfig;
use bitladder_package::{Package, Preprocess, Step};
use serde::Serialize;

use super::{Session, machines, profile, shown};
use crate::args::DeviceRunArgs;
use crate::output::Outcome;
use crate::table::Table;

/// Batches between two looks at the progress: on the ladder, the doubtful images of so many fill
/// batches of their own.
const BATCHES: usize = 16;

pub(crate) fn run(session: &Session, args: &DeviceRunArgs) -> anyhow::Result<()> {
    let url: DeviceUrl = args.device.parse()?;
    let config = machine(args, &url)?;
    let package = package(args)?;
    let best = profile(&package, &args.package, args.profile.as_deref())?.name.clone();
    let samples = samples(args, &package)?;
    let clock = args.clock.map(|mhz| level(&config, mhz)).transpose()?;
    let mut device = Device::open(&url, &config, package, args.batch.get())?;
    if let Some(level) = clock {
        device.set_clock(level)?;
    }
    let mode = if args.ladder { Mode::Ladder } else { Mode::Profile(best) };
    let verdicts = classify(session, &mut device, &samples, &mode)?;
    let clock_mhz = device.clock_mhz()?;
    let result = Ran::new(args, &config, &device, &samples, verdicts, clock_mhz);
    session.terminal.show(&result)?;
    if let Some(wanted) = args.clock.filter(|wanted| *wanted != clock_mhz) {
        anyhow::bail!(
            "the machine ran at {clock_mhz} MHz, not at {wanted}: can its board switch clocks?"
        );
    }
    Ok(())
}

/// In which precisions.
enum Mode {
    Profile(String),
    Ladder,
}

fn machine(args: &DeviceRunArgs, url: &DeviceUrl) -> anyhow::Result<MachineConfig> {
    match (&args.config, &url.config) {
        (Some(name), _) => machines::find(name),
        (None, Some(path)) => Ok(MachineConfig::read(path)?),
        (None, None) => anyhow::bail!(
            "which machine is it? Give --config with a name ({}) or a file",
            machines::names()
        ),
    }
}

/// The package, with other margins where they were asked for.
fn package(args: &DeviceRunArgs) -> anyhow::Result<Package> {
    let mut package = Package::read(&args.package)?;
    for (name, margin) in &args.margin {
        let step = package.ladder.iter_mut().find(|step| step.from == *name);
        let step = step.with_context(|| {
            format!("--margin {name}={margin}: no step of the package's ladder begins at `{name}`")
        })?;
        set_margin(step, *margin);
    }
    Ok(package)
}

/// Lets a step decide by a margin, also where it would have looked at probabilities.
fn set_margin(step: &mut Step, margin: u64) {
    (step.margin, step.confidence) = (margin, None);
}

/// Images as they are: the device's session prepares them.
fn samples(args: &DeviceRunArgs, package: &Package) -> anyhow::Result<Samples> {
    let mut data = bitladder_data::load(&args.images, args.part.into())?;
    if let Some(limit) = args.limit {
        data = data.take(limit.get());
    }
    let network = &package.profiles[0].network;
    let shapes: Vec<&[usize]> = network.inputs.iter().map(|input| input.shape.as_slice()).collect();
    Ok(Samples::for_inputs(data, &package.name, &shapes, &Preprocess::default())?)
}

/// The machine's number of a clock.
fn level(config: &MachineConfig, mhz: u32) -> anyhow::Result<u32> {
    let levels = &config.clock.levels_mhz;
    let place = levels.iter().position(|level| *level == mhz);
    let place = place.with_context(|| {
        format!("--clock {mhz}: machine `{}` has clocks of {levels:?} MHz", config.name)
    })?;
    Ok(place as u32)
}

fn classify(
    session: &Session,
    device: &mut Device,
    samples: &Samples,
    mode: &Mode,
) -> anyhow::Result<Vec<Verdict>> {
    let bar = session.terminal.bar("classifying", samples.len());
    let step = BATCHES * device.batch();
    let mut verdicts = Vec::with_capacity(samples.len());
    for first in (0..samples.len()).step_by(step) {
        let images = samples.images(first..samples.len().min(first + step));
        let found = match mode {
            Mode::Profile(name) => device.infer(name, images.data()),
            Mode::Ladder => device.infer_climbing(images.data()),
        };
        let place = || format!("image {first} and those after it");
        verdicts.extend(found.with_context(place)?);
        bar.set_position(verdicts.len() as u64);
    }
    bar.finish_and_clear();
    ensure!(verdicts.len() == samples.len(), "the device left images without an answer");
    Ok(verdicts)
}

#[derive(Serialize)]
struct Ran {
    device: String,
    machine: String,
    clock_mhz: u32,
    images: usize,
    /// With labels only.
    correct: Option<usize>,
    /// How many images each precision decided.
    decided: Vec<(String, usize)>,
    batches: u64,
    cycles: u64,
    /// Of the machine at its clock, without the link.
    device_seconds: f64,
    results: Vec<Image>,
}

#[derive(Serialize)]
struct Image {
    image: usize,
    class: usize,
    name: Option<String>,
    margin: Option<u64>,
    precision: String,
    label: Option<u16>,
    scores: Vec<f32>,
}

impl Ran {
    fn new(
        args: &DeviceRunArgs,
        config: &MachineConfig,
        device: &Device,
        samples: &Samples,
        verdicts: Vec<Verdict>,
        clock_mhz: u32,
    ) -> Self {
        let (package, work) = (device.package(), device.work());
        let labels = samples.labels().ok();
        let right = |labels: &[u16]| {
            verdicts.iter().zip(labels).filter(|(v, label)| v.class == usize::from(**label)).count()
        };
        let correct = labels.map(right);
        let decided = package.profiles.iter().map(|profile| {
            let count = verdicts.iter().filter(|verdict| verdict.profile == profile.name).count();
            (profile.name.clone(), count)
        });
        let decided = decided.filter(|(_, count)| *count > 0).collect();
        let image = |(image, verdict): (usize, Verdict)| Image {
            image,
            class: verdict.class,
            name: package.classes.get(verdict.class).cloned(),
            margin: verdict.margin,
            precision: verdict.profile,
            label: labels.map(|labels| labels[image]),
            scores: verdict.scores,
        };
        let images = verdicts.len();
        let all = verdicts.into_iter().enumerate().map(image);
        let results = if args.summary { Vec::new() } else { all.collect() };
        Self {
            device: args.device.clone(),
            machine: config.name.clone(),
            clock_mhz,
            images,
            correct,
            decided,
            batches: work.batches,
            cycles: work.cycles,
            device_seconds: work.seconds,
            results,
        }
    }

    fn table(&self) -> String {
        let labelled = self.correct.is_some();
        let mut headings = vec![">image", ">class", "name", ">margin", "precision"];
        headings.extend(labelled.then_some(">label"));
        let mut table = Table::new(&headings);
        for image in &self.results {
            let mut row = vec![
                image.image.to_string(),
                image.class.to_string(),
                image.name.clone().unwrap_or_default(),
                image.margin.map(|margin| margin.to_string()).unwrap_or_default(),
                image.precision.clone(),
            ];
            row.extend(image.label.map(|label| label.to_string()));
            table.row(row);
        }
        table.text()
    }
}

impl Outcome for Ran {
    fn text(&self) -> String {
        let mut text = format!("{}: {} at {} MHz\n", self.device, self.machine, self.clock_mhz);
        if !self.results.is_empty() {
            text.push_str(&format!("\n{}\n", self.table()));
        }
        let decided = self.decided.iter().map(|(name, count)| format!("{count} at {name}"));
        let decided = decided.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("{} image(s), {decided}", shown::count(self.images as u64)));
        if let Some(correct) = self.correct {
            let share = correct as f64 / self.images.max(1) as f64;
            text.push_str(&format!("; {correct} as labelled ({})", shown::percent(share)));
        }
        text.push_str(&format!(
            "\n{} batch(es), {} cycles, {:.3} ms of the machine\n",
            shown::count(self.batches),
            shown::count(self.cycles),
            1e3 * self.device_seconds
        ));
        text
    }
}

#[cfg(test)]
mod tests {
    use bitladder_package::Confidence;

    use super::*;

    #[test]
    fn a_margin_that_was_asked_for_decides() {
        let confidence = Some(Confidence { temperature: 1.0, lead: 0.0 });
        let (from, to) = ("4".into(), "8".into());
        let (climbing, agreement, passage) = (0.0, 1.0, None);
        let mut step = Step { from, to, margin: 0, confidence, climbing, agreement, passage };
        assert!(!step.climbs(&[9, 0], 1.0));
        set_margin(&mut step, 10);
        assert!(step.climbs(&[9, 0], 1.0) && !step.climbs(&[10, 0], 1.0));
    }
}
