//! Runs LeNet's shapes with random weights on the machine's Verilog and writes
//! `docs/results/machine-rtl.md`.
//!
//! `cargo run --release -p bitladder-device --example lenet_rtl`
//!
//! Needs `verilator` and a C++ compiler; the first run compiles the model for some minutes.

#![allow(clippy::print_stdout, reason = "a command")]

#[path = "../../../gen/machine/tests/support/lenet.rs"]
mod lenet;
#[path = "support/roomy.rs"]
mod roomy;
#[path = "support/targets.rs"]
mod targets;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use bitladder_device::{Device, count_layers, verilator};
use bitladder_golden::generate::random_inputs;
use bitladder_machine::{MachineConfig, Program, compile, cycles, interpret};
use bitladder_verilated::BuildOptions;
use targets::Measured;

const INTRO: &str = "# LeNet on the machine's Verilog

Written by `cargo run --release -p bitladder-device --example lenet_rtl`: the network of two
convolutions (5x5, 20 and 50 filters), two pools and layers of 500 and 10 outputs with random
weights, batch 16, on the machine `ecp5-85` with memories that hold everything. The Verilog runs in
Verilator, results are compared with the interpreter's to the bit, and cycles are those of the
machine's own counters. The model is `bitladder_machine::cycles`.

";

const HEAD: &str = "\
| layer | cycles | model | array | fill | patches | drain | weights | MACs | of peak |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// The table of a program, and what it comes to.
fn table<D: Device>(
    device: &mut D,
    program: &Program,
) -> Result<(String, Measured), Box<dyn Error>> {
    let config = &program.config;
    let mut measured = Measured::default();
    let model = cycles(program, config)?;
    let mut text = HEAD.to_owned();
    let share = |macs: u64, cycles: u64, mode| {
        let peak = cycles * config.array.peak_macs(mode) as u64;
        format!("{:.1} %", 100.0 * macs as f64 / peak as f64)
    };
    for (c, (info, model)) in
        count_layers(device, 1 << 32)?.iter().zip(program.layers.iter().zip(&model.layers))
    {
        measured.add(&info.name, model.mode, c, info.macs);
        let part =
            if info.macs > 0 { share(info.macs, c.cycles, model.mode) } else { String::new() };
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {part} |",
            info.name,
            c.cycles,
            model.cycles,
            c.array,
            c.stall_fill,
            c.stall_patches,
            c.stall_drain,
            c.stall_weights,
            info.macs,
        )?;
    }
    device.start()?;
    device.wait(1 << 32)?;
    let all = device.counters()?.cycles;
    let macs: u64 = program.layers.iter().map(|info| info.macs).sum();
    let mode = model.layers[0].mode;
    writeln!(
        text,
        "| all, in one run | {all} | {} | | | | | | {macs} | {} |",
        model.cycles,
        share(macs, all, mode),
    )?;
    (measured.cycles, measured.macs) = (all, macs);
    Ok((text, measured))
}

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let config = roomy::roomy(MachineConfig::read(root.join("gen/configs/ecp5-85.toml"))?);
    let mut device = verilator(&config, &BuildOptions::default())?;
    let (mut page, mut all) = (INTRO.to_owned(), Vec::new());
    for bits in [16, 8, 4] {
        let network = lenet::lenet(bits, 7);
        let program = compile(&network, &config, 16)?;
        let inputs = random_inputs(&network, 16, bits.into())?;
        let outcome = bitladder_device::run(&mut device, &program, &inputs, 1 << 32)?;
        if outcome != interpret(&program, &inputs)? {
            return Err(format!("{bits} bits: results differ from the interpreter's").into());
        }
        device.set_inputs(&inputs)?;
        let (table, measured) = table(&mut device, &program)?;
        let text = format!("## {bits} bits\n\n{table}\n");
        all.push(measured);
        println!("{text}");
        page += &text;
    }
    let [wide, middle, narrow] = [0, 1, 2].map(|index| &all[index]);
    page += &targets::table([wide, middle, narrow], targets::binary(&root)?, &config);
    std::fs::write(root.join("docs/results/machine-rtl.md"), page.trim_end().to_owned() + "\n")?;
    Ok(())
}
