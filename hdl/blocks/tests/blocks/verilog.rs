//! Every module in Verilator and the linters, in a few batches that run side by side.

use std::sync::Arc;

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, Module};

use crate::{arith, bus, csd, decide, memory, outside, pooling, requantiser, uart, weights};

/// A module and what its inputs do.
pub(crate) type Case = (Arc<Module>, Plan);

/// Random inputs after a reset.
pub(crate) fn after_reset(module: Arc<Module>, cycles: usize) -> Case {
    (module, Plan::random(cycles, 11).reset("rst_i", 2))
}

fn agree(cases: &[Case]) {
    let designs: Vec<Design> =
        cases.iter().map(|(module, _)| Design::elaborate(module).unwrap()).collect();
    let batch: Vec<(&Design, &Plan)> =
        designs.iter().zip(cases).map(|(design, (_, plan))| (design, plan)).collect();
    cosim::verilator(&batch).unwrap();
    designs.iter().for_each(|design| cosim::lint(design).unwrap());
}

#[test]
fn memories_agree_with_their_verilog() {
    agree(&memory::cases());
}

#[test]
fn ports_to_memory_agree_with_their_verilog() {
    agree(&outside::cases());
}

#[test]
fn weight_blocks_agree_with_their_verilog() {
    agree(&weights::cases());
}

#[test]
fn arithmetic_agrees_with_its_verilog() {
    agree(&[arith::cases(), decide::cases()].concat());
}

#[test]
fn output_stages_agree_with_their_verilog() {
    agree(&[requantiser::cases(), pooling::cases()].concat());
}

#[test]
fn signed_digits_agree_with_their_verilog() {
    agree(&csd::cases());
}

#[test]
fn interfaces_agree_with_their_verilog() {
    agree(&[bus::cases(), uart::cases()].concat());
}
