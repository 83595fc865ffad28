//! `bitladder testbench`.

use std::path::PathBuf;

use bitladder_flow::Samples;
use bitladder_golden::IntBatch;
use bitladder_machine::compile_package;
use bitladder_package::{Package, Profile};
use bitladder_spec::ValueRounding;
use bitladder_verify::bench::{Bus, Run, write_benches};
use serde::Serialize;

use super::{Session, machines, profile, shown};
use crate::args::{BusArg, TestbenchArgs};
use crate::output::Outcome;

pub(crate) fn run(session: &Session, args: &TestbenchArgs) -> anyhow::Result<()> {
    let mut package = Package::read(&args.package)?;
    for name in &args.profile {
        profile(&package, &args.package, Some(name))?;
    }
    if !args.profile.is_empty() {
        package.profiles.retain(|profile| args.profile.contains(&profile.name));
    }
    let config = machines::find(&args.config)?;
    let image = compile_package(&package, &config, 1)?;
    let programs = package.profiles.iter().zip(image.programs);
    let run = |(profile, program)| -> anyhow::Result<Run> {
        Ok(Run { program, batches: batches(args, &package, profile)? })
    };
    let runs = programs.map(run).collect::<anyhow::Result<Vec<_>>>()?;
    let bus = match args.bus {
        BusArg::AxiLite => Bus::AxiLite,
        BusArg::Wishbone => Bus::Wishbone,
    };
    let vectors = write_benches(&config, bus, &runs, &args.out)?;
    session.terminal.show(&Written { folder: args.out.clone(), vectors })
}

/// The images one by one, as a precision takes them.
fn batches(
    args: &TestbenchArgs,
    package: &Package,
    profile: &Profile,
) -> anyhow::Result<Vec<Vec<IntBatch>>> {
    let data = bitladder_data::load(&args.data, args.part.into())?.take(args.limit.get());
    let network = &profile.network;
    let shapes: Vec<&[usize]> = network.inputs.iter().map(|i| i.shape.as_slice()).collect();
    let samples = Samples::for_inputs(data, &package.name, &shapes, &package.preprocess)?;
    let format = network.inputs[0].format;
    let one = |image| samples.images(image..image + 1).quantized(format, ValueRounding::default());
    Ok((0..samples.len()).map(|image| vec![one(image)]).collect())
}

#[derive(Serialize)]
struct Written {
    folder: PathBuf,
    vectors: usize,
}

impl Outcome for Written {
    fn text(&self) -> String {
        let (folder, vectors) = (self.folder.display(), shown::count(self.vectors as u64));
        format!(
            "{folder}: {vectors} vectors\nrun them with\n  make -C {folder} icarus verilator cocotb\n"
        )
    }
}
