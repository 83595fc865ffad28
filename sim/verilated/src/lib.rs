//! Designs as compiled by Verilator, in the same process.
//!
//! [`Model::build`] emits a design's Verilog, lets Verilator turn it into C++, compiles that with a
//! small shim into a shared library, and loads it. Libraries are kept in a folder under a name made
//! from all their sources, so the same design is compiled once.
//!
//! ```no_run
//! use bitladder_verilated::{BuildOptions, Model};
//! # fn demo(design: &bitladder_rtl::Design) -> Result<(), bitladder_verilated::VerilatedError> {
//! let mut model = Model::build(design, &BuildOptions::default())?;
//! let (enable, count) = (model.input("enable_i")?, model.output("count_o")?);
//! model.set(enable, 1);
//! model.step(1000);
//! println!("{}", model.get(count));
//! # Ok(()) }
//! ```
//!
//! Only designs with one clock input can be built: what drives several clocks against each other
//! belongs into a bench.

mod build;
mod cache;
mod error;
mod library;
mod model;
mod shim;

pub use build::{BuildOptions, available};
pub use error::VerilatedError;
pub use model::{Input, Model, Output};
