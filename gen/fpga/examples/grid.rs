//! Synthesises a grid of arrays, writes `docs/results/fpga-arrays.csv`, fits the estimator:
//! `cargo run --release -p bitladder-fpga --example grid -- [--only ecp5] [--route 2x2]`.

#![allow(clippy::print_stdout, reason = "a command")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use bitladder_blocks::array;
use bitladder_fpga::estimate::{Accuracy, Model, Sample, hold_out, read_samples, write_samples};
use bitladder_fpga::tools::Tool;
use bitladder_fpga::{Board, Flow, FlowError, Job, Subject, designs};
use bitladder_rtl::{Design, EmitOptions};
use clap::Parser;

/// A grid of arrays through synthesis.
#[derive(Parser)]
struct Arguments {
    /// Only this family; the rows of others stay.
    #[arg(long)]
    only: Option<String>,
    /// Also place and route arrays of this size, such as `2x2`.
    #[arg(long)]
    route: Option<String>,
    /// Measure nothing, fit the table that is there.
    #[arg(long)]
    fit: bool,
}

const BOARDS: [(&str, &[&str]); 3] = [
    ("ulx3s-25f", &["dsp1", "dsp2", "fabric"]),
    ("icebreaker", &["mac16", "fabric"]),
    ("tang-nano-20k", &["dsp1"]),
];
const MODES: [&str; 3] = ["16", "8.4", "16.8.4"];
const SIZES: [(u32, u32); 8] = [(2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (2, 4), (3, 4), (4, 2)];

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = root.join("docs/results/fpga-arrays.csv");
    for (board, multipliers) in BOARDS {
        let board = Board::read(root.join("fpga").join(format!("{board}.toml")))?;
        let family = board.fpga.device.family.name();
        if arguments.fit || arguments.only.as_deref().is_some_and(|only| only != family) {
            continue;
        }
        for multiplier in multipliers {
            for (modes, (rows, columns)) in
                MODES.into_iter().flat_map(|modes| SIZES.map(|size| (modes, size)))
            {
                let route = arguments.route.as_ref() == Some(&format!("{rows}x{columns}"));
                let name = format!("array-{rows}x{columns}-{multiplier}-{modes}");
                let Some((mut sample, mhz)) = measure(&board, &name, route)? else {
                    println!("{family}: {name} is too large");
                    continue;
                };
                (sample.modes, sample.mhz) = (modes.to_owned(), mhz);
                print!("{}", write_samples(&[sample.clone()]).lines().last().unwrap_or_default());
                println!();
                add(&table, sample)?;
            }
        }
    }
    let page = fit(&read(&table)?);
    print!("{page}");
    Ok(std::fs::write(table.with_extension("md"), page)?)
}

/// Sizes are those of the bare array; the clock is that of the array in its frame. Nothing for an
/// array that does not fit.
fn measure(board: &Board, name: &str, route: bool) -> Result<Option<(Sample, Option<f64>)>> {
    let plan = designs::plan(name, board.fpga.device)?;
    let (framed, expected) = designs::subject(&plan)?;
    let design = Design::elaborate(&array(&plan)?)?;
    let bare = Subject::new(&design, &EmitOptions::default())?;
    let flow = Flow::default();
    let folder = PathBuf::from("out/grid").join(&board.name).join(name);
    let mut job = Job {
        board,
        subject: &bare,
        target_mhz: None,
        seeds: vec![1],
        expected,
        wide_luts: true,
        by_module: false,
        folder: folder.join("bare"),
    };
    let total = match flow.synthesise(&job) {
        Ok(synthesis) => synthesis.total,
        Err(FlowError::Size { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    (job.subject, job.folder) = (&framed, folder.join("framed"));
    let report = if route { Some(flow.build(&job)?) } else { None };
    let clock = report.and_then(|report| Some(report.seeds.first()?.clocks.first()?.mhz));
    let yosys = flow.toolbox.find(Tool::Yosys, Tool::Yosys.oldest(board.fpga.device.family))?;
    let config = plan.config();
    let sample = Sample {
        family: board.fpga.device.family.name().to_owned(),
        multiplier: config.lane.multiplier.name().to_owned(),
        rows: config.rows,
        columns: config.columns,
        luts: total.luts,
        registers: total.registers,
        dsp: total.dsp,
        bram: total.bram,
        yosys: yosys.version.unwrap_or_default(),
        ..Sample::default()
    };
    Ok(Some((sample, clock)))
}

fn read(table: &Path) -> Result<Vec<Sample>> {
    match std::fs::read_to_string(table) {
        Ok(text) => Ok(read_samples(&table.display().to_string(), &text)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Puts a sample in the place of the one it measures again; a clock that was not stays.
fn add(table: &Path, mut sample: Sample) -> Result<()> {
    let key = |one: &Sample| {
        let Sample { family, multiplier, modes, rows, columns, .. } = one.clone();
        (family, multiplier, modes, rows, columns)
    };
    let mut samples = read(table)?;
    if let Some(at) = samples.iter().position(|old| key(old) == key(&sample)) {
        sample.mhz = sample.mhz.or(samples.remove(at).mhz);
    }
    samples.push(sample);
    samples.sort_by_key(key);
    Ok(std::fs::write(table, write_samples(&samples))?)
}

const INTRODUCTION: &str = "\
# Sizes of arrays

Written by `cargo run --release -p bitladder-fpga --example grid -- --route 2x2`; the measurements
are in `fpga-arrays.csv`. Lookup tables and flip-flops are those of the bare array, synthesised
flat; the clock is that of the array in its frame with one seed, on a ULX3S (LFE5U-25F), iCEBreaker
(UP5K) or Tang Nano 20K (GW2A-18). Sums of up to 500 products, broadcast, results drained in a
chain. Arrays that do not fit the board are left out, and so are arrays of one row: those have no
chain, and Yosys 0.23 makes 1.5 to 2.4 times the lookup tables per lane of them.

Multiplier blocks are those of the configuration in every row: the flow fails otherwise. The model
(`bitladder_fpga::estimate`) is fitted to three quarters of each group; errors are those of the
last quarter, which it has not seen, relative to what was measured. No array here has more than 12
lanes: estimates of larger ones are extrapolations, not yet compared with any.

";

fn fit(samples: &[Sample]) -> String {
    let kinds: BTreeSet<(&str, &str)> =
        samples.iter().map(|one| (one.family.as_str(), one.multiplier.as_str())).collect();
    let mut page = String::from(INTRODUCTION);
    page.push_str("| family | multiplier | held out | LUT: mean, worst | FF: mean, worst |\n");
    page.push_str("|---|---|---|---|---|\n");
    for (family, multiplier) in kinds {
        let of = |one: &&Sample| one.family == family && one.multiplier == multiplier;
        let group: Vec<&Sample> = samples.iter().filter(of).collect();
        let (kept, held) = hold_out(&group);
        let Some(model) = Model::fit(&kept) else { continue };
        let Accuracy { count, luts, registers } = Accuracy::of(&model, &held);
        let both =
            |(mean, worst): (f64, f64)| format!("{:.1} %, {:.1} %", 100.0 * mean, 100.0 * worst);
        let (luts, registers, all) = (both(luts), both(registers), group.len());
        page.push_str(&format!(
            "| {family} | {multiplier} | {count} of {all} | {luts} | {registers} |\n"
        ));
    }
    page
}
