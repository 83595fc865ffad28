//! The demo's report: the network on a machine, from precision to bitstream.

use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, anyhow};
use bitladder_demo::costs::{Cost, Meter};
use bitladder_demo::escalate::{Escalation, Rung, escalation};
use bitladder_demo::page::page;
use bitladder_demo::schedule::schedule;
use bitladder_demo::{Bitstream, Machine, Story};
use bitladder_emit::{Accelerator, Build, Built, GENERATOR, Host};
use bitladder_flow::{Decision, Samples};
use bitladder_fpga::{Flow, tools};
use bitladder_machine::{MachineConfig, compile_package};
use bitladder_package::{Package, Profile};

use super::hardware;
use crate::args::DemoArgs;
use crate::commands::{Session, boards, machines};

/// What the demo knows before there is hardware.
pub(super) struct Known<'a> {
    /// The precisions of the ladder, best first, and the accuracy of each.
    pub(super) ladder: (&'a Package, &'a [f64]),
    /// What each of them decides.
    pub(super) decisions: &'a [Vec<Decision>],
    /// Other forms of the weights, and the accuracy of each.
    pub(super) forms: (&'a Package, &'a [f64]),
    /// Images that nothing was chosen on.
    pub(super) test: &'a Samples,
    /// Accuracy in float.
    pub(super) float: f64,
}

/// Makes the report; gives where it is, and the story.
pub(super) fn tell(
    session: &Session,
    args: &DemoArgs,
    known: &Known,
) -> anyhow::Result<(PathBuf, Story)> {
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("{}: cannot be created", args.out.display()))?;
    let config = machines::find(&args.config)?;
    // The tools work in other processes, while this one simulates.
    let (simulated, bitstream) = thread::scope(|scope| {
        let building = scope.spawn(|| bitstream(args, known.ladder.0));
        let simulated = simulate(session, &config, args, known);
        let wait = session.terminal.wait("the tools build the bitstream");
        let built = building.join().unwrap_or_else(|_| Err(anyhow!("the build was broken off")));
        wait.finish_and_clear();
        (simulated, built)
    });
    let (precisions, wave) = simulated?;
    let bitstream = match bitstream {
        Ok(None) => Bitstream::Missing("it was not asked for".into()),
        Ok(Some(built)) => Bitstream::Built(Box::new(built)),
        Err(why) => Bitstream::Missing(format!("{why:#}")),
    };
    let meter = Meter::new(&config)?;
    let costs: Vec<Cost> = precisions.iter().map(|one| meter.cost(one)).collect();
    let platform = meter.platform(&precisions[..known.ladder.0.profiles.len()])?;
    let story = Story {
        generator: GENERATOR.into(),
        network: known.ladder.0.name.clone(),
        machine: Machine {
            name: config.name.clone(),
            config_hash: config.hash(),
            array: [config.array.rows, config.array.columns],
            mhz: config.clock.levels_mhz.iter().copied().max().map_or(0.0, f64::from),
        },
        float: (known.float, known.test.len()),
        escalation: ladder(known, &costs)?,
        precisions,
        costs,
        schedule: schedule(platform)?,
        wave,
        bitstream,
    };
    let report = args.out.join("report.html");
    write(&report, &page(&story)?)?;
    write(&args.out.join("report.json"), &(serde_json::to_string_pretty(&story)? + "\n"))?;
    Ok((report, story))
}

type Simulated = (Vec<bitladder_demo::check::Precision>, bitladder_demo::wave::Excerpt);

fn simulate(
    session: &Session,
    config: &MachineConfig,
    args: &DemoArgs,
    known: &Known,
) -> anyhow::Result<Simulated> {
    let packages = [known.ladder, known.forms];
    let on = (known.test, config);
    let precisions = hardware::precisions(session, packages, on, !args.no_verilator)?;
    Ok((precisions, hardware::wave(known.ladder.0, known.test, config)?))
}

fn ladder(known: &Known, costs: &[Cost]) -> anyhow::Result<Escalation> {
    let package = known.ladder.0;
    let rung = |((profile, cost), decisions): ((&Profile, &Cost), &Vec<Decision>)| {
        let step = package.ladder.iter().find(|step| step.from == profile.name);
        Rung {
            name: profile.name.clone(),
            microjoules: cost.microjoules,
            decisions: decisions.clone(),
            margin: step.map_or(0, |step| step.margin),
        }
    };
    let each = package.profiles.iter().zip(costs).zip(known.decisions);
    let rungs: Vec<Rung> = each.rev().map(rung).collect();
    let labels: Vec<usize> = known.test.labels()?.iter().map(|label| usize::from(*label)).collect();
    escalation(&rungs, &labels).context("the package has no precision, or there are no images")
}

/// Builds the machine for the board, or takes what an earlier run of the same version has built.
fn bitstream(args: &DemoArgs, package: &Package) -> anyhow::Result<Option<Built>> {
    if args.no_bitstream {
        return Ok(None);
    }
    let (config, board) = (machines::find(&args.build)?, boards::find(&args.board)?);
    let folder = args.out.join("bitstream");
    if let Some(built) = built_before(&folder.join("build.json"), &config.hash(), &board.name) {
        return Ok(Some(built));
    }
    let accelerator = Accelerator::on_board(&config, Host::of(&config), &board)?;
    let flow = Flow::default();
    if tools::doctor(&flow.toolbox).iter().any(|finding| finding.result.is_err()) {
        tools::install()?;
    }
    // A small machine may be for other precisions than the demo's: then only its size is told.
    let package = compile_package(package, &config, 1).is_ok().then_some(package);
    Ok(Some(Build::new(&accelerator, &board, folder).run(&flow, package)?))
}

fn built_before(file: &Path, config_hash: &str, board: &str) -> Option<Built> {
    let text = std::fs::read_to_string(file).ok()?;
    let built: Built = serde_json::from_str(&text).ok()?;
    let same = built.config_hash == config_hash
        && built.generator == GENERATOR
        && built.report.board == board;
    same.then_some(built)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}
