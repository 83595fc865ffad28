//! Runs a network whose weights do not fit on machines with memory outside, and writes
//! `docs/results/external-memory.md`.
//!
//! `cargo run --release -p bitladder-device --example external_memory`
//!
//! Needs `yosys`, `verilator` and a C++ compiler; takes some minutes.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a command")]

#[path = "../tests/external_support/mod.rs"]
mod external_support;
#[path = "../../../gen/machine/tests/support/lenet.rs"]
mod lenet;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use bitladder_device::{Device, run, rust_sim, verilator};
use bitladder_golden::generate::random_inputs;
use bitladder_hdl_machine::control::{ControlConfig, checker};
use bitladder_hdl_machine::external::external;
use bitladder_machine::{
    ExternalMemory, MachineConfig, Placement, Program, compile, cycles, interpret,
};
use bitladder_rtl::cosim;
use bitladder_verilated::BuildOptions;
use external_support::{ENOUGH, axi4, config, large_network, sdram, wishbone};

const INTRO: &str = "# Memory outside the FPGA

Written by `cargo run --release -p bitladder-device --example external_memory`.

## Measured on the RTL

A small network (a convolution and three fully connected layers, batch 2) on the machine `sim-4x4`
with room for 110 groups of weights, in the Rust simulation with the memories' models; results are
equal to the interpreter's to the bit. Cycles and waits are those of the machine's counters; slaves
on buses answer in every cycle. `waits` are the cycles in which layers waited for weights.

| memory | bits | groups outside | loads | cycles | model | off | waits | share |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

const LENET: &str = "
## LeNet, bound by memory

LeNet with 20, 50 and 500 channels and random weights, batch 1, on `ulx3s-85-sdram` (224 KiB for
weights inside, a W9825G6KH-6 outside): its Verilog in Verilator with the chip's model, results equal
to the interpreter's to the bit. `all inside` is the cycle model of the same machine with room for all
weights: what it would be without SDRAM.

| bits | groups | outside | loads | cycles | model | off | waits | model | share | all inside | slower |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

const COSTS: &str = "
## What it takes on ECP5

Yosys' `synth_ecp5 -nowidelut`, before placement, for eight columns. A LUT is a LUT4; a CCU2C counts
as two. Memory outside is the controller or master, the loader with its CRC-32 and the host's way.

| unit | LUT | FF |
|---|--:|--:|
";

/// A machine without memory outside that has room for everything.
fn roomy(mut config: MachineConfig) -> MachineConfig {
    config.external_memory = None;
    config.memory.weight_groups = 1 << 16;
    config
}

fn measured() -> Result<String, Box<dyn Error>> {
    let memories = [
        ("SDRAM, words of 16 bits", sdram()),
        ("AXI4, 32 bits", axi4(32)),
        ("Wishbone, 32 bits", wishbone(false)),
        ("pipelined Wishbone, 32 bits", wishbone(true)),
    ];
    let mut text = String::new();
    for (name, memory) in memories {
        let config = config(memory);
        let mut device = rust_sim(&config)?;
        for bits in [16, 8, 4] {
            let network = large_network(bits);
            let program = compile(&network, &config, 2)?;
            let inputs = random_inputs(&network, 2, 1)?;
            let outcome = run(&mut device, &program, &inputs, ENOUGH)?;
            if outcome != interpret(&program, &inputs)? {
                return Err(format!("{name}, {bits} bits: not the interpreter's results").into());
            }
            let (found, model) = (device.counters()?, cycles(&program, &config)?.cycles);
            let [_, outside, loads] = places(&program)?;
            let waits = found.stall_memory;
            let (all, off) = (found.cycles, model as f64 / found.cycles as f64 - 1.0);
            let share = 100.0 * f64::from(waits) / all as f64;
            writeln!(
                text,
                "| {name} | {bits} | {outside} | {loads} | {all} | {model} | {:+.1} % | {waits} | \
                 {share:.1} % |",
                100.0 * off
            )?;
        }
    }
    Ok(text)
}

fn lenet_measured(machine: &MachineConfig) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    let mut device = verilator(machine, &BuildOptions::default())?;
    let all_inside = roomy(machine.clone());
    for bits in [16, 8, 4] {
        let network = lenet::lenet(bits, 7);
        let program = compile(&network, machine, 1)?;
        let inputs = random_inputs(&network, 1, bits.into())?;
        let outcome = run(&mut device, &program, &inputs, ENOUGH)?;
        if outcome != interpret(&program, &inputs)? {
            return Err(format!("LeNet, {bits} bits: not the interpreter's results").into());
        }
        let (found, report) = (device.counters()?, cycles(&program, machine)?);
        let best = cycles(&compile(&network, &all_inside, 1)?, &all_inside)?.cycles;
        let [inside, outside, loads] = places(&program)?;
        let expected: u64 = report.layers.iter().map(|layer| layer.stalls.memory).sum();
        let (all, waits) = (found.cycles, found.stall_memory);
        writeln!(
            text,
            "| {bits} | {} | {outside} | {loads} | {all} | {} | {:+.1} % | {waits} | {expected} | \
             {:.1} % | {best} | {:.2} x |",
            inside + outside,
            report.cycles,
            100.0 * (report.cycles as f64 / all as f64 - 1.0),
            100.0 * f64::from(waits) / all as f64,
            all as f64 / best as f64,
        )?;
    }
    Ok(text)
}

/// Groups inside and outside, and loads.
fn places(program: &Program) -> Result<[usize; 3], Box<dyn Error>> {
    let sum = |[a, b, c]: [usize; 3], place: &Placement| {
        [a + place.inside, b + place.outside, c + place.loads]
    };
    Ok(program.placement()?.iter().fold([0; 3], sum))
}

fn costs(machine: &MachineConfig) -> Result<String, Box<dyn Error>> {
    let of = |memory: ExternalMemory| {
        let config = MachineConfig { external_memory: Some(memory), ..machine.clone() };
        external(&ControlConfig::of(&config).external.unwrap())
    };
    let units = [
        ("SDRAM of the ULX3S", of(machine.external_memory.clone().unwrap())?),
        ("AXI4, 32 bits", of(axi4(32))?),
        ("Wishbone, 32 bits", of(wishbone(false))?),
        ("pipelined Wishbone, 32 bits", of(wishbone(true))?),
        ("checks of memories (`memory.checks`)", checker(&ControlConfig::of(machine))?),
    ];
    let mut text = String::new();
    for (name, module) in units {
        let cells = cosim::cells(&module, "synth_ecp5 -nowidelut")?;
        writeln!(text, "| {name} | {} | {} |", cells.luts(), cells.registers())?;
    }
    Ok(text)
}

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let machine = MachineConfig::read(root.join("gen/configs/ulx3s-85-sdram.toml"))?;
    let (lenet, costs, measured) = (lenet_measured(&machine)?, costs(&machine)?, measured()?);
    let page = format!("{INTRO}{measured}{LENET}{lenet}{COSTS}{costs}");
    println!("{page}");
    std::fs::write(root.join("docs/results/external-memory.md"), page)?;
    Ok(())
}
