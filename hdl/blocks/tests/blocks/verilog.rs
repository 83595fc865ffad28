//! Every module in Verilator and the linters.

use std::sync::Arc;

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, Module};

use crate::memory;

/// A module and what its inputs do.
pub(crate) type Case = (Arc<Module>, Plan);

/// Random inputs after a reset.
pub(crate) fn after_reset(module: Arc<Module>, cycles: usize) -> Case {
    (module, Plan::random(cycles, 11).reset("rst_i", 2))
}

fn agree(cases: &[Case]) {
    let designs: Vec<Design> =
        cases.iter().map(|(module, _)| Design::elaborate(module).unwrap()).collect();
    designs.iter().for_each(|design| cosim::lint(design).unwrap());
    let batch: Vec<(&Design, &Plan)> =
        designs.iter().zip(cases).map(|(design, (_, plan))| (design, plan)).collect();
    cosim::verilator(&batch).unwrap();
}

#[test]
fn every_module_agrees_with_its_verilog() {
    agree(&memory::cases());
}
