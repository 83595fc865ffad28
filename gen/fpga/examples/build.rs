//! Builds an array for a board:
//! `cargo run -p bitladder-fpga --example build -- --board ulx3s-25f --design array-2x2`.

#![allow(clippy::print_stdout, reason = "a command")]

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bitladder_fpga::{Board, Flow, Job, Toolbox, designs};
use clap::Parser;

/// From a design to a bitstream.
#[derive(Parser)]
struct Arguments {
    /// The board: a name in `fpga/`, or a file.
    #[arg(long)]
    board: String,
    /// The design: `array-ROWSxCOLUMNS[-MULTIPLIER[-MODES]]`.
    #[arg(long, default_value = "array-2x2")]
    design: String,
    /// Frequency to aim for; the oscillator's if not given.
    #[arg(long)]
    mhz: Option<f64>,
    /// Seeds to place with; the best is packed.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    seeds: Vec<u32>,
    /// Output folder; `out/BOARD-DESIGN` if not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folders with tools, looked into before PATH.
    #[arg(long)]
    tools: Vec<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let board = board(&arguments.board)?;
    let plan = designs::plan(&arguments.design, board.fpga.device)?;
    let (subject, expected) = designs::subject(&plan)?;
    let name = format!("out/{}-{}", board.name, arguments.design);
    let job = Job {
        board: &board,
        subject: &subject,
        target_mhz: arguments.mhz,
        seeds: arguments.seeds,
        expected,
        wide_luts: true,
        by_module: true,
        folder: arguments.out.unwrap_or_else(|| name.into()),
    };
    let flow = Flow { toolbox: Toolbox::new().before(arguments.tools), ..Flow::default() };
    let report = flow.build(&job)?;
    print!("{}", report.text()?);
    println!("all files are in {}", job.folder.display());
    Ok(())
}

fn board(name: &str) -> Result<Board> {
    if name.ends_with(".toml") {
        return Ok(Board::read(name)?);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fpga");
    let file = folder.join(format!("{name}.toml"));
    Board::read(file).with_context(|| format!("no board `{name}`; see fpga/README.md"))
}
