//! Synthesises every building block, places and routes it in the frame, and writes
//! `docs/results/hdl-blocks.md`:
//! `cargo run --release -p bitladder-fpga --example blocks -- [--only TEXT] [--unplaced]`.
//!
//! Needs the tools that `./x fpga` installs; takes about an hour.

#![allow(clippy::print_stdout, reason = "a command")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow};
use bitladder_blocks::frame;
use bitladder_fpga::{Board, Expected, Flow, FlowError, Job, Resources, Subject, Toolbox};
use bitladder_rtl::{Design, EmitOptions, Module};
use clap::Parser;

mod catalogue;
mod table;

use catalogue::BOARDS;
use table::{Row, Table};

/// Every block through synthesis, place and route.
#[derive(Parser)]
struct Arguments {
    /// Only blocks and boards with this text in `BOARD MODULE`; the rows of others stay.
    #[arg(long, default_value = "")]
    only: String,
    /// Seeds to place with.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    seeds: Vec<u32>,
    /// Synthesis only: the clocks that are there stay.
    #[arg(long)]
    unplaced: bool,
    /// Builds side by side.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Folders with tools, looked into before PATH.
    #[arg(long)]
    tools: Vec<PathBuf>,
}

/// Above what any block reaches: place and route does what it can.
const TARGET_MHZ: f64 = 400.0;

/// One module on one board.
struct Task {
    module: Arc<Module>,
    board: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let modules = catalogue::blocks().map_err(|error| anyhow!("{error}"))?;
    let tasks = (0..BOARDS.len())
        .flat_map(|board| modules.iter().map(move |module| Task { module: module.clone(), board }));
    let wanted = |task: &Task| {
        format!("{} {}", BOARDS[task.board], task.module.name()).contains(&arguments.only)
    };
    let tasks: Vec<Task> = tasks.filter(wanted).collect();
    let order: Vec<String> = modules.iter().map(|module| module.name().to_owned()).collect();
    let table = Mutex::new(Table::read(&root.join("docs/results"), order)?);
    let next = Mutex::new(tasks.iter());
    let work = || -> Result<()> {
        loop {
            let task = next.lock().map_err(|error| anyhow!("{error}"))?.next();
            let Some(task) = task else { return Ok(()) };
            let name = format!("{} on {}", task.module.name(), BOARDS[task.board]);
            let Some(row) = measure(&root, task, &arguments).context(name)? else { continue };
            println!("{}", row.text());
            table.lock().map_err(|error| anyhow!("{error}"))?.put(row)?;
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..arguments.workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().map_err(|_| anyhow!("a worker stopped; see above"))?
        })
    })
}

/// Sizes are those of the bare module; clocks are those of the module in the frame. Nothing if it
/// does not fit.
fn measure(root: &Path, task: &Task, arguments: &Arguments) -> Result<Option<Row>> {
    let board = Board::read(root.join("fpga").join(format!("{}.toml", BOARDS[task.board])))?;
    let toolbox = Toolbox::new().before(arguments.tools.clone());
    let flow = Flow { toolbox, ..Flow::default() };
    let folder = tempfile::tempdir()?;
    let (bare, framed) = (subject(&task.module)?, subject(&frame(&task.module)?)?);
    let [dsp, bram] = catalogue::expected(task.module.name(), task.board).map(Some);
    let mut job = Job {
        board: &board,
        subject: &bare,
        target_mhz: Some(TARGET_MHZ),
        seeds: arguments.seeds.clone(),
        expected: Expected { dsp, bram, spram: Some(0) },
        by_module: false,
        wide_luts: true,
        folder: folder.path().join("bare"),
    };
    let cost: Resources = match flow.synthesise(&job) {
        Err(FlowError::Size { .. }) => return Ok(None),
        other => other?.total,
    };
    let mut clocks = Vec::new();
    if !arguments.unplaced {
        (job.subject, job.folder) = (&framed, folder.path().join("framed"));
        let synthesis = flow.synthesise(&job)?;
        for (seed, timing) in flow.route(&job, &synthesis)? {
            let slowest = timing.clocks.iter().map(|clock| clock.mhz).reduce(f64::min);
            clocks.push(slowest.with_context(|| format!("no clock with seed {seed}"))?);
        }
    }
    Ok(Some(Row::new(BOARDS[task.board], task.module.name(), &cost, &clocks)))
}

fn subject(module: &Arc<Module>) -> Result<Subject> {
    Ok(Subject::new(&Design::elaborate(module)?, &EmitOptions::default())?)
}
