//! Random expressions over random widths and signs: Rust, Icarus Verilog and Verilator agree.

use bitladder_rtl::Design;
use bitladder_rtl::cosim::{self, Plan};

#[path = "support/random_module.rs"]
mod random_module;
use random_module::random_module;

#[test]
fn thousands_of_random_expressions_agree_with_icarus() {
    for seed in 1..=12 {
        let module = random_module("random", seed, 250);
        let design = Design::elaborate(&module).unwrap();
        cosim::icarus(&design, &Plan::random(120, seed)).unwrap_or_else(|e| panic!("{seed}: {e}"));
    }
}

#[test]
fn random_expressions_agree_with_verilator_and_pass_every_linter() {
    let module = random_module("random_v", 77, 300);
    let design = Design::elaborate(&module).unwrap();
    cosim::lint(&design).unwrap();
    cosim::verilator(&[(&design, &Plan::random(200, 5))]).unwrap();
}
