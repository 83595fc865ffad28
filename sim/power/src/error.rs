//! What can go wrong between a module and its energy.

use std::path::PathBuf;

use bitladder_blocks::BlockError;
use bitladder_rtl::{EmitError, Errors};
use thiserror::Error;

/// An energy that could not be found.
#[derive(Debug, Error)]
pub enum PowerError {
    /// A trace is no VCD, or damaged.
    #[error("line {line} of the trace: {what}; only VCD is read here")]
    Trace {
        /// The line.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A trace or another file cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing changes in a trace.
    #[error("nothing changes in the trace: is it of the right run?")]
    Still,
    /// A tool cannot be started.
    #[error("{tool} cannot be started ({source}); on Debian: apt-get install {package}")]
    Start {
        /// The tool.
        tool: &'static str,
        /// What has it.
        package: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A tool failed.
    #[error("{tool} failed: {said}")]
    Failed {
        /// The tool.
        tool: &'static str,
        /// Its last words.
        said: String,
    },
    /// The library is not there.
    #[error(
        "the standard-cell library is not at {}; on Debian: apt-get install qflow-tech-osu018",
        file.display()
    )]
    NoLibrary {
        /// Where it should be.
        file: PathBuf,
    },
    /// The power report has no total.
    #[error("the report of OpenSTA has no line for a group of cells: {said}")]
    Report {
        /// What it has.
        said: String,
    },
    /// A module cannot be configured so.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// A module cannot be elaborated.
    #[error("the module cannot be elaborated: {0}")]
    Elaborate(#[from] Errors),
    /// Its Verilog cannot be written.
    #[error(transparent)]
    Emit(#[from] EmitError),
}
