//! Control: the register map, the memories and the sequencer.

mod banks;
mod checker;
mod config;
mod controller;
mod counts;
mod descriptor;
mod joined;
mod limits;
mod memories;
mod outside;
mod registers;
mod sequencer;

pub use checker::checker;
pub use config::ControlConfig;
pub(crate) use config::TRANSFER_BITS;
pub use controller::controller;
pub use descriptor::descriptor;
pub use memories::memories;
pub use registers::registers;
pub use sequencer::sequencer;

pub(crate) use controller::pass_out;
pub(crate) use descriptor::{field_of, seen};
pub(crate) use registers::BUS_ADDRESS_BITS;
