//! What can go wrong with a tool.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::{Tool, Version};

/// A tool that is missing, or that failed.
#[derive(Debug, Error)]
pub enum ToolError {
    /// Found nowhere.
    #[error(
        "`{tool}` is missing; get all tools with \
         `cargo run -p bitladder-fpga --example doctor -- --install`, or put it on PATH"
    )]
    Missing {
        /// The tool.
        tool: Tool,
    },
    /// Found, but too old.
    #[error(
        "`{}` is version {number}, {oldest} is needed; get it with \
         `cargo run -p bitladder-fpga --example doctor -- --install`", .program.display()
    )]
    TooOld {
        /// The tool.
        tool: Tool,
        /// The program.
        program: PathBuf,
        /// Its version.
        number: Version,
        /// The oldest version that works.
        oldest: Version,
    },
    /// It ended with an error.
    #[error("{tool}: {said} (its log: {})", .log.display())]
    Failed {
        /// The tool.
        tool: Tool,
        /// Its own error line.
        said: String,
        /// All it said.
        log: PathBuf,
    },
    /// It did not end.
    #[error(
        "{tool} was stopped after {} s; make the design smaller or the limit larger (its log: {})",
        .limit.as_secs(), .log.display()
    )]
    Timeout {
        /// The tool.
        tool: Tool,
        /// The time it had.
        limit: Duration,
        /// What it said so far.
        log: PathBuf,
    },
    /// It could not be started.
    #[error("`{}` does not start: {source}", .program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the run that cannot be written or read.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The environment could not be made.
    #[error("`{step}` failed: {said}; Python 3 with its venv module and access to PyPI are needed")]
    Install {
        /// The command.
        step: String,
        /// Its last words.
        said: String,
    },
}
