//! The output folder.

use std::fmt::Write;
use std::path::PathBuf;

use bitladder_fpga::report::SeedResult;
use bitladder_fpga::{Board, Flow, Job, Report, Resource, Resources};
use bitladder_package::Package;
use serde::{Deserialize, Serialize};

use crate::deliver::{Delivery, write};
use crate::page::page;
use crate::performance::{Peak, Performance, peaks, performances};
use crate::{Accelerator, BuildError};

/// A machine to build for a board.
#[derive(Debug, Clone)]
pub struct Build<'a> {
    /// The machine with its host link.
    pub accelerator: &'a Accelerator,
    /// The board.
    pub board: &'a Board,
    /// Frequency that place and route aims for; that of the machine's fastest level if not given.
    /// What was reached is compared with the clock that the board's PLL makes, where there is one.
    pub target_mhz: Option<f64>,
    /// Seeds to place with.
    pub seeds: Vec<u32>,
    /// Count resources by module: a second synthesis.
    pub by_module: bool,
    /// Where all files go.
    pub folder: PathBuf,
}

/// A built machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Built {
    /// The machine.
    pub machine: String,
    /// SHA-256 of its configuration.
    pub config_hash: String,
    /// Name and version of the generator.
    pub generator: String,
    /// The host link.
    pub host: String,
    /// Where the clock comes from, if the design makes its own.
    pub clock: Option<String>,
    /// The frequency to reach: what the board's PLL makes; without one, what was aimed for.
    pub target_mhz: f64,
    /// What the packed seed reached: the target, times the reserve of the clock that has the least.
    pub reached_mhz: f64,
    /// The frequency that figures per second are for: the slowest clock of the packed seed, at
    /// most the one aimed for.
    pub mhz: f64,
    /// The most the array can do, by mode.
    pub peaks: Vec<Peak>,
    /// The network, if one was given.
    pub network: Option<String>,
    /// What the machine does with it.
    pub performances: Vec<Performance>,
    /// What the tools found.
    pub report: Report,
}

impl<'a> Build<'a> {
    /// A build as most want it: for the fastest level, with one seed, resources by module.
    pub fn new(accelerator: &'a Accelerator, board: &'a Board, folder: PathBuf) -> Self {
        Self { accelerator, board, target_mhz: None, seeds: vec![1], by_module: true, folder }
    }

    /// The frequency to reach.
    fn goal_mhz(&self) -> f64 {
        let aimed = || self.target_mhz.unwrap_or_else(|| self.accelerator.mhz());
        self.accelerator.subject.made_mhz.unwrap_or_else(aimed)
    }

    fn job(&self) -> Job<'_> {
        let accelerator = self.accelerator;
        let fastest = accelerator.mhz();
        Job {
            board: self.board,
            subject: &accelerator.subject,
            target_mhz: self.target_mhz.or(Some(fastest)),
            seeds: self.seeds.clone(),
            expected: accelerator.expected,
            wide_luts: false,
            by_module: self.by_module,
            folder: self.folder.clone(),
        }
    }

    /// Writes everything that needs no tools: Verilog, constraints, scripts, Makefile, and what
    /// others need.
    pub fn emit(&self, flow: &Flow) -> Result<(), BuildError> {
        flow.emit(&self.job())?;
        write(&self.folder, &Delivery::new(self.accelerator, Some(self.board))?)
    }

    /// Everything, up to bitstream and reports: `build.json`, `build.txt` and `build.html`.
    pub fn run(&self, flow: &Flow, model: Option<&Package>) -> Result<Built, BuildError> {
        self.emit(flow)?;
        let job = self.job();
        let report = flow.build(&job)?;
        let config = &self.accelerator.config;
        let target_mhz = self.goal_mhz();
        let packed = report.seeds.iter().find(|seed| report.best_seed == Some(seed.seed));
        let reserve = packed.map_or(0.0, SeedResult::margin);
        // A design without any path between registers has no clock that limits it.
        let reached_mhz = if reserve.is_finite() { reserve * target_mhz } else { target_mhz };
        let mhz = reached_mhz.min(target_mhz);
        let used = used(&report);
        let performances = match model {
            Some(package) => performances(package, (config, mhz), 1, &used)?,
            None => Vec::new(),
        };
        let built = Built {
            machine: config.name.clone(),
            config_hash: config.hash(),
            generator: crate::GENERATOR.to_owned(),
            host: self.accelerator.host.name().to_owned(),
            clock: self.accelerator.clocks.as_ref().map(|clocks| clocks.how.clone()),
            target_mhz,
            reached_mhz,
            mhz,
            peaks: peaks(config, mhz),
            network: model.map(|package| package.name.clone()),
            performances,
            report,
        };
        let files = [
            ("build.json", serde_json::to_string_pretty(&built)? + "\n"),
            ("build.txt", built.text()?),
            ("build.html", built.html()?),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text));
        write(&self.folder, &Delivery(files.into()))?;
        Ok(built)
    }
}

impl Built {
    /// What each seed reached.
    pub fn reached_by_seed(&self) -> impl Iterator<Item = f64> {
        self.report.seeds.iter().map(|seed| seed.margin() * self.target_mhz)
    }

    /// True if the bitstream may run at the clock it gets.
    pub fn in_time(&self) -> bool {
        self.reached_mhz >= self.target_mhz
    }

    /// The report as one page without scripts or other files.
    pub fn html(&self) -> Result<String, BuildError> {
        Ok(page(self)?)
    }

    /// The report as text.
    pub fn text(&self) -> Result<String, BuildError> {
        let mut text = self.report.text()?;
        if let Some(how) = &self.clock {
            let _ = writeln!(text, "\nThe clock of {} MHz is {how}", self.target_mhz);
        }
        if !self.in_time() {
            let (target, mhz) = (self.target_mhz, self.reached_mhz.floor());
            let _ = writeln!(
                text,
                "\nThe clock is not reached: do not load this bitstream; set `clock.levels_mhz` to \
                 {mhz} or less instead of {target}, or try more seeds"
            );
        }
        let _ = writeln!(text, "\nPeak at {:.1} MHz", self.mhz);
        for Peak { mode, macs_per_cycle, gops } in &self.peaks {
            let name = mode.name();
            let _ = writeln!(text, "  {name:<8} {macs_per_cycle:>4} MAC/cycle {gops:>8.2} GOPS");
        }
        if let Some(network) = &self.network {
            let _ = writeln!(text, "\n{network} (energy is an estimate)");
        }
        for one in &self.performances {
            let _ = writeln!(
                text,
                "  {:<8} {:>9} cycles, {:.2} of {:.2} GOPS, {:.0} images/s, {:.2} µJ per image",
                one.precision,
                one.cycles,
                one.achieved_gops,
                one.peak_gops,
                one.images_per_second,
                one.microjoules_per_image
            );
        }
        Ok(text)
    }
}

fn used(report: &Report) -> Resources {
    let of = |wanted: Resource| {
        let found = report.resources.iter().find(|one| one.resource == wanted);
        found.map_or(0, |one| one.used)
    };
    Resources {
        luts: of(Resource::Luts),
        registers: of(Resource::Registers),
        dsp: of(Resource::Dsp),
        bram: of(Resource::Bram),
        spram: of(Resource::Spram),
    }
}

#[cfg(test)]
mod tests {
    use bitladder_machine::MachineConfig;

    use super::*;
    use crate::Host;

    #[test]
    fn behind_a_pll_its_clock_is_what_has_to_be_reached() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let config = MachineConfig::read(root.join("gen/configs/ecp5-25.toml")).unwrap();
        let board = Board::read(root.join("fpga/ulx3s-25f.toml")).unwrap();
        let goal = |host, target_mhz| {
            let accelerator = Accelerator::on_board(&config, host, &board).unwrap();
            let build = Build::new(&accelerator, &board, PathBuf::new());
            Build { target_mhz, ..build }.goal_mhz()
        };
        assert_eq!(goal(Host::Uart, Some(100.0)), 80.0);
        assert_eq!(goal(Host::Pins, Some(100.0)), 100.0);
        assert_eq!(goal(Host::Pins, None), 80.0);
    }
}
