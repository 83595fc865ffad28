//! What can go wrong on the way to a running model.

use std::path::PathBuf;

use bitladder_rtl::EmitError;
use thiserror::Error;

/// A model that cannot be built or loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerilatedError {
    /// A program is not installed.
    #[error("`{tool}` is not installed: on Debian or Ubuntu, apt-get install {package}")]
    MissingTool {
        /// The program.
        tool: &'static str,
        /// The package that has it.
        package: &'static str,
    },
    /// A program failed.
    #[error("{tool} on `{top}` failed:\n{log}")]
    Tool {
        /// The program.
        tool: &'static str,
        /// The top module.
        top: String,
        /// What the program said.
        log: String,
    },
    /// Not exactly one clock.
    #[error("`{top}` has {found} clock inputs; a model here has exactly one")]
    Clocks {
        /// The top module.
        top: String,
        /// How many there are.
        found: usize,
    },
    /// No such port.
    #[error("`{top}` has no {direction} `{name}`; it has {known}")]
    Port {
        /// The top module.
        top: String,
        /// `input` or `output`.
        direction: &'static str,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A cell without a model.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The library that was built cannot be loaded.
    #[error("{}: cannot be loaded: {source}; delete it to have it built again", path.display())]
    Load {
        /// The library.
        path: PathBuf,
        /// Why.
        source: libloading::Error,
    },
    /// The file system says no.
    #[error("{}: {source}", path.display())]
    Files {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
