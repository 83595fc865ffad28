//! Builds the named machines for their boards and writes `docs/results/boards.md` and `.csv`:
//! `cargo run --release -p bitladder-emit --example boards`. Takes hours; a machine that does not
//! fit gets the reason as its row. `--only MACHINE,...` builds these alone, and keeps the other rows.

#![allow(clippy::print_stdout, reason = "a command")]

#[path = "../../tests/support/digits.rs"]
mod digits;
mod table;

use std::path::Path;

use anyhow::Result;
use bitladder_emit::{Accelerator, Build, BuildError, Built, Host};
use bitladder_fpga::{Board, Flow, Toolbox};
use bitladder_machine::{MachineConfig, compile_package};
use bitladder_package::Package;
use bitladder_quantize::LowerOptions;
use clap::Parser;

use digits::Digits;
use table::{Row, Table};

/// The named machines and the boards they are made for.
const PAIRS: [(&str, &str); 7] = [
    ("ecp5-85", "ulx3s-85f"),
    ("ecp5-85-fast", "ulx3s-85f"),
    ("ecp5-25", "ulx3s-25f"),
    ("gw2a-18", "tang-nano-20k"),
    ("up5k-tiny", "icebreaker"),
    ("up5k-int8", "icebreaker"),
    ("hx8k-small", "hx8k-breakout"),
];

/// Builds the named machines for their boards.
#[derive(Parser)]
struct Arguments {
    /// Only these machines.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Seeds to place with.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    seeds: Vec<u32>,
    /// Folders with tools, looked into before PATH.
    #[arg(long, value_name = "FOLDER")]
    tools: Vec<std::path::PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let digits = Digits::read()?;
    for (machine, on) in PAIRS {
        if !arguments.only.is_empty() && !arguments.only.iter().any(|only| only == machine) {
            continue;
        }
        let config = MachineConfig::read(root.join(format!("gen/configs/{machine}.toml")))?;
        let board = Board::read(root.join(format!("fpga/{on}.toml")))?;
        let package = for_machine(&digits, &config)?;
        let row = match build(&config, &board, &arguments, (&root, package.as_ref())) {
            Ok(built) => Row::fits(&config, &built),
            // Whose machine it was built on is nobody's business.
            Err(error) => {
                let here = format!("{}/", root.display());
                Row::refused(&config, on, &error.to_string().replace(&here, ""))
            }
        };
        println!("{}", row.csv());
        // After each, as the next may take an hour; another run may have changed other rows.
        let folder = root.join("docs/results");
        let mut table = Table::read(&folder.join("boards.csv"))?;
        table.put(row);
        table.write(&folder)?;
    }
    Ok(())
}

/// The digits in all of 16, 8 and 4 bits that run on a machine, with the requantisation that it has;
/// none if none runs.
fn for_machine(digits: &Digits, config: &MachineConfig) -> Result<Option<Package>> {
    let multiplier_bits = config.post.multiplier_bits.min(16);
    let options = LowerOptions { multiplier_bits, ..LowerOptions::default() };
    let runs = |bits: &[u8]| {
        let package = digits.package(bits, &options)?;
        let compiled = compile_package(&package, config, 1);
        if let Err(error) = &compiled {
            println!("{}, {bits:?} bits: {error}", config.name);
        }
        anyhow::Ok(compiled.is_ok().then_some(package))
    };
    let mut bits = Vec::new();
    for one in [16, 8, 4] {
        if runs(&[one])?.is_some() {
            bits.push(one);
        }
    }
    // All together may need more memory than each alone: then the widest.
    match bits.is_empty() {
        true => Ok(None),
        false => Ok(runs(&bits)?.or(runs(&bits[..1])?)),
    }
}

fn build(
    config: &MachineConfig,
    board: &Board,
    arguments: &Arguments,
    (root, package): (&Path, Option<&Package>),
) -> Result<Built, BuildError> {
    let accelerator = Accelerator::on_board(config, Host::of(config), board)?;
    let folder = root.join(format!("target/boards/{}", config.name));
    let seeds = arguments.seeds.clone();
    let build = Build { seeds, ..Build::new(&accelerator, board, folder) };
    let toolbox = Toolbox::new().before(arguments.tools.clone());
    build.run(&Flow { toolbox, ..Flow::default() }, package)
}
