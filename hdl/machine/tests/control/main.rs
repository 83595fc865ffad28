//! Registers, sequencer and memories, without units: the test says when a layer is finished.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod errors;
mod host;
mod runs;
mod windows;

use bitladder_hdl_machine::control::controller;
use bitladder_rtl::Design;
use bitladder_rtl::cosim::{self, Plan};

#[test]
fn its_verilog_does_the_same() {
    let design = Design::elaborate(&controller(&host::config()).unwrap()).unwrap();
    cosim::lint(&design).unwrap();
    let plan = Plan::random(3000, 11).reset("rst_i", 2);
    cosim::verilator(&[(&design, &plan)]).unwrap();
}
