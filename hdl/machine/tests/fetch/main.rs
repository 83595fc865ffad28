//! The fetch side against direct computations, in the Rust simulation and in Verilator.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![allow(clippy::print_stdout, reason = "measurements are printed")]

mod bench;
mod check;
mod conv;
mod data;
mod layers;
mod networks;
mod shapes;
mod speed;
mod units;
mod verilog;
