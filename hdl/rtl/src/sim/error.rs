//! What can go wrong when a simulation is set up or used.

use crate::ty::Ty;

/// A mistake in the use of a simulation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// No signal has this path.
    #[error("`{top}` has no signal `{path}`; {hint}")]
    UnknownPath {
        /// The top module.
        top: String,
        /// The path asked for.
        path: String,
        /// Signals with a similar name, or how paths look.
        hint: String,
    },
    /// Only inputs of the top can be set.
    #[error("`{path}` is not an input of the top module; inputs are: {inputs}")]
    NotAnInput {
        /// The path given.
        path: String,
        /// The inputs there are.
        inputs: String,
    },
    /// A value that the port cannot represent.
    #[error("{value} does not fit the input `{path}` ({ty})")]
    ValueOutOfRange {
        /// The port.
        path: String,
        /// The value, as given.
        value: String,
        /// The type of the port.
        ty: Ty,
    },
    /// A signal that keeps nothing.
    #[error("`{path}` is not a register: nothing can be put into it")]
    NotARegister {
        /// The path given.
        path: String,
    },
    /// The top has no clock of this name.
    #[error("`{clock}` is not a clock of the top module; clocks are: {clocks}")]
    UnknownClock {
        /// The clock asked for.
        clock: String,
        /// The clocks there are.
        clocks: String,
    },
    /// No memory has this path, or it has fewer words.
    #[error("no memory `{path}` with {words} words")]
    UnknownMemory {
        /// The path asked for.
        path: String,
        /// Words that were needed.
        words: usize,
    },
    /// A vendor cell that simulation needs has no model.
    #[error("cell `{cell}` at `{path}` has no model; give it one with `BlackBox::model`")]
    NoModel {
        /// Path of the instance.
        path: String,
        /// The cell's Verilog name.
        cell: String,
    },
    /// The waveform could not be written.
    #[error("the trace could not be written: {reason}; `end_trace` stops it")]
    Trace {
        /// What the writer said.
        reason: String,
    },
}
