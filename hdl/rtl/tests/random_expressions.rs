//! Random expressions and random state machines over random widths and signs: Rust, Icarus
//! Verilog and Verilator agree.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;

use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, Module};

#[path = "support/random_machine.rs"]
mod random_machine;
#[path = "support/random_module.rs"]
mod random_module;
use random_machine::{random_hierarchy, random_machine};
use random_module::random_module;

/// Compares in Icarus Verilog; a failure names the seed.
fn compare(seeds: std::ops::RangeInclusive<u64>, cycles: usize, make: impl Fn(u64) -> Arc<Module>) {
    for seed in seeds {
        let design = Design::elaborate(&make(seed)).unwrap();
        let agreement = cosim::icarus(&design, &Plan::random(cycles, seed));
        assert!(agreement.is_ok(), "seed {seed}: {agreement:?}");
    }
}

#[test]
fn thousands_of_random_expressions_agree_with_icarus() {
    compare(1..=12, 120, |seed| random_module("random", seed, 250));
}

#[test]
fn random_state_machines_agree_with_icarus() {
    compare(1..=24, 200, |seed| random_machine("machine", seed, 6));
}

#[test]
fn random_hierarchies_agree_with_icarus() {
    compare(1..=8, 200, random_hierarchy);
}

#[test]
fn random_designs_agree_with_verilator_and_pass_every_linter() {
    let modules = [
        random_module("random_v", 77, 200),
        random_module("random_w", 78, 200),
        random_machine("machine_v", 79, 6),
        random_hierarchy(80),
    ];
    let designs = modules.map(|module| Design::elaborate(&module).unwrap());
    let plan = Plan::random(200, 5);
    for design in &designs {
        cosim::lint(design).unwrap();
    }
    let batch: Vec<(&Design, &Plan)> = designs.iter().map(|design| (design, &plan)).collect();
    cosim::verilator(&batch).unwrap();
}
