//! `bitladder estimate` and `bitladder fit`.

use std::fmt::Write;

use anyhow::{Context, bail};
use bitladder_emit::estimate::{Estimate, Estimator, Fit, fit};
use bitladder_emit::{Performance, performances};
use bitladder_fpga::Resource;
use bitladder_package::Package;
use serde::Serialize;

use super::{Session, boards, machines, shown};
use crate::args::{EstimateArgs, FitArgs};
use crate::output::Outcome;
use crate::table::Table;

/// Lines of `fit` for machines that fit, and for those that do not.
const SHOWN: usize = 8;

#[derive(Serialize)]
struct Estimated {
    machine: String,
    #[serde(flatten)]
    estimate: Estimate,
    performances: Vec<Performance>,
}

impl Outcome for Estimated {
    fn text(&self) -> String {
        let mut text = format!("machine {}\n\n", self.machine);
        for resource in Resource::ALL {
            let count = shown::count(self.estimate.resources.get(resource));
            let _ = writeln!(text, "{:<18} {count:>8}", resource.to_string());
        }
        let clock = self.estimate.mhz.map_or("unknown".into(), |mhz| format!("{mhz:.0} MHz"));
        let _ = writeln!(text, "{:<18} {clock:>8}", "clock");
        for one in &self.performances {
            let _ = writeln!(
                text,
                "precision {:<8} {} cycles, {} images/s",
                one.precision,
                shown::count(one.cycles),
                shown::count(one.images_per_second.round() as u64)
            );
        }
        text
    }
}

pub(crate) fn estimate(session: &Session, args: &EstimateArgs) -> anyhow::Result<()> {
    let config = machines::find(&args.config)?;
    let estimate = Estimator::shipped()?.estimate(&config)?;
    let clock = estimate.mhz.unwrap_or(f64::from(config.clock.levels_mhz[0]));
    let performances = match &args.model {
        Some(file) => {
            let package = Package::read(file)?;
            performances(&package, (&config, clock), 1, &estimate.resources)?
        }
        None => Vec::new(),
    };
    session.terminal.show(&Estimated { machine: config.name, estimate, performances })
}

#[derive(Serialize)]
struct Found {
    board: String,
    #[serde(flatten)]
    fit: Fit,
}

impl Outcome for Found {
    fn text(&self) -> String {
        let mut table = Table::new(&["machine", ">LUT", ">FF", ">DSP", ">BRAM", ">images/s"]);
        for one in self.fit.fitting.iter().take(SHOWN) {
            let used = &one.estimate.resources;
            let numbers = [used.luts, used.registers, used.dsp, used.bram].map(shown::count);
            let rates: Vec<String> = one
                .images_per_second
                .iter()
                .map(|(name, rate)| format!("{name}: {}", shown::count(rate.round() as u64)))
                .collect();
            let cells = [vec![one.config.name.clone()], numbers.to_vec(), vec![rates.join(", ")]];
            table.row(cells.concat());
        }
        let (fits, not) = (self.fit.fitting.len(), self.fit.refused.len());
        let mut text = format!("{fits} machines fit {}, {not} do not\n\n", self.board);
        text.push_str(&table.text());
        text.push_str("\nthe smallest that do not:\n");
        for one in self.fit.refused.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}: {}", one.machine, one.why);
        }
        text
    }
}

pub(crate) fn search(session: &Session, args: &FitArgs) -> anyhow::Result<()> {
    let (board, package) = (boards::find(&args.board)?, Package::read(&args.model)?);
    let fit = fit(&package, board.fpga.device, &Estimator::shipped()?)?
        .with_context(|| format!("{} runs on no machine", args.model.display()))?;
    let Some(best) = fit.fitting.first() else {
        let why = fit.refused.first().map_or("", |one| &one.why);
        bail!("no machine for this network fits {}; the smallest {why}", board.name);
    };
    if let Some(file) = &args.output {
        std::fs::write(file, best.config.canonical())
            .with_context(|| format!("{}: not written", file.display()))?;
    }
    session.terminal.show(&Found { board: board.name, fit })
}
