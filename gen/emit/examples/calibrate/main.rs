//! Synthesises machines and fits the model of estimates:
//! `cargo run --release -p bitladder-emit --example calibrate`. Writes `models/calibration.csv` and
//! `docs/results/estimates.md`; takes hours. With `--missing`, machines that are in the table stay
//! as they are; with `--only NAME,...` these alone are measured; with `--place NAME,...`, these are
//! placed and routed for their clock; with `--fit-only` nothing is measured.

mod machines;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bitladder_emit::estimate::{Estimator, Sample, read_samples, write_samples};
use bitladder_emit::{Accelerator, Host};
use bitladder_fpga::{Board, Expected, Flow, Job, Resources};
use bitladder_machine::{Family, MachineConfig, Multiplier};
use clap::Parser;

/// Measures machines and fits the model of estimates.
#[derive(Parser)]
struct Arguments {
    /// Take the measurements that are there.
    #[arg(long)]
    fit_only: bool,
    /// Measure only what is not in the table.
    #[arg(long)]
    missing: bool,
    /// Measure these alone.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Machines to place and route, by their names in the table.
    #[arg(long, value_delimiter = ',')]
    place: Vec<String>,
    /// Another table than the one that comes along.
    #[arg(long)]
    table: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shipped = root.join("gen/emit/models/calibration.csv");
    let table = arguments.table.unwrap_or(shipped);
    let read =
        || read_samples("calibration.csv", &std::fs::read_to_string(&table)?).context("read");
    if !arguments.place.is_empty() {
        for name in &arguments.place {
            let mut sample = find(&read()?, name)?;
            sample.mhz = Some(place(&sample.config, &root).with_context(|| name.clone())?);
            // The table may have grown meanwhile.
            store(&table, read()?, sample)?;
        }
    } else if !arguments.fit_only {
        let known = if arguments.missing { read()? } else { Vec::new() };
        let only = &arguments.only;
        for config in machines::machines()? {
            let is_known = known.iter().any(|sample| sample.config.name == config.name);
            if is_known || !only.is_empty() && !only.contains(&config.name) {
                continue;
            }
            let sample = measure(config, &root)?;
            let all = if table.exists() { read()? } else { Vec::new() };
            store(&table, all, sample)?;
        }
    }
    std::fs::write(root.join("docs/results/estimates.md"), page(&Estimator::new(read()?)))?;
    Ok(())
}

fn find(samples: &[Sample], name: &str) -> Result<Sample> {
    let found = samples.iter().find(|sample| sample.config.name == name).cloned();
    found.with_context(|| format!("no machine `{name}` in the table"))
}

/// Writes after each measurement: it may be the last before a pause.
fn store(table: &Path, mut all: Vec<Sample>, sample: Sample) -> Result<()> {
    match all.iter_mut().find(|one| one.config.name == sample.config.name) {
        Some(old) => *old = sample,
        None => all.push(sample),
    }
    Ok(std::fs::write(table, write_samples(&all))?)
}

fn board(config: &MachineConfig, root: &Path) -> Result<Board> {
    let name = match (config.family, config.array.multiplier) {
        (Family::Ice40, Multiplier::Mac16) => "icebreaker",
        (Family::Ice40, _) => "hx8k-breakout",
        (Family::Gowin, _) => "tang-nano-20k",
        _ => "ulx3s-85f",
    };
    Ok(Board::read(root.join(format!("fpga/{name}.toml")))?)
}

fn job<'a>(board: &'a Board, accelerator: &'a Accelerator, folder: PathBuf) -> Job<'a> {
    Job {
        board,
        subject: &accelerator.subject,
        target_mhz: Some(accelerator.mhz()),
        seeds: vec![1],
        expected: Expected::default(),
        wide_luts: false,
        by_module: false,
        folder,
    }
}

/// Synthesises a machine. It need not fit the board: it is not placed.
fn measure(config: MachineConfig, root: &Path) -> Result<Sample> {
    let name = config.name.clone();
    let board = board(&config, root)?;
    let accelerator = Accelerator::new(&config, Host::of(&config)).with_context(|| name.clone())?;
    let flow = Flow::default();
    let job = job(&board, &accelerator, root.join("target/calibration").join(&name));
    let measured: Resources = flow.measure(&job).with_context(|| name)?;
    let yosys = flow.synthesis_version(&job)?;
    Ok(Sample { config, measured, mhz: None, yosys })
}

/// The clock of a machine behind three pins, which any device has, with one seed.
fn place(config: &MachineConfig, root: &Path) -> Result<f64> {
    let board = board(config, root)?;
    let accelerator = Accelerator::new(config, Host::Pins)?;
    let folder = root.join("target/calibration").join(format!("{}-placed", config.name));
    let report = Flow::default().build(&job(&board, &accelerator, folder))?;
    let clocks = report.seeds.iter().flat_map(|seed| &seed.clocks).map(|clock| clock.mhz);
    Ok(clocks.fold(f64::INFINITY, f64::min))
}

fn page(estimator: &Estimator) -> String {
    let mut text = String::from(
        "# Estimates of machines\n\n\
         Written by `cargo run --release -p bitladder-emit --example calibrate`; the measured machines are\n\
         in `gen/emit/models/calibration.csv`, each behind its port, synthesised flat; clocks are those of\n\
         one seed, behind three pins (`--place`). The model of `bitladder estimate` is fitted to three\n\
         quarters of each family; errors of lookup tables and flip-flops are those of the last quarter,\n\
         which it has not seen, relative to what was measured. Of the clock each placed machine in turn is\n\
         held out. Multiplier blocks and memories are predicted for all machines. Wanted are 10 % for\n\
         lookup tables, 15 % for the clock, and no wrong block.\n\n\
         | family | machines | held out | LUT: mean, worst | FF: mean, worst | placed | MHz: mean, worst | wrong blocks |\n\
         |---|--:|--:|---|---|--:|---|--:|\n",
    );
    let percent =
        |[mean, worst]: [f64; 2]| format!("{:.1} %, {:.1} %", 100.0 * mean, 100.0 * worst);
    for one in estimator.held_out() {
        let [kept, held] = one.machines;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {:?} | {kept} | {held} | {} | {} | {} | {} | {} |",
            one.family,
            percent(one.luts),
            percent(one.registers),
            one.placed,
            one.mhz.map_or_else(|| "too few".to_owned(), percent),
            one.wrong_blocks
        );
    }
    text
}
