//! The modules against the golden arithmetic, and against their own Verilog.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod arith;
mod bus;
mod csd;
mod decide;
mod io;
mod mapping;
mod memory;
mod requantiser;
mod support;
mod verilog;
mod weights;
mod yosys;
