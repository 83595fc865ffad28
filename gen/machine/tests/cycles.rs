//! What the cycle model must promise.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/lenet.rs"]
mod lenet;

use bitladder_machine::{CycleReport, MachineConfig, compile, cycles, precision_change_cycles};
use lenet::lenet;

/// The larger ECP5 with memories for a batch of 16 images and all weights.
fn large() -> MachineConfig {
    let text = include_str!("../../configs/ecp5-85.toml");
    let mut config = MachineConfig::parse("ecp5-85.toml", text).unwrap();
    config.memory.activation_groups = 1 << 17;
    config.memory.weight_groups = 1 << 17;
    config
}

fn report(bits: u8) -> CycleReport {
    let config = large();
    let program = compile(&lenet(bits, 1), &config, 16).unwrap();
    cycles(&program, &config).unwrap()
}

#[test]
fn lenet_keeps_the_array_busy() {
    let report = report(8);
    let convs: Vec<_> = report.layers.iter().filter(|l| l.name.starts_with("conv")).collect();
    let (macs, peak) =
        convs.iter().fold((0, 0), |(macs, peak), l| (macs + l.macs, peak + l.peak_macs));
    println!("{report}");
    assert_eq!(macs, 16 * (20 * 25 * 24 * 24 + 50 * 500 * 64));
    assert!(macs as f64 >= 0.85 * peak as f64, "conv layers: {macs} of {peak}");
    assert!(report.utilisation() >= 0.75, "{}", report.utilisation());
}

#[test]
fn half_the_bits_are_nearly_twice_as_fast() {
    let [wide, middle, narrow] = [16, 8, 4].map(|bits| report(bits).cycles as f64);
    println!("{} {}", wide / middle, middle / narrow);
    assert!(wide / middle >= 1.8, "{wide} cycles at 16 bits, {middle} at 8");
    assert!(middle / narrow >= 1.8, "{middle} cycles at 8 bits, {narrow} at 4");
}

#[test]
fn a_change_of_precision_takes_no_time() {
    assert!(precision_change_cycles() <= 100);
}
