//! Synthesises the machines of `models/calibration.csv` again and fits the model of estimates:
//! `cargo run --release -p bitladder-emit --example calibrate`. Writes the table and
//! `docs/results/estimates.md`; with `--fit-only` nothing is synthesised.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use bitladder_emit::estimate::{Estimator, Sample, read_samples, write_samples};
use bitladder_emit::{Accelerator, Host};
use bitladder_fpga::{Board, Expected, Flow, Job};
use bitladder_machine::{Family, Multiplier};
use clap::Parser;

/// Measures machines and fits the model of estimates.
#[derive(Parser)]
struct Arguments {
    /// Take the measurements that are there.
    #[arg(long)]
    fit_only: bool,
}

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = root.join("gen/emit/models/calibration.csv");
    if !Arguments::parse().fit_only {
        let mut samples = read_samples("calibration.csv", &std::fs::read_to_string(&table)?)?;
        for sample in &mut samples {
            measure(sample, &root).with_context(|| sample.config.name.clone())?;
        }
        std::fs::write(&table, write_samples(&samples))?;
    }
    let text = std::fs::read_to_string(&table)?;
    let samples = read_samples("calibration.csv", &text)?;
    std::fs::write(root.join("docs/results/estimates.md"), page(&Estimator::new(samples)))?;
    Ok(())
}

/// Synthesises a machine. It need not fit the board: it is not placed.
fn measure(sample: &mut Sample, root: &Path) -> Result<()> {
    let name = match (sample.config.family, sample.config.array.multiplier) {
        (Family::Ice40, Multiplier::Mac16) => "icebreaker",
        (Family::Ice40, _) => "hx8k-breakout",
        (Family::Gowin, _) => "tang-nano-20k",
        _ => "ulx3s-85f",
    };
    let board = Board::read(root.join(format!("fpga/{name}.toml")))?;
    let accelerator = Accelerator::new(&sample.config, Host::Pins)?;
    let folder = root.join("target/calibration").join(&sample.config.name);
    let job = Job {
        board: &board,
        subject: &accelerator.subject,
        target_mhz: None,
        seeds: vec![1],
        expected: Expected::default(),
        wide_luts: false,
        by_module: false,
        folder,
    };
    sample.measured = Flow::default().measure(&job)?;
    Ok(())
}

fn page(estimator: &Estimator) -> String {
    let mut text = String::from(
        "# Estimates of machines\n\n\
         Written by `cargo run --release -p bitladder-emit --example calibrate`; the measured machines are\n\
         in `gen/emit/models/calibration.csv`, each behind three pins, synthesised flat. The model of\n\
         `bitladder estimate` is fitted to three quarters of each kind; errors are those of the last\n\
         quarter, which it has not seen, relative to what was measured. Multiplier blocks and memories are\n\
         predicted for all machines.\n\n\
         | family | multiplier | machines | held out | LUT: mean, worst | FF: mean, worst | wrong blocks |\n\
         |---|---|--:|--:|---|---|--:|\n",
    );
    let percent =
        |[mean, worst]: [f64; 2]| format!("{:.1} %, {:.1} %", 100.0 * mean, 100.0 * worst);
    for one in estimator.held_out() {
        let [kept, held] = one.machines;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| {:?} | {:?} | {kept} | {held} | {} | {} | {} |",
            one.family,
            one.multiplier,
            percent(one.luts),
            percent(one.registers),
            one.wrong_blocks
        );
    }
    text
}
