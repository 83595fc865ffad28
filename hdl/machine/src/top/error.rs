//! What can be wrong with a machine's configuration.

use bitladder_blocks::BlockError;
use bitladder_rtl::Errors;
use thiserror::Error;

/// A machine that cannot be built as configured.
#[derive(Debug, Error)]
pub enum MachineError {
    /// A unit cannot be built.
    #[error("machine `{machine}`: {source}")]
    Unit {
        /// The machine's name.
        machine: String,
        /// What is wrong with which key.
        source: BlockError,
    },
    /// The description layer rejected the top module: a mistake of this crate.
    #[error("machine `{machine}`: the top's description is wrong; please report this: {source}")]
    Description {
        /// The machine's name.
        machine: String,
        /// What it says.
        source: Errors,
    },
}
