//! The packet engine against its model and its Verilog.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod engine;
mod fuzz;
mod mailbox;
mod rig;
mod traffic;
mod verilog;
