//! Netlists of the named configurations running the shipped digits network: the table of
//! docs/results/netlist.md. `./x netlist` runs it; names of configurations choose some.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what it is for")]

#[path = "../../device/tests/devices/digits.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "shared with tests")]
mod digits;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use bitladder_fpga::{Board, Flow};
use bitladder_machine::{MachineConfig, compile_package};
use bitladder_package::Profile;
use bitladder_quantize::LowerOptions;
use bitladder_verify::bench::Run;
use bitladder_verify::netlist::{NetlistBench, write_netlist};

/// A configuration, a board for it, and the precisions that fit its memories.
const CASES: [(&str, &str, &[&str]); 5] = [
    ("hx8k-small", "hx8k-breakout", &["4"]),
    ("up5k-tiny", "icebreaker", &["8", "4"]),
    ("ecp5-25", "ulx3s-25f", &["16", "8", "4"]),
    ("gw2a-18", "tang-nano-20k", &["16", "8", "4"]),
    ("ecp5-85", "ulx3s-85f", &["16", "8", "4"]),
];

const INTRODUCTION: &str = "\
# Netlists

Made by `./x netlist`, explained in [verification.md](../verification.md). The machine of each
configuration behind AXI4-Lite, synthesised by the script that its bitstream is made with, runs the
shipped digits network in Icarus Verilog: one image per precision, every logit and decision compared with
the interpreter. Cells have Yosys' models, multipliers and memories of ECP5 and Gowin ours.

";

/// Cells that say what the machine is made of, by the families' names.
const TELLING: [&str; 9] = [
    "SB_MAC16",
    "SB_RAM40_4K",
    "SB_SPRAM256KA",
    "MULT18X18D",
    "DP16KD",
    "MULT18X18",
    "DPB",
    "DPX9B",
    "SDPX9B",
];

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The digits' programs; a machine whose post only shifts gets a network that only does.
fn runs(config: &MachineConfig, formats: &[&str]) -> anyhow::Result<Vec<Run>> {
    let mut options = LowerOptions::default();
    options.multiplier_bits = options.multiplier_bits.min(config.post.multiplier_bits);
    let package = digits::package_with(formats, options);
    let image = compile_package(&package, config, 1)?;
    let run = |(profile, program): (&Profile, _)| Run {
        program,
        batches: vec![vec![digits::images(&profile.network, 5..6)]],
    };
    Ok(package.profiles.iter().zip(image.programs).map(run).collect())
}

fn case(name: &str, board: &str, formats: &[&str]) -> anyhow::Result<bool> {
    let config = MachineConfig::read(root().join(format!("gen/configs/{name}.toml")))?;
    let board = Board::read(root().join(format!("fpga/{board}.toml")))?;
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into());
    let folder = Path::new(&target).join("netlists").join(name);
    let runs = runs(&config, formats)?;
    let made = write_netlist(&config, &board, &Flow::default(), &runs, &folder)?;
    let ran = Command::new("make").arg("icarus").current_dir(&folder).output();
    let ran = ran.context("make is missing: apt-get install make")?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let verdict = said.lines().rev().find(|line| line.starts_with(['P', 'F']));
    if !ran.status.success() {
        eprintln!("{said}{}", String::from_utf8_lossy(&ran.stderr));
    }
    let NetlistBench { cells, yosys, .. } = &made;
    let all: u64 = cells.values().sum();
    let telling: Vec<String> =
        TELLING.iter().filter_map(|cell| Some(format!("{} {cell}", cells.get(*cell)?))).collect();
    println!(
        "| `{name}` | `{}` | {} | {yosys} | {all} | {} | {} |",
        board.name,
        formats.join(", "),
        telling.join(", "),
        verdict.unwrap_or("no result")
    );
    Ok(ran.status.success())
}

fn main() -> anyhow::Result<()> {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    println!(
        "{INTRODUCTION}| machine | board | precisions | Yosys | cells | among them | result |"
    );
    println!("|---|---|---|---|--:|---|---|");
    let mut failed = 0;
    for (name, board, formats) in CASES {
        if chosen.is_empty() || chosen.iter().any(|wanted| wanted == name) {
            failed += usize::from(!case(name, board, formats)?);
        }
    }
    ensure!(failed == 0, "{failed} netlist(s) differ from the golden model");
    Ok(())
}
