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
    let plan = Plan::random(3000, 11).reset("rst_i", 2);
    let designs = [host::config(), host::far()]
        .map(|config| Design::elaborate(&controller(&config).unwrap()).unwrap());
    designs.iter().for_each(|design| cosim::lint(design).unwrap());
    cosim::verilator(&designs.each_ref().map(|design| (design, &plan))).unwrap();
}
