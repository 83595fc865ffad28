//! `bitladder trace`.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use anyhow::Context;
use bitladder_flow::Samples;
use bitladder_golden::IntBatch;
use bitladder_machine::{Program, compile_package};
use bitladder_package::Package;
use bitladder_spec::ValueRounding;
use bitladder_verify::trace::{Level, golden_trace};
use serde::Serialize;

use super::{Session, machines, profile, shown};
use crate::args::{LevelArg, RunArgs, TraceArgs};
use crate::output::Outcome;

/// A package's program in one precision, and a batch for it. All its precisions are in the
/// machine's memories, as they are in a run.
fn prepare(args: &RunArgs) -> anyhow::Result<(Program, IntBatch)> {
    let mut package = Package::read(&args.on.package)?;
    if let Some(name) = &args.profile {
        profile(&package, &args.on.package, Some(name))?;
        package.profiles.retain(|profile| profile.name == *name);
    }
    let config = machines::find(&args.on.config)?;
    let image = compile_package(&package, &config, args.batch.get())?;
    let program = image.programs.first().context("the package has no profile")?.clone();
    let network = &package.profiles[0].network;
    let data = bitladder_data::load(&args.on.data, args.on.part.into())?.take(args.batch.get());
    let shapes: Vec<&[usize]> = network.inputs.iter().map(|i| i.shape.as_slice()).collect();
    let samples = Samples::for_inputs(data, &package.name, &shapes, &package.preprocess)?;
    let last = samples.len() - 1;
    let images = samples.chosen((0..args.batch.get()).map(|image| image.min(last)));
    Ok((program, images.quantized(network.inputs[0].format, ValueRounding::default())))
}

pub(crate) fn run(session: &Session, args: &TraceArgs) -> anyhow::Result<()> {
    let (program, batch) = prepare(&args.run)?;
    let level = match args.level {
        LevelArg::Transaction => Level::Transaction,
        LevelArg::Tile => Level::Tile,
        LevelArg::Cycle => Level::Cycle,
    };
    let unwritable = || format!("{}: the trace cannot be written", args.out.display());
    let mut file = BufWriter::new(File::create(&args.out).with_context(unwritable)?);
    let written = golden_trace(&program, &[batch], level, &mut file).with_context(unwritable)?;
    let map = args.out.with_extension("map.toml");
    std::fs::write(&map, &written.map)
        .with_context(|| format!("{}: the signal map cannot be written", map.display()))?;
    session.terminal.show(&Traced {
        trace: args.out.clone(),
        map,
        transactions: written.transactions,
        cycles: written.cycles,
    })
}

#[derive(Serialize)]
struct Traced {
    trace: PathBuf,
    map: PathBuf,
    transactions: u64,
    cycles: u64,
}

impl Outcome for Traced {
    fn text(&self) -> String {
        format!(
            "{}: {} transactions in {} cycles\ncompare with\n  bitladder wavediff {} DUT --map {}\n",
            self.trace.display(),
            shown::count(self.transactions),
            shown::count(self.cycles),
            self.trace.display(),
            self.map.display()
        )
    }
}
