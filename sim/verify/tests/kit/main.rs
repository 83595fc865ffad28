//! Golden traces, benches and faults on the shipped digits network.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod benches;
#[path = "../../../device/tests/devices/digits.rs"]
mod digits;
mod faults;
mod models;
mod netlists;
mod support;
mod traces;
