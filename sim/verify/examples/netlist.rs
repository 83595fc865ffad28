//! Netlists of the named configurations running the shipped digits network: writes
//! docs/results/netlist.md. `./x netlist` runs it; names of configurations choose some, and the rows
//! of others stay.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what it is for")]

#[path = "../../device/tests/devices/digits.rs"]
#[allow(clippy::unwrap_used, dead_code, reason = "shared with tests")]
mod digits;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use bitladder_fpga::{Board, Flow};
use bitladder_machine::{MachineConfig, compile_package};
use bitladder_package::Profile;
use bitladder_quantize::LowerOptions;
use bitladder_verify::bench::Run;
use bitladder_verify::netlist::{NetlistBench, write_netlist};

/// A machine whose netlist is run.
struct Case {
    machine: &'static str,
    board: &'static str,
    /// Precisions that fit its memories.
    formats: &'static [&'static str],
    /// Simulators: Icarus Verilog takes an hour for a large machine.
    simulators: &'static [&'static str],
}

const fn case(
    machine: &'static str,
    board: &'static str,
    formats: &'static [&'static str],
    simulators: &'static [&'static str],
) -> Case {
    Case { machine, board, formats, simulators }
}

const BOTH: &[&str] = &["verilator", "icarus"];

const CASES: [Case; 6] = [
    case("hx8k-small", "hx8k-breakout", &["4"], BOTH),
    case("up5k-tiny", "icebreaker", &["16", "8", "4"], BOTH),
    case("ecp5-25", "ulx3s-25f", &["16", "8", "4"], BOTH),
    case("gw2a-18", "tang-nano-20k", &["16", "8", "4"], BOTH),
    case("ecp5-85-fast", "ulx3s-85f", &["16", "8", "4"], &["verilator"]),
    case("ecp5-85", "ulx3s-85f", &["16", "8", "4"], &["verilator"]),
];

const INTRODUCTION: &str = "\
# Netlists

Made by `./x netlist`, explained in [verification.md](../verification.md). The machine of each
configuration behind AXI4-Lite, synthesised by the script that its bitstream is made with, runs the
shipped digits network: one image per precision, every logit and decision compared with the
interpreter. Cells have Yosys' models, multipliers and memories of ECP5 and Gowin ours. `./x netlist`
first runs small machines of each family with the multiplier's model broken, and goes on only if
their benches fail.

In Icarus Verilog, what no vendor defines (a byte that is read while the other port writes it) is x;
in Verilator, which takes minutes where Icarus Verilog takes an hour, it is random. *Tree* is the
commit that the machine was made from.

| machine | board | tree | precisions | Yosys | cells | among them | Verilator | Icarus Verilog |
|---|---|---|---|---|--:|---|---|---|
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The commit, if this is a working copy.
fn tree() -> Option<String> {
    let git = Command::new("git").args(["rev-parse", "--short=10", "HEAD"]).output().ok()?;
    let said = String::from_utf8_lossy(&git.stdout).trim().to_owned();
    (git.status.success() && !said.is_empty()).then_some(said)
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

/// Runs the bench in a simulator; gives whether it passes, and what it says at its end.
fn simulate(simulator: &str, folder: &Path) -> anyhow::Result<(bool, String)> {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let ran = Command::new("make")
        .args([simulator, &format!("JOBS={}", jobs.div_ceil(2))])
        .current_dir(folder)
        .output()
        .context("make is missing: apt-get install make")?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let verdict = said.lines().rev().find(|line| line.starts_with(['P', 'F']));
    if !ran.status.success() {
        eprintln!("{said}{}", String::from_utf8_lossy(&ran.stderr));
    }
    Ok((ran.status.success(), verdict.unwrap_or("no result").to_owned()))
}

/// Makes and runs a machine's netlist, with a row in the page after each simulator: they may take
/// hours. Gives whether all pass.
fn run(case: &Case, page: &Path) -> anyhow::Result<bool> {
    let Case { machine, board, formats, simulators } = case;
    let config = MachineConfig::read(root().join(format!("gen/configs/{machine}.toml")))?;
    let board = Board::read(root().join(format!("fpga/{board}.toml")))?;
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into());
    let folder = Path::new(&target).join("netlists").join(machine);
    let runs = runs(&config, formats)?;
    let made = write_netlist(&config, &board, &Flow::default(), &runs, &folder)?;
    let begin = beginning(case, &board.name, &made);
    let mut verdicts: Vec<_> = BOTH.iter().map(|_| "not run".to_owned()).collect();
    for (place, simulator) in BOTH.iter().enumerate() {
        if simulators.contains(simulator) {
            let (passed, said) = simulate(simulator, &folder)?;
            verdicts[place] = said;
            let row = format!("{begin} {} |", verdicts.join(" | "));
            println!("{row}");
            if !passed {
                return Ok(false);
            }
            put(page, machine, &row)?;
        }
    }
    Ok(true)
}

/// The row's columns before the verdicts.
fn beginning(case: &Case, board: &str, made: &NetlistBench) -> String {
    let NetlistBench { cells, yosys, .. } = made;
    let all: u64 = cells.values().sum();
    let telling: Vec<String> =
        TELLING.iter().filter_map(|cell| Some(format!("{} {cell}", cells.get(*cell)?))).collect();
    format!(
        "| `{}` | `{board}` | {} | {} | {yosys} | {all} | {} |",
        case.machine,
        tree().as_deref().unwrap_or("release"),
        case.formats.join(", "),
        telling.join(", "),
    )
}

/// Puts a row into the page; rows of other machines stay, if they have as many columns.
fn put(page: &Path, machine: &str, row: &str) -> anyhow::Result<()> {
    let old = if page.exists() { std::fs::read_to_string(page)? } else { String::new() };
    let columns = |line: &str| line.matches('|').count();
    let old: Vec<&str> = old.lines().filter(|line| columns(line) == columns(row)).collect();
    let mut text = INTRODUCTION.to_owned();
    for case in &CASES {
        let start = format!("| `{}` |", case.machine);
        let known = (case.machine == machine).then_some(row);
        if let Some(line) = known.or_else(|| old.iter().find(|l| l.starts_with(&start)).copied()) {
            text.push_str(line);
            text.push('\n');
        }
    }
    std::fs::write(page, text).with_context(|| page.display().to_string())
}

fn main() -> anyhow::Result<()> {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    for name in &chosen {
        let known = CASES.iter().any(|case| case.machine == name);
        ensure!(known, "no machine `{name}`; there are {}", CASES.map(|c| c.machine).join(", "));
    }
    let page = root().join("docs/results/netlist.md");
    let mut failed = Vec::new();
    let is_chosen = |name| chosen.is_empty() || chosen.iter().any(|one| one == name);
    for case in CASES.iter().filter(|case| is_chosen(case.machine)) {
        if !run(case, &page)? {
            failed.push(case.machine);
        }
    }
    ensure!(failed.is_empty(), "netlists that differ from the golden model: {}", failed.join(", "));
    Ok(())
}
