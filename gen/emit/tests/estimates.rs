//! The model of machines against what was measured.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_emit::estimate::{CALIBRATION, Estimator, read_samples};
use bitladder_machine::{MachineConfig, Multiplier};

const TEXT: &str = include_str!("../../configs/ecp5-25.toml");

#[test]
fn blocks_are_exact_and_measured_machines_are_near() {
    let estimator = Estimator::shipped().unwrap();
    let samples = read_samples("calibration.csv", CALIBRATION).unwrap();
    for sample in &samples {
        let found = estimator.estimate(&sample.config).unwrap().resources;
        let (is, name) = (sample.measured, &sample.config.name);
        assert_eq!((found.dsp, found.bram), (is.dsp, is.bram), "{name}");
        let error = found.luts.abs_diff(is.luts) as f64 / is.luts as f64;
        assert!(error < 0.10, "{name}: {} instead of {}", found.luts, is.luts);
    }
    for one in estimator.held_out() {
        assert_eq!(one.wrong_blocks, 0, "{one:?}");
    }
}

#[test]
fn more_lanes_take_more() {
    let config = MachineConfig::parse("ecp5-25.toml", TEXT).unwrap();
    let estimator = Estimator::shipped().unwrap();
    let one = estimator.estimate(&config).unwrap().resources;
    let mut double = config;
    double.array.rows *= 2;
    let two = estimator.estimate(&double).unwrap().resources;
    assert!(two.luts > one.luts, "{one:?} {two:?}");
    assert_eq!((one.dsp, two.dsp), (26, 42));
}

#[test]
fn machines_of_a_kind_that_was_never_measured_are_refused() {
    let mut config = MachineConfig::parse("ecp5-25.toml", TEXT).unwrap();
    config.array.multiplier = Multiplier::Shifter;
    let message = Estimator::shipped().unwrap().estimate(&config).unwrap_err().to_string();
    assert!(message.starts_with("no machine with multiplier Shifter on Ecp5 was measured; "));
}
