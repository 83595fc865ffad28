//! The back side of the machine against the golden arithmetic, and against its own Verilog.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod configs;
mod decide;
mod geometry;
mod lane;
mod layers;
mod networks;
mod parameters;
mod ratio;
mod reference;
mod rig;
mod support;
mod verilog;
mod writer;
