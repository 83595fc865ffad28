//! Hardware description sized at run time.

mod error;
mod expr;
mod module;
mod names;
mod ty;

pub use error::{Errors, MemoryProblem, Operand as NamedOperand, Place, RtlError, Unread};
pub use expr::{Operand, Sig};
pub use module::{
    BlackBox, Bundle, BundlePort, Clock, ClockRule, CombModel, Direction, Field, Instance, Mem,
    Model, Module, ModuleBuilder, ParamValue, Port, ReadDuringWrite, Reg,
};
pub use ty::{BIT, MAX_WIDTH, Ty, address_width, mask, sint, uint};
mod elaborate;
pub use elaborate::Design;
mod emit;
pub use emit::{Cells, EmitError, EmitOptions, Emitted, EmittedFile};
mod sim;
pub use sim::{Signal, Sim, SimError};
#[cfg(feature = "cosim")]
pub mod cosim;
