//! What stops a run.

use thiserror::Error;

use crate::isa::DescriptorError;
use crate::program::LoadError;

/// A run that cannot go on: on the machine these are error codes of the status register.
#[derive(Debug, Error)]
pub enum InterpretError {
    /// Inputs or results that do not suit the program.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A descriptor that cannot be read.
    #[error("program memory word {address}: {source}")]
    Descriptor {
        /// Where the descriptor begins.
        address: usize,
        /// What is wrong with it.
        source: DescriptorError,
    },
    /// A value with which a layer cannot be computed.
    #[error("layer {layer}: descriptor field `{field}` is {value}, which the machine cannot take")]
    Field {
        /// The layer.
        layer: u32,
        /// The field.
        field: &'static str,
        /// Its value.
        value: u32,
    },
    /// No end before the end of program memory.
    #[error("program memory ends at word {size} without an `end`: load the whole program")]
    ProgramEnd {
        /// Words of program memory.
        size: usize,
    },
    /// An address outside its memory.
    #[error("layer {layer}: address {address} lies outside {memory} memory of {size}")]
    Address {
        /// The layer.
        layer: u32,
        /// The memory.
        memory: &'static str,
        /// The address.
        address: i64,
        /// Its size.
        size: usize,
    },
    /// A patch of another length than the descriptor says.
    #[error("layer {layer}, tile {tile}, row {row}: a patch of {found} words, not {wanted}")]
    Patch {
        /// The layer.
        layer: u32,
        /// The tile.
        tile: usize,
        /// The row.
        row: usize,
        /// Words packed.
        found: usize,
        /// Words of the descriptor.
        wanted: usize,
    },
    /// A weight code that stands for nothing.
    #[error("layer {layer}: weight code {code:#b} in pass {pass}, word {k} has no meaning")]
    Code {
        /// The layer.
        layer: u32,
        /// The pass.
        pass: usize,
        /// The word.
        k: usize,
        /// The code.
        code: u16,
    },
    /// Weights from external memory that are not what was compiled.
    #[error(
        "layer {layer}: weights from external memory have the checksum {found:08x}, not {wanted:08x}"
    )]
    Checksum {
        /// The layer.
        layer: u32,
        /// Their checksum.
        found: u32,
        /// The descriptor's.
        wanted: u32,
    },
    /// A sum that the accumulator cannot hold.
    #[error("layer {layer}: the sum {sum} does not fit {bits} bits")]
    Saturated {
        /// The layer.
        layer: u32,
        /// The sum.
        sum: i64,
        /// Width of the accumulator.
        bits: u8,
    },
}
