//! What keeps two descriptions from working together.

use crate::emit::EmitError;
use crate::module::Direction;
use crate::sim::SimError;
use crate::ty::Ty;

/// A block of one layer that the other cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeError {
    /// The struct has a signal that the module does not have, or in another form.
    #[error(
        "`{module}` has no {direction:?} `{port}` ({ty}); write the struct's signals as: {known}"
    )]
    NoSuchPort {
        /// The module of this layer.
        module: String,
        /// The signal of the struct.
        port: String,
        /// Which way the signal goes.
        direction: Direction,
        /// The signal's type.
        ty: Ty,
        /// The module's ports as signals.
        known: String,
    },
    /// The struct lacks a signal for a port.
    #[error("the struct has no signal for the port `{port}` of `{module}`; add it")]
    MissingSignal {
        /// The module of this layer.
        module: String,
        /// The port.
        port: String,
    },
    /// The list of pins does not name every port of the block once.
    #[error("the pins given for `{block}` miss its port `{port}`; list every port once")]
    MissingPin {
        /// The rust-hdl block.
        block: String,
        /// The port.
        port: String,
    },
    /// rust-hdl rejects its own block.
    #[error("rust-hdl rejects `{block}`: {reason}")]
    Rejected {
        /// The rust-hdl block.
        block: String,
        /// What its check found.
        reason: String,
    },
    /// A block with a clock, whose state the layer's simulation could not hold.
    #[error("`{block}` has the clock `{signal}`; only combinational blocks can be imported")]
    Clocked {
        /// The rust-hdl block.
        block: String,
        /// The clock.
        signal: String,
    },
    /// Code whose Verilog may compute something else than its simulation.
    #[error(
        "`{block}`: {what} in the assignment to `{target}` may differ between rust-hdl's \
         simulation and its Verilog; use one operation per local signal"
    )]
    Unsafe {
        /// Path of the block.
        block: String,
        /// The signal that is assigned.
        target: String,
        /// The construct.
        what: &'static str,
    },
    /// A block or port without a counterpart: hand-written Verilog, or a bidirectional port.
    #[error("`{block}` has {what}, which cannot be imported; describe it as a `BlackBox`")]
    Unsupported {
        /// Path of the block.
        block: String,
        /// What is in the way.
        what: String,
    },
    /// The design cannot be simulated.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The design cannot be emitted.
    #[error(transparent)]
    Emit(#[from] EmitError),
}
