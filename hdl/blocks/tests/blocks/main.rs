//! The modules against the golden arithmetic, and against their own Verilog.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod arith;
mod bus;
mod csd;
mod decide;
mod mapping;
mod memory;
mod outside;
mod pooling;
mod requantiser;
mod stage;
mod support;
mod uart;
mod verilog;
mod weights;
