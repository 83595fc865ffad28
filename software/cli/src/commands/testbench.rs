//! `bitladder testbench`.

use std::path::PathBuf;

use bitladder_flow::Samples;
use bitladder_fpga::report::Cells;
use bitladder_fpga::{Flow, Toolbox};
use bitladder_golden::IntBatch;
use bitladder_machine::{MachineConfig, compile_package};
use bitladder_package::{Package, Profile};
use bitladder_spec::ValueRounding;
use bitladder_verify::bench::{Bus, Run, write_benches};
use bitladder_verify::netlist::write_netlist;
use serde::Serialize;

use super::{Session, boards, machines, profile, shown};
use crate::args::{BusArg, TestbenchArgs};
use crate::output::Outcome;

pub(crate) fn run(session: &Session, args: &TestbenchArgs) -> anyhow::Result<()> {
    let mut package = Package::read(&args.on.package)?;
    for name in &args.profile {
        profile(&package, &args.on.package, Some(name))?;
    }
    if !args.profile.is_empty() {
        package.profiles.retain(|profile| args.profile.contains(&profile.name));
    }
    let config = machines::find(&args.on.config)?;
    let image = compile_package(&package, &config, 1)?;
    let programs = package.profiles.iter().zip(image.programs);
    let run = |(profile, program)| -> anyhow::Result<Run> {
        Ok(Run { program, batches: batches(args, &package, profile)? })
    };
    let runs = programs.map(run).collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(board) = &args.netlist {
        return netlist(session, args, board, &config, &runs);
    }
    let bus = match args.bus {
        BusArg::AxiLite => Bus::AxiLite,
        BusArg::Wishbone => Bus::Wishbone,
    };
    let vectors = write_benches(&config, bus, &runs, &args.out)?;
    let made = None;
    session.terminal.show(&Written { folder: args.out.clone(), vectors, made })
}

/// The benches for what synthesis makes of the machine.
fn netlist(
    session: &Session,
    args: &TestbenchArgs,
    board: &str,
    config: &MachineConfig,
    runs: &[Run],
) -> anyhow::Result<()> {
    let toolbox = Toolbox::new().before(args.tools.clone());
    let flow = Flow { toolbox, ..Flow::default() };
    let made = write_netlist(config, &boards::find(board)?, &flow, runs, &args.out)?;
    let (folder, vectors) = (args.out.clone(), made.vectors);
    let made = Some(Made { yosys: made.yosys, cells: made.cells });
    session.terminal.show(&Written { folder, vectors, made })
}

/// The images one by one, as a precision takes them.
fn batches(
    args: &TestbenchArgs,
    package: &Package,
    profile: &Profile,
) -> anyhow::Result<Vec<Vec<IntBatch>>> {
    let data = bitladder_data::load(&args.on.data, args.on.part.into())?.take(args.limit.get());
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
    #[serde(flatten)]
    made: Option<Made>,
}

/// What synthesis made.
#[derive(Serialize)]
struct Made {
    yosys: String,
    cells: Cells,
}

impl Outcome for Written {
    fn text(&self) -> String {
        let (folder, vectors) = (self.folder.display(), shown::count(self.vectors as u64));
        let (what, benches) = match &self.made {
            None => (String::new(), "icarus verilator cocotb"),
            Some(Made { yosys, cells }) => {
                let cells: Vec<String> = cells.iter().map(|(n, c)| format!("{c} {n}")).collect();
                (format!(" for the netlist of {yosys}: {}", cells.join(", ")), "icarus")
            }
        };
        format!("{folder}: {vectors} vectors{what}\nrun them with\n  make -C {folder} {benches}\n")
    }
}
