//! The back side of the machine against the golden arithmetic, and against its own Verilog.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod lane;
mod parameters;
mod support;
mod writer;
