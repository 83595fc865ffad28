//! `bitladder pareto`.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use bitladder_flow::{calibrate, evaluate, fingerprint, make_profile};
use bitladder_machine::{MachineConfig, compile_package, cycles};
use bitladder_package::{Package, Profile, Source};
use bitladder_quantize::{Calibration, FormatPlan, LowerOptions};
use bitladder_study::energy::EnergyModel;
use bitladder_study::pareto::{Candidate, Cost, mark_dominated};
use bitladder_study::shapes_of;
use bitladder_study::svg::{Mark, Plot};
use serde::Serialize;

use super::characterize::Subject;
use super::{Session, machines, shown};
use crate::args::{CostArg, ParetoArgs, SubjectArgs};
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &ParetoArgs) -> anyhow::Result<()> {
    let plans = plans(args)?;
    let cost = args.cost.into();
    let drawn = args.plot.is_some() && cost == Cost::Cycles;
    ensure!(!drawn || args.config.is_some(), "--cost cycles: name the machine with --config");
    let config = args.config.as_deref().map(machines::find).transpose()?;
    let energies = energies(&args.energies)?;
    let mut report = Report { machine: args.config.clone(), formats: vec![], notes: vec![] };
    let mut names = Vec::new();
    for path in std::iter::once(&args.subject.model).chain(&args.also) {
        let subject = Subject::load(&SubjectArgs { model: path.clone(), ..args.subject.clone() })?;
        let train = &subject.sets.train;
        let bar = session.terminal.bar("calibrating", train.len());
        let tick = &mut |done| bar.set_position(done as u64);
        let calibration = calibrate(&subject.model.network, train, session.threads, tick);
        bar.finish_and_clear();
        names.push(subject.model.network.name().to_owned());
        // With one network its formats' names say enough.
        let prefix = if args.also.is_empty() { String::new() } else { distinct(path, &names)? };
        let (calibration, config) = (calibration?, config.as_ref());
        let bench = Bench { session, subject, calibration, config, energies: &energies };
        for (name, plan) in &plans {
            let (candidate, note) = bench.measure(&format!("{prefix}{name}"), plan)?;
            report.formats.push(candidate);
            report.notes.extend(note);
        }
    }
    mark_dominated(&mut report.formats);
    if let Some(path) = &args.plot {
        let text = plot(&names.join(", "), &report.formats, cost).svg();
        std::fs::write(path, text).with_context(|| format!("{}: not written", path.display()))?;
    }
    session.terminal.show(&report)
}

/// What a network's formats are called among others: by the network, or by its file where two
/// networks have one name.
fn distinct(path: &Path, names: &[String]) -> anyhow::Result<String> {
    let Some((own, others)) = names.split_last() else { return Ok(String::new()) };
    if !others.contains(own) {
        return Ok(format!("{own}/"));
    }
    let name = path.file_name().context("--also: give a file")?.to_string_lossy();
    Ok(format!("{own} ({name}, {})/", names.len()))
}

/// An energy model by name or file.
pub(super) fn energies(wanted: &str) -> anyhow::Result<EnergyModel> {
    if let Some(shipped) = EnergyModel::shipped(wanted) {
        return Ok(shipped?);
    }
    match std::fs::read_to_string(wanted) {
        Ok(text) => Ok(EnergyModel::from_toml(&text, wanted)?),
        Err(error) => {
            let known = EnergyModel::NAMES.join(", ");
            bail!("--energies: `{wanted}` is none of {known}, and no file: {error}")
        }
    }
}

/// A plan per format.
fn plans(args: &ParetoArgs) -> anyhow::Result<Vec<(String, FormatPlan)>> {
    let mut plans: Vec<(String, FormatPlan)> = Vec::new();
    for wanted in &args.format {
        let twice = plans.iter().any(|(name, _)| *name == wanted.name);
        ensure!(!twice, "--format: there are two formats called `{}`", wanted.name);
        let mut plan = FormatPlan::uniform(wanted.format);
        let here = |name: &Option<String>| name.as_ref().is_none_or(|name| *name == wanted.name);
        let own = args.layer.iter().filter(|choice| here(&choice.profile));
        plan.layers = own.map(|choice| (choice.layer.clone(), choice.format)).collect();
        plans.push((wanted.name.clone(), plan));
    }
    let named = args.layer.iter().filter_map(|choice| choice.profile.as_ref());
    for name in named {
        let known = plans.iter().any(|(plan, _)| plan == name);
        ensure!(known, "--layer: no format is called `{name}`; name it with --format {name}=...");
    }
    Ok(plans)
}

impl From<CostArg> for Cost {
    fn from(cost: CostArg) -> Self {
        match cost {
            CostArg::Energy => Self::Energy,
            CostArg::Memory => Self::Memory,
            CostArg::Cycles => Self::Cycles,
        }
    }
}

/// Everything formats are measured with.
struct Bench<'a> {
    session: &'a Session<'a>,
    subject: Subject,
    calibration: Calibration,
    config: Option<&'a MachineConfig>,
    energies: &'a EnergyModel,
}

impl Bench<'_> {
    /// A format's accuracy and costs; a note says why a machine does not run it.
    fn measure(
        &self,
        name: &str,
        plan: &FormatPlan,
    ) -> anyhow::Result<(Candidate, Option<String>)> {
        let (model, test) = (&self.subject.model, &self.subject.sets.test);
        let made = make_profile(name, model, &self.calibration, plan, &LowerOptions::default())?;
        let bar = self.session.terminal.bar(name, test.len());
        let tick = &mut |done| bar.set_position(done as u64);
        let result = evaluate(&made.profile.network, test, self.session.threads, tick);
        bar.finish_and_clear();
        let energy = self.energies.picojoules(&shapes_of(&model.network), plan)?;
        let memory = made.profile.network.weight_bits();
        let (cycles, note) = match self.cycles(made.profile, plan) {
            Ok(cycles) => (cycles, None),
            Err(error) => (None, Some(format!("{name}: {error}"))),
        };
        let accuracy = result?.evaluation.accuracy();
        let name = name.to_owned();
        Ok((Candidate { name, accuracy, energy, memory, cycles, dominated: vec![] }, note))
    }

    fn cycles(&self, profile: Profile, plan: &FormatPlan) -> anyhow::Result<Option<u64>> {
        let Some(config) = self.config else { return Ok(None) };
        let model = &self.subject.model;
        let package = Package {
            name: model.network.name().into(),
            source: Source {
                file: model.file.clone(),
                sha256: model.sha256.clone(),
                config: fingerprint(
                    model,
                    std::slice::from_ref(plan),
                    &LowerOptions::default(),
                    None,
                ),
            },
            preprocess: self.subject.preprocess.clone(),
            classes: vec![],
            softmax: false,
            profiles: vec![profile],
            ladder: vec![],
        };
        let image = compile_package(&package, config, 1)?;
        let program = image.programs.first().context("the package has no program")?;
        Ok(Some(cycles(program, config)?.cycles))
    }
}

fn plot(network: &str, formats: &[Candidate], cost: Cost) -> Plot {
    // Costs span decades, so their logarithm is drawn.
    let mark = |format: &Candidate| {
        Some(Mark {
            at: [format.cost(cost)?.max(1.0).log10(), 100.0 * format.accuracy],
            label: format.name.clone(),
            strong: !format.dominated.contains(&cost),
        })
    };
    let mut marks: Vec<Mark> = formats.iter().filter_map(mark).collect();
    marks.sort_by(|a, b| a.at[0].total_cmp(&b.at[0]));
    let what = match cost {
        Cost::Energy => "energy per image, log10 pJ",
        Cost::Memory => "weights, log10 bits",
        Cost::Cycles => "time per image, log10 cycles",
    };
    let title = format!("{network}: accuracy over {what}");
    Plot { title, axes: [what.into(), "accuracy, %".into()], marks, join_all: false }
}

#[derive(Serialize)]
struct Report {
    machine: Option<String>,
    formats: Vec<Candidate>,
    notes: Vec<String>,
}

impl Outcome for Report {
    fn text(&self) -> String {
        let mut table = Table::new(&["format", ">accuracy", ">energy", ">weights", ">cycles"]);
        for format in &self.formats {
            let marked = |text: String, cost: Cost| {
                text + if format.dominated.contains(&cost) { " *" } else { "  " }
            };
            let cycles = format.cycles.map_or("-".into(), shown::count);
            table.row(vec![
                format.name.clone(),
                shown::percent(format.accuracy),
                marked(format!("{:.3} uJ", format.energy / 1e6), Cost::Energy),
                marked(shown::bytes(format.memory), Cost::Memory),
                marked(cycles, Cost::Cycles),
            ]);
        }
        let mut text = table.text();
        text.push_str("\n* dominated: another format is as accurate and cheaper, or better\n");
        for note in &self.notes {
            text.push_str(&format!("{note}\n"));
        }
        text
    }
}
