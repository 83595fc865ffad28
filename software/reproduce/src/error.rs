//! Why a table or figure cannot be made.

use std::path::PathBuf;

use bitladder_control::reproduce::ReproduceError as PitError;
use bitladder_flow::FlowError;
use bitladder_study::StudyError;
use bitladder_study::energy::EnergyError;
use thiserror::Error;

/// A reproduction that fails.
#[derive(Debug, Error)]
pub enum ReproduceError {
    /// A name that is none.
    #[error("nothing is called `{name}`; there are {known}")]
    Unknown {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The simulated schedulers.
    #[error(transparent)]
    Pit(#[from] PitError),
    /// An energy model.
    #[error(transparent)]
    Energy(#[from] EnergyError),
    /// A study of a network.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A step of the flow.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// A file that cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Files that differ from what would be written.
    #[error("out of date, run the same command without --check: {files}")]
    Stale {
        /// Their names.
        files: String,
    },
}
