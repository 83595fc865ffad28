//! Says which tools there are; with `--install` gets what PyPI has of them.

#![allow(clippy::print_stdout, reason = "a command")]

use anyhow::{Result, bail};
use bitladder_fpga::tools;
use clap::Parser;

/// Looks for the open FPGA tools.
#[derive(Parser)]
struct Arguments {
    /// Install the pinned WebAssembly builds into the cache folder first (needs Python and PyPI).
    #[arg(long)]
    install: bool,
}

fn main() -> Result<()> {
    if Arguments::parse().install {
        println!("installed in {}", tools::install()?.display());
    }
    let findings = tools::doctor(&tools::Toolbox::new());
    for finding in &findings {
        println!("{finding}");
    }
    match findings.iter().filter(|finding| finding.result.is_err()).count() {
        0 => Ok(()),
        missing => bail!("{missing} tools are missing"),
    }
}
