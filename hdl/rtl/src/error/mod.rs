//! Everything that can be wrong with a description, each with the path of the signal.

mod parts;

use std::fmt;

pub use parts::{MemoryProblem, Operand, Place, Unread};

use crate::ty::Ty;

/// One mistake in a hardware description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RtlError {
    /// Two operands must have the same width.
    #[error("{at}: {op}: width mismatch between {left} and {right}; extend or truncate one")]
    WidthMismatch {
        /// The operator.
        op: &'static str,
        /// The first operand.
        left: Operand,
        /// The second operand.
        right: Operand,
        /// The line that built the expression.
        at: Place,
    },
    /// Two operands must have the same sign.
    #[error("{at}: {op}: sign mismatch between {left} and {right}; convert one explicitly")]
    SignMismatch {
        /// The operator.
        op: &'static str,
        /// The first operand.
        left: Operand,
        /// The second operand.
        right: Operand,
        /// The line that built the expression.
        at: Place,
    },
    /// A signal has another type than its place in the operator asks for.
    #[error("{at}: {op}: {signal} must be {expected}")]
    WrongType {
        /// The operator, with the role of the operand.
        op: &'static str,
        /// The signal.
        signal: Operand,
        /// The type the operator asks for, in words.
        expected: String,
        /// The line that built the expression.
        at: Place,
    },
    /// A width of zero, or wider than the layer's values.
    #[error("{at}: `{what}` would be {width} bits wide; keep widths from 1 to 128")]
    WidthOutOfRange {
        /// The signal or operator.
        what: String,
        /// The width asked for.
        width: u64,
        /// The line that asked for it.
        at: Place,
    },
    /// A slice that leaves its signal.
    #[error("{at}: slice [{hi}:{lo}] leaves {signal}; keep it inside")]
    SliceOutOfRange {
        /// The signal that is sliced.
        signal: Operand,
        /// The highest bit of the slice.
        hi: u64,
        /// The lowest bit of the slice.
        lo: u64,
        /// The line that built the slice.
        at: Place,
    },
    /// A constant that its type cannot represent.
    #[error("{at}: `{module}`: the constant {value} does not fit {ty}; widen the type")]
    ConstantTooWide {
        /// The module under construction.
        module: String,
        /// The constant, as written.
        value: String,
        /// The type it was given.
        ty: Ty,
        /// The line that wrote it.
        at: Place,
    },
    /// A signal of another module was used directly.
    #[error("{at}: {op}: `{signal}` is not a signal of `{module}`; pass it through a port")]
    ForeignSignal {
        /// The operator.
        op: &'static str,
        /// The signal, with the module it belongs to.
        signal: String,
        /// The module under construction.
        module: String,
        /// The line that used it.
        at: Place,
    },
    /// A case with the same key twice.
    #[error("{at}: `{module}`: case on {selector} has the key {key} twice; remove one")]
    DuplicateCase {
        /// The module under construction.
        module: String,
        /// The selecting signal.
        selector: Operand,
        /// The repeated key.
        key: u128,
        /// The line that built the case.
        at: Place,
    },
    /// A table needs one arm for every value of its selector.
    #[error("{at}: `{module}`: select on {selector} needs {needed} arms, got {given}; use `case`")]
    TableLength {
        /// The module under construction.
        module: String,
        /// The selecting signal.
        selector: Operand,
        /// Arms that the selector can reach.
        needed: u128,
        /// Arms given.
        given: usize,
        /// The line that built the table.
        at: Place,
    },
    /// `drive` was used on something that is not a wire or an output.
    #[error("{at}: `{signal}` cannot be driven, only wires and outputs can; use a `wire`")]
    NotDrivable {
        /// The signal's path.
        signal: String,
        /// The line that drove it.
        at: Place,
    },
    /// A net that nothing drives.
    #[error("`{signal}` is not driven; give it a driver with `drive` (`next` for a register)")]
    Undriven {
        /// The signal's path.
        signal: String,
    },
    /// A net with two drivers.
    #[error("{at}: `{signal}` is driven twice; choose between the drivers with a mux")]
    DoublyDriven {
        /// The signal's path.
        signal: String,
        /// The line of the second driver.
        at: Place,
    },
    /// A signal that nobody reads.
    #[error("the {kind} `{signal}` is never used; remove it or say so with `ignore`")]
    Unused {
        /// What kind of signal it is.
        kind: Unread,
        /// The signal's path.
        signal: String,
    },
    /// An input of an instance without a connection.
    #[error(
        "input `{port}` of instance `{instance}` is not connected; use `connect` (`clock` for a \
         clock)"
    )]
    UnconnectedPort {
        /// The instance's path.
        instance: String,
        /// The port's name.
        port: String,
    },
    /// A port that the instantiated module does not have.
    #[error("{at}: instance `{instance}` has no {what} `{port}`; it has: {known}")]
    UnknownPort {
        /// The instance's path.
        instance: String,
        /// What was looked for: "input", "output", "clock input", "bundle".
        what: &'static str,
        /// The name that was asked for.
        port: String,
        /// The names there are.
        known: String,
        /// The line that named the port.
        at: Place,
    },
    /// Two things in one module have the same name.
    #[error("`{module}` has two things called `{name}`; rename one")]
    NameClash {
        /// The module.
        module: String,
        /// The name, as it would appear in the Verilog.
        name: String,
    },
    /// A name that Verilog or SystemVerilog reserves.
    #[error("`{name}` in `{module}` is a Verilog keyword; choose another name")]
    ReservedName {
        /// The module.
        module: String,
        /// The name.
        name: String,
    },
    /// A name that is not a plain identifier.
    #[error("`{name}` in `{module}` is not a plain identifier (letters, digits, underscores)")]
    InvalidName {
        /// The module.
        module: String,
        /// The name.
        name: String,
    },
    /// Two different modules have the same name.
    #[error("two different shapes are called `{name}`; tell them apart with `param`")]
    ShapeClash {
        /// The module name both would get.
        name: String,
    },
    /// A model that does not have the ports of its cell.
    #[error("the model of `{cell}` has no {what} `{port}` of {ty}; give it the cell's ports")]
    ModelPort {
        /// The cell's Verilog name.
        cell: String,
        /// "input", "output" or "clock input".
        what: &'static str,
        /// The missing port.
        port: String,
        /// The type it must have.
        ty: Ty,
    },
    /// A clock output of a cell that follows nothing, or something the cell does not have.
    #[error("clock output `{output}` of `{cell}` needs a `clock_rule` on ports of the cell")]
    ClockRule {
        /// The path of the cell's instance.
        cell: String,
        /// The clock output.
        output: String,
    },
    /// Data of one clock that a register or memory of another clock samples.
    #[error(
        "`{sampler}` (clock `{clock}`) samples `{signal}` (clock `{other}`); use `synchronize`, or \
         `crossing` where the protocol makes it safe"
    )]
    ClockCrossing {
        /// Path of the register or memory that samples.
        sampler: String,
        /// Path of its clock.
        clock: String,
        /// Path of a register or memory read port that the sampled data depends on.
        signal: String,
        /// Path of that one's clock.
        other: String,
    },
    /// A combinational loop.
    #[error("combinational loop: {}; put a register into it", path.join(" -> "))]
    CombinationalLoop {
        /// Hierarchical paths of the signals on the loop, the first one repeated at the end.
        path: Vec<String>,
    },
    /// A memory that cannot be built.
    #[error("{at}: memory `{memory}`: {problem}")]
    Memory {
        /// The memory's path.
        memory: String,
        /// What is wrong and what to do.
        problem: MemoryProblem,
        /// The line that described it.
        at: Place,
    },
}

/// All mistakes of a description, in the order they were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(pub Vec<RtlError>);

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

impl From<RtlError> for Errors {
    fn from(error: RtlError) -> Errors {
        Errors(vec![error])
    }
}
