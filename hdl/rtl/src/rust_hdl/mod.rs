//! Working together with rust-hdl (feature `rust-hdl`).
//!
//! [`rust_hdl_block!`](crate::rust_hdl_block) makes a design of this layer a rust-hdl block with
//! typed signals: other blocks connect to it, rust-hdl's `Simulation`, `check_all` and
//! `generate_verilog` work on it. [`import`] goes the other way: a combinational block written
//! with `#[hdl_gen]` becomes a [`BlackBox`](crate::BlackBox) with a model, if its Verilog
//! certainly means what its simulation does.

mod core_block;
mod error;
mod import;
mod pin;
mod safety;

pub use core_block::Core;
pub use error::BridgeError;
pub use import::import;
pub use pin::{Pin, Word};

/// The release of rust-hdl that the bridge works with.
pub use rust_hdl_core;
