//! `bitladder simulate`.

mod layers;

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use bitladder_device::{
    Device, Golden, LayerCount, compare_layers, cycle_limit, locate, run as run_program, rust_sim,
    verilator,
};
use bitladder_flow::Samples;
use bitladder_golden::{Engine, Evaluation, IntBatch, classify};
use bitladder_machine::{MachineConfig, Program, compile_package, cycles};
use bitladder_network::QuantNetwork;
use bitladder_verilated::BuildOptions;
use serde::Serialize;

use crate::args::{BackendArg, SimulateArgs};
use crate::commands::{Session, machines, package_with, quality, shown};
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &SimulateArgs) -> anyhow::Result<()> {
    let mut package = package_with(&args.on.package, &args.profile)?;
    quality::apply(&mut package, &args.quality)?;
    let config = machines::find(&args.on.config)?;
    let untimed = args.layers && args.backend == BackendArg::Golden;
    ensure!(!untimed, "--layers: the golden model counts no cycles; choose another backend");
    let image = compile_package(&package, &config, args.batch.get())?;
    let data = bitladder_data::load(&args.on.data, args.on.part.into())?.take(args.limit.get());
    let mut device = device(&config, args.backend, args.vcd.as_deref())?;
    let mut precisions = Vec::new();
    for (profile, program) in package.profiles.iter().zip(&image.programs) {
        let network = &profile.network;
        let samples = Samples::for_package(data.clone(), &package, network)?;
        let engine = Engine::new(network)?;
        let mut bench = Bench { session, config: &config, program, samples, engine, network };
        let mut precision = bench.run(device.as_mut())?;
        if args.layers {
            precision.layers = Some(bench.layers(device.as_mut())?);
        }
        precisions.push(precision);
    }
    let differences = precisions.iter().map(|precision| precision.differences).sum::<usize>();
    let backend = args.backend.name();
    session.terminal.show(&Simulated { machine: config.name.clone(), backend, precisions })?;
    ensure!(differences == 0, "{differences} image(s) differ from the golden model");
    Ok(())
}

fn device(
    config: &MachineConfig,
    backend: BackendArg,
    vcd: Option<&Path>,
) -> anyhow::Result<Box<dyn Device>> {
    let unwritable = |path: &Path| format!("{}: the waveform cannot be written", path.display());
    Ok(match backend {
        BackendArg::Golden => {
            ensure!(
                vcd.is_none(),
                "--vcd: the golden model has no signals; choose another backend"
            );
            Box::new(Golden::new(config))
        }
        BackendArg::Rust => {
            let mut device = rust_sim(config)?;
            if let Some(path) = vcd {
                let file = File::create(path).with_context(|| unwritable(path))?;
                device.bus().pins().sim().trace(BufWriter::new(file))?;
            }
            Box::new(device)
        }
        BackendArg::Verilator => {
            let options = BuildOptions { trace: vcd.is_some(), cache: None };
            let mut device = verilator(config, &options)?;
            if let Some(path) = vcd {
                ensure!(device.bus().pins().model().trace(path), unwritable(path));
            }
            Box::new(device)
        }
    })
}

/// One precision on the device, next to the golden engine.
struct Bench<'a> {
    session: &'a Session<'a>,
    config: &'a MachineConfig,
    program: &'a Program,
    samples: Samples,
    engine: Engine,
    network: &'a QuantNetwork,
}

impl Bench<'_> {
    fn run(&mut self, device: &mut dyn Device) -> anyhow::Result<Precision> {
        let expected = cycles(self.program, self.config)?.cycles;
        let bar = self.session.terminal.bar(&self.program.name, self.samples.len());
        let mut result = Precision::new(&self.program.name, expected);
        let mut evaluation = Evaluation::new(self.samples.classes());
        let start = Instant::now();
        for first in (0..self.samples.len()).step_by(self.program.batch) {
            let count = self.program.batch.min(self.samples.len() - first);
            let batch = self.batch(first, count);
            let inputs = std::slice::from_ref(&batch);
            let found = run_program(device, self.program, inputs, cycle_limit(expected))?;
            let wanted = self.engine.run(std::slice::from_ref(&batch), self.session.threads)?;
            let equal = |image: &usize| wanted.image(*image) == found.results.image(*image);
            let differing = (0..count).filter(|image| !equal(image)).count();
            if differing > 0 && result.differences == 0 {
                let place = locate(device, self.program, &[batch])?;
                result.first_difference = place.map(|place| place.to_string());
            }
            result.differences += differing;
            result.images += count;
            result.cycles = result.cycles.max(device.counters()?.cycles);
            if let Ok(labels) = self.samples.labels() {
                for (image, best) in classify(&found.results).into_iter().take(count).enumerate() {
                    let decision = best.map_or(usize::MAX, |best| best.first);
                    evaluation.add(usize::from(labels[first + image]), decision);
                }
            }
            bar.set_position((first + count) as u64);
        }
        bar.finish_and_clear();
        result.wall_seconds = start.elapsed().as_secs_f64();
        result.correct = self.samples.labels().is_ok().then_some(evaluation.correct);
        result.finish(self.program.batch, self.config);
        Ok(result)
    }

    /// The first batch, layer by layer.
    fn layers(&self, device: &mut dyn Device) -> anyhow::Result<Vec<LayerCount>> {
        let batch = self.batch(0, self.program.batch.min(self.samples.len()));
        let expected = cycles(self.program, self.config)?.cycles;
        device.set_inputs(&[batch])?;
        Ok(compare_layers(device, cycle_limit(expected))?)
    }

    fn batch(&self, first: usize, count: usize) -> IntBatch {
        let numbers: Vec<usize> = self.program.places(count).map(|image| first + image).collect();
        let images = self.samples.chosen(numbers.into_iter());
        images.quantized_for(self.network)
    }
}

#[derive(Serialize)]
struct Simulated {
    machine: String,
    backend: &'static str,
    precisions: Vec<Precision>,
}

#[derive(Serialize)]
struct Precision {
    name: String,
    images: usize,
    correct: Option<u64>,
    differences: usize,
    first_difference: Option<String>,
    /// Of a batch; 0 where the device has no clock.
    cycles: u64,
    predicted_cycles: u64,
    images_per_second: f64,
    wall_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<Vec<LayerCount>>,
}

impl Precision {
    fn new(name: &str, predicted_cycles: u64) -> Self {
        Self {
            name: name.into(),
            images: 0,
            correct: None,
            differences: 0,
            first_difference: None,
            cycles: 0,
            predicted_cycles,
            images_per_second: 0.0,
            wall_seconds: 0.0,
            layers: None,
        }
    }

    fn finish(&mut self, batch: usize, config: &MachineConfig) {
        let mhz = config.clock.levels_mhz.first().copied().unwrap_or(1);
        let cycles = if self.cycles == 0 { self.predicted_cycles } else { self.cycles };
        self.images_per_second = batch as f64 * f64::from(mhz) * 1e6 / cycles.max(1) as f64;
    }
}

impl Outcome for Simulated {
    fn text(&self) -> String {
        let mut text = format!("machine {}, backend {}\n\n", self.machine, self.backend);
        let mut table = Table::new(&[
            "precision",
            ">images",
            ">as golden",
            ">correct",
            ">cycles per batch",
            ">predicted",
            ">images/s at its clock",
            ">images/s here",
        ]);
        for precision in &self.precisions {
            let here = precision.images as f64 / precision.wall_seconds.max(1e-9);
            table.row(vec![
                precision.name.clone(),
                shown::count(precision.images as u64),
                shown::count((precision.images - precision.differences) as u64),
                precision.correct.map(shown::count).unwrap_or_default(),
                if precision.cycles == 0 { "-".into() } else { shown::count(precision.cycles) },
                shown::count(precision.predicted_cycles),
                shown::count(precision.images_per_second.round() as u64),
                format!("{here:.1}"),
            ]);
        }
        text.push_str(&table.text());
        for precision in &self.precisions {
            if let Some(layers) = &precision.layers {
                let head = format!("\n{}, a batch layer by layer\n\n", precision.name);
                text.push_str(&head);
                text.push_str(&layers::table(layers));
            }
        }
        for precision in &self.precisions {
            if let Some(place) = &precision.first_difference {
                text.push_str(&format!("\n{}: differs first in {place}\n", precision.name));
            }
        }
        text
    }
}
