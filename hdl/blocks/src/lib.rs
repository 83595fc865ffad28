//! Hardware modules of the accelerator, written against `bitladder-rtl`.
//!
//! Each module takes a checked configuration and gives an `Arc<Module>`; what the configuration
//! does not ask for costs nothing. The numbers they compute are those of `bitladder-spec`.

pub mod arith;
pub mod array;
pub mod check;
pub mod clock;
pub mod csd;
pub mod decide;
mod error;
mod family;
mod frame;
pub mod io;
pub mod lane;
pub mod link;
pub mod memory;
mod register;
mod stream;
pub mod weights;

pub use array::{ArrayConfig, ArrayPlan, Dataflow, array};
pub use clock::{ClockSwitchConfig, PacerConfig, SwitchCell, clock_gate, clock_switch, pacer};
pub use error::BlockError;
pub use family::Family;
pub use frame::frame;
pub use lane::{
    Drain, LaneConfig, LanePlan, Mode, Multiplier, WeightKind, activation_port, lane, weight_port,
    word_dot,
};
