//! Hardware modules of the accelerator, written against `bitladder-rtl`.
//!
//! Each module takes a checked configuration and gives an `Arc<Module>`; what the configuration
//! does not ask for costs nothing. The numbers they compute are those of `bitladder-spec`.

pub mod arith;
mod check;
pub mod csd;
pub mod decide;
mod error;
pub mod io;
pub mod memory;
mod register;
mod stream;
pub mod weights;

pub use error::BlockError;
