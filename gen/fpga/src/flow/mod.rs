//! Synthesis, checks, place and route, packing, report.
//!
//! ```text
//! Verilog --> yosys (flat) --> checks --> nextpnr, once per seed --> best --> packer --> bitstream
//!        \--> yosys (hierarchy kept) --> resources by module ------------------------> report
//! ```

mod check;
mod command;
mod error;
mod folder;
mod job;
mod judge;
mod subject;

use std::collections::BTreeMap;

pub use error::FlowError;
pub use folder::{INFERS_MAC16, synthesis_command};
pub use job::{Expected, Job, Limits};
pub use subject::Subject;

use crate::board::{bind, flow_constraints};
use crate::hash::sha256;
use crate::report::{
    Bitstream, ModuleUse, Report, ReportError, Resources, SeedResult, Timing, module_uses, timing,
};
use crate::tools::{Found, Tool, Toolbox};
use command::Step;
use folder::{Folder, Makefile};
use judge::judged;

/// A synthesised design.
#[derive(Debug, Clone, PartialEq)]
pub struct Synthesis {
    /// All resources.
    pub total: Resources,
    /// Resources by module, if asked for.
    pub modules: Vec<ModuleUse>,
    /// The module of each instance path, if resources were counted by module.
    pub instances: BTreeMap<String, String>,
    /// SHA-256 of the netlist.
    pub netlist_sha256: String,
}

/// The flow on the tools of a [`Toolbox`].
#[derive(Debug, Clone, Default)]
pub struct Flow {
    /// Where tools are looked for.
    pub toolbox: Toolbox,
    /// Time limits.
    pub limits: Limits,
}

impl Flow {
    /// Writes Verilog, scripts, constraints and a Makefile that names the tools as their authors
    /// do; runs none of them.
    pub fn emit(&self, job: &Job<'_>) -> Result<(), FlowError> {
        let seed = *job.seeds.first().ok_or(FlowError::NoSeeds)?;
        let folder = Folder::new(&job.folder)?;
        scripts(job, &folder)?;
        constraints(job, &folder)?;
        folder.write("Makefile", makefile(job, seed, |tool| Ok(tool.name().to_owned()))?)
    }

    /// Synthesis and its checks.
    pub fn synthesise(&self, job: &Job<'_>) -> Result<Synthesis, FlowError> {
        let device = job.board.fpga.device;
        let folder = Folder::new(&job.folder)?;
        let yosys = self.find(job, Tool::Yosys)?;
        let top = job.subject.top();
        scripts(job, &folder)?;
        let (mut modules, mut instances) = (Vec::new(), BTreeMap::new());
        if job.by_module {
            self.yosys(&yosys, &folder, "modules", "hierarchy.json")?;
            let netlist = folder.netlist("hierarchy.json", top)?;
            modules = module_uses(&netlist)?;
            instances = netlist.instances();
        }
        self.yosys(&yosys, &folder, "synth", "netlist.json")?;
        let total = Resources::of(&folder.netlist("netlist.json", top)?.top_cells());
        check::mapping(top, &total, &job.expected, &modules)?;
        check::size(top, device, &total, &modules)?;
        let netlist_sha256 = sha256(&folder.bytes("netlist.json")?);
        Ok(Synthesis { total, modules, instances, netlist_sha256 })
    }

    /// What synthesis makes of a design, whether that fits the device or not.
    pub fn measure(&self, job: &Job<'_>) -> Result<Resources, FlowError> {
        let folder = Folder::new(&job.folder)?;
        let yosys = self.find(job, Tool::Yosys)?;
        scripts(job, &folder)?;
        self.yosys(&yosys, &folder, "synth", "netlist.json")?;
        Ok(Resources::of(&folder.netlist("netlist.json", job.subject.top())?.top_cells()))
    }

    fn yosys(
        &self,
        yosys: &Found,
        folder: &Folder,
        name: &str,
        output: &str,
    ) -> Result<(), FlowError> {
        let step = command::synthesis(name, output);
        let run = step.run(yosys, self.limits.synthesis);
        Ok(run.run(&folder.0, &format!("logs/{name}.log"))?)
    }

    /// Places and routes the synthesised netlist with each seed.
    pub fn route(
        &self,
        job: &Job<'_>,
        synthesis: &Synthesis,
    ) -> Result<Vec<(u32, Timing)>, FlowError> {
        if job.seeds.is_empty() {
            return Err(FlowError::NoSeeds);
        }
        let folder = Folder::new(&job.folder)?;
        let router = self.find(job, Tool::router(job.board.fpga.device.family))?;
        let mhz = job.mhz()?;
        let constraints = constraints(job, &folder)?;
        let mut results = Vec::new();
        for &seed in &job.seeds {
            let step = command::route(job.board, &constraints, mhz, seed);
            let run = step.run(&router, self.limits.route);
            run.run(&folder.0, &format!("logs/seed-{seed}.log")).map_err(FlowError::layout)?;
            let name = format!("seed-{seed}.report.json");
            results.push((seed, timing(&name, &folder.text(&name)?, &synthesis.instances)?));
        }
        Ok(results)
    }

    /// Makes the bitstream from the layout of a seed.
    pub fn pack(&self, job: &Job<'_>, seed: u32) -> Result<Bitstream, FlowError> {
        let folder = Folder::new(&job.folder)?;
        let packer = self.find(job, Tool::packer(job.board.fpga.device.family))?;
        let step = command::pack(job.board, job.subject.top(), seed);
        step.run(&packer, self.limits.pack)
            .run(&folder.0, "logs/pack.log")
            .map_err(FlowError::layout)?;
        let bytes = folder.bytes(&step.output)?;
        Ok(Bitstream { file: step.output, bytes: bytes.len() as u64, sha256: sha256(&bytes) })
    }

    /// Everything: leaves Verilog, scripts, constraints, logs, layouts, bitstream, `report.json`,
    /// `report.txt` and a Makefile in the job's folder.
    pub fn build(&self, job: &Job<'_>) -> Result<Report, FlowError> {
        // Before minutes of synthesis, what can be known at once.
        bind(job.board, &job.subject.ports)?;
        let mhz = job.mhz()?;
        let synthesis = self.synthesise(job)?;
        let routed = self.route(job, &synthesis)?;
        let result = |(seed, timing): &(u32, Timing)| SeedResult {
            seed: *seed,
            clocks: judged(timing.clocks.clone(), mhz, job.subject.made_mhz),
        };
        let seeds: Vec<SeedResult> = routed.iter().map(result).collect();
        let best = seeds.iter().max_by(|a, b| a.margin().total_cmp(&b.margin()));
        let best = best.map(|result| result.seed).ok_or(FlowError::NoSeeds)?;
        let bitstream = self.pack(job, best)?;
        let critical = routed.into_iter().find(|(seed, _)| *seed == best);
        let report = Report {
            design: job.subject.top().to_owned(),
            board: job.board.name.clone(),
            device: job.board.fpga.device.name.to_owned(),
            tools: self.versions(job)?,
            netlist_sha256: synthesis.netlist_sha256,
            resources: Report::resource_uses(&synthesis.total, job.board.fpga.device),
            modules: synthesis.modules,
            seeds,
            best_seed: Some(best),
            critical: critical.and_then(|(_, timing)| timing.critical),
            bitstream: Some(bitstream),
        };
        self.write(job, &report, best)?;
        Ok(report)
    }

    fn write(&self, job: &Job<'_>, report: &Report, best: u32) -> Result<(), FlowError> {
        let folder = Folder::new(&job.folder)?;
        let json = serde_json::to_string_pretty(report)
            .map_err(|source| ReportError::Json { file: "report.json".into(), source })?;
        folder.write("report.json", json + "\n")?;
        folder.write("report.txt", report.text()?)?;
        folder.write("Makefile", makefile(job, best, |tool| Ok(self.find(job, tool)?.command()))?)
    }

    /// The version of Yosys that synthesises a job.
    pub fn synthesis_version(&self, job: &Job<'_>) -> Result<String, FlowError> {
        Ok(self.find(job, Tool::Yosys)?.version.unwrap_or_else(|| "version unknown".to_owned()))
    }

    fn find(&self, job: &Job<'_>, tool: Tool) -> Result<Found, FlowError> {
        let oldest = tool.oldest(job.board.fpga.device.family);
        Ok(self.toolbox.find(tool, oldest)?)
    }

    fn versions(&self, job: &Job<'_>) -> Result<Vec<String>, FlowError> {
        let family = job.board.fpga.device.family;
        let tools = [Tool::Yosys, Tool::router(family), Tool::packer(family)];
        let name = |tool| {
            let found = self.find(job, tool)?;
            Ok(match found.version {
                Some(version) => format!("{tool}: {version}"),
                None => format!("{tool}: version unknown"),
            })
        };
        tools.into_iter().map(name).collect()
    }
}

/// Writes the Verilog and the scripts of synthesis.
fn scripts(job: &Job<'_>, folder: &Folder) -> Result<(), FlowError> {
    let files = folder.verilog(job.subject)?;
    if job.by_module {
        folder.write("modules.ys", folder::script(job, &files, true)?)?;
    }
    folder.write("synth.ys", folder::script(job, &files, false)?)
}

/// Writes the constraints; gives the file's name.
fn constraints(job: &Job<'_>, folder: &Folder) -> Result<String, FlowError> {
    let name = folder::constraints_name(job.board);
    let bindings = bind(job.board, &job.subject.ports)?;
    let mhz = if job.subject.made_mhz.is_some() { job.board.clock.mhz } else { job.mhz()? };
    folder.write(&name, flow_constraints(job.board, &bindings, mhz))?;
    Ok(name)
}

fn makefile(
    job: &Job<'_>,
    seed: u32,
    command: impl Fn(Tool) -> Result<String, FlowError>,
) -> Result<String, FlowError> {
    let family = job.board.fpga.device.family;
    let constraints = folder::constraints_name(job.board);
    let pack = command::pack(job.board, job.subject.top(), seed);
    let bitstream = pack.output.clone();
    let steps: Vec<Step> = vec![
        command::synthesis("synth", "netlist.json"),
        command::route(job.board, &constraints, job.mhz()?, seed),
        pack,
    ];
    let program = &job.board.program;
    Makefile {
        yosys: command(Tool::Yosys)?,
        nextpnr: command(Tool::router(family))?,
        pack: command(Tool::packer(family))?,
        bitstream: &bitstream,
        steps: &steps,
        load: folder::loader(program.load.as_ref(), &bitstream),
        flash: folder::loader(program.flash.as_ref(), &bitstream),
    }
    .render()
}
