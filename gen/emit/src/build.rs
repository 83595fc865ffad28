//! The output folder.

use std::fmt::Write;
use std::path::PathBuf;

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
    /// Frequency to aim for; that of the machine's fastest level if not given.
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

impl Build<'_> {
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
        let mhz = reached(&report, job.target_mhz);
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
            mhz,
            peaks: peaks(config, mhz),
            network: model.map(|package| package.name.clone()),
            performances,
            report,
        };
        let files = [
            ("build.json", serde_json::to_string_pretty(&built)? + "\n"),
            ("build.txt", built.text()?),
            ("build.html", page(&built)?),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text));
        write(&self.folder, &Delivery(files.into()))?;
        Ok(built)
    }
}

impl Built {
    /// The report as text.
    pub fn text(&self) -> Result<String, BuildError> {
        let mut text = self.report.text()?;
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

/// The frequency of the packed seed, at most the target: a board does not run faster than its
/// clock.
fn reached(report: &Report, target: Option<f64>) -> f64 {
    let packed = report.seeds.iter().find(|seed| report.best_seed == Some(seed.seed));
    let clocks = packed.into_iter().flat_map(|seed| &seed.clocks).map(|clock| clock.mhz);
    clocks.fold(target.unwrap_or(f64::INFINITY), f64::min)
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
