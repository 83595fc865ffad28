//! Builds the named machines for their boards and writes `docs/results/boards.md`:
//! `cargo run --release -p bitladder-emit --example boards`. Takes hours; a machine that does not
//! fit gets the reason as its row. `--only MACHINE` prints one row instead.

#![allow(clippy::print_stdout, reason = "a command")]

use std::path::Path;

use anyhow::Result;
use bitladder_emit::{Accelerator, Build, BuildError, Built, Host};
use bitladder_fpga::{Board, Flow, Resource};
use bitladder_machine::MachineConfig;
use clap::Parser;

/// The named machines and the boards they are made for.
const PAIRS: [(&str, &str); 5] = [
    ("ecp5-85", "ulx3s-85f"),
    ("ecp5-25", "ulx3s-25f"),
    ("gw2a-18", "tang-nano-20k"),
    ("up5k-tiny", "icebreaker"),
    ("hx8k-small", "hx8k-breakout"),
];
const HEAD: &str = "# Machines on boards

Written by `cargo run --release -p bitladder-emit --example boards`: the named machines, each behind
the host link `pins`, up to the bitstream, the best of three seeds. MAC per cycle are those of 16, 8
and 4 bits.

| machine | board | MAC/cycle | LUT | FF | DSP | BRAM | MHz (target) |
|---|---|---|---|---|---|---|---|
";

/// Builds the named machines for their boards.
#[derive(Parser)]
struct Arguments {
    /// Only this machine, and only its row.
    #[arg(long)]
    only: Option<String>,
    /// Seeds to place with.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    seeds: Vec<u32>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut text = HEAD.to_owned();
    for (machine, on) in PAIRS {
        if arguments.only.as_deref().is_some_and(|only| only != machine) {
            continue;
        }
        let config = MachineConfig::read(root.join(format!("gen/configs/{machine}.toml")))?;
        let board = Board::read(root.join(format!("fpga/{on}.toml")))?;
        let row = match build(&config, &board, &arguments.seeds, &root) {
            Ok(built) => fits(&config, &built),
            Err(error) => format!("| {machine} | {on} | {} | {error} | | | | |\n", macs(&config)),
        };
        print!("{row}");
        text.push_str(&row);
    }
    if arguments.only.is_none() {
        std::fs::write(root.join("docs/results/boards.md"), text)?;
    }
    Ok(())
}

fn build(
    config: &MachineConfig,
    board: &Board,
    seeds: &[u32],
    root: &Path,
) -> Result<Built, BuildError> {
    let accelerator = Accelerator::on_board(config, Host::of(config), board)?;
    let build = Build {
        accelerator: &accelerator,
        board,
        target_mhz: None,
        seeds: seeds.to_vec(),
        by_module: true,
        folder: root.join(format!("target/boards/{}", config.name)),
    };
    build.run(&Flow::default(), None)
}

fn macs(config: &MachineConfig) -> String {
    let modes = config.array.modes.iter();
    let each: Vec<String> =
        modes.map(|mode| format!("{}: {}", mode.bits(), config.array.peak_macs(*mode))).collect();
    each.join(", ")
}

fn fits(config: &MachineConfig, built: &Built) -> String {
    let report = &built.report;
    let of = |wanted: Resource| {
        let found = report.resources.iter().find(|one| one.resource == wanted);
        found.map_or(String::new(), |one| format!("{} of {}", one.used, one.available))
    };
    let kinds = [Resource::Luts, Resource::Registers, Resource::Dsp, Resource::Bram];
    let clocks: Vec<String> = report
        .seeds
        .iter()
        .flat_map(|seed| &seed.clocks)
        .map(|clock| format!("{:.1} ({:.0})", clock.mhz, clock.target_mhz))
        .collect();
    format!(
        "| {} | {} | {} | {} | {} |\n",
        built.machine,
        report.board,
        macs(config),
        kinds.map(of).join(" | "),
        clocks.join(", ")
    )
}
