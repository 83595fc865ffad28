//! A machine, a program, and a comparison.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use bitladder_device::{BusDevice, PinBus, Pins, RustSim, run, rust_sim};
use bitladder_golden::IntBatch;
use bitladder_machine::{MachineConfig, Program, compile};
use bitladder_verify::trace::{Level, Written, golden_trace};
use bitladder_wavediff::Report;
use bitladder_wavediff::cli::Args;
use clap::Parser;

pub(crate) const ENOUGH: u64 = 10_000_000;

pub(crate) fn config() -> MachineConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml");
    MachineConfig::parse("sim-4x4.toml", text).unwrap()
}

/// The digits at a width, and two images.
pub(crate) fn example(format: &str) -> (Program, Vec<IntBatch>) {
    let package = crate::digits::package(&[format]);
    let network = &package.profiles[0].network;
    let program = compile(network, &config(), 2).unwrap();
    (program, vec![crate::digits::images(network, 3..5)])
}

/// Writes the golden trace and its map into a folder.
pub(crate) fn golden(
    folder: &Path,
    level: Level,
    (program, inputs): &(Program, Vec<IntBatch>),
) -> Written {
    let mut file = BufWriter::new(File::create(folder.join("golden.vcd")).unwrap());
    let written = golden_trace(program, inputs, level, &mut file).unwrap();
    std::fs::write(folder.join("map.toml"), &written.map).unwrap();
    written
}

/// Compares `golden.vcd` and `dut.vcd`.
pub(crate) fn diff(folder: &Path) -> Report {
    let path = |name: &str| folder.join(name).display().to_string();
    let words = ["wavediff", &path("golden.vcd"), &path("dut.vcd"), "--map", &path("map.toml")];
    let args = Args::try_parse_from(words).unwrap();
    let options = args.options().unwrap();
    bitladder_wavediff::Comparer::open([&args.golden, &args.dut], &options)
        .unwrap()
        .run(&mut |_| ())
        .unwrap()
}

/// What the report says.
pub(crate) fn text(report: &Report) -> String {
    bitladder_wavediff::output::text(report)
}

/// Traces a run in the Rust simulation.
pub(crate) fn simulate(folder: &Path, example: &(Program, Vec<IntBatch>)) {
    let mut device = rust_sim(&example.0.config).unwrap();
    trace_of(&mut device, folder, example);
}

/// Traces a run on a device.
pub(crate) fn trace_of(
    device: &mut BusDevice<PinBus<RustSim>>,
    folder: &Path,
    (program, inputs): &(Program, Vec<IntBatch>),
) {
    let file = BufWriter::new(File::create(folder.join("dut.vcd")).unwrap());
    device.bus().pins().sim().trace(file).unwrap();
    run(device, program, inputs, ENOUGH).unwrap();
    device.bus().pins().step(1).unwrap();
    device.bus().pins().sim().end_trace().unwrap();
}
