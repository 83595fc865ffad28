//! The model of machines against what was measured.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/digits.rs"]
mod digits;

use bitladder_emit::estimate::{CALIBRATION, Estimator, fit, read_samples};
use bitladder_fpga::{Device, Resource};
use bitladder_machine::{Family, MachineConfig, Multiplier, compile_package};
use bitladder_quantize::LowerOptions;
use digits::Digits;

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

#[test]
fn machines_with_packets_take_the_engine_too() {
    let mut config = MachineConfig::parse("ecp5-25.toml", TEXT).unwrap();
    let estimator = Estimator::shipped().unwrap();
    let with = estimator.estimate(&config).unwrap().resources;
    config.host.port = bitladder_machine::HostPort::Bus;
    let without = estimator.estimate(&config).unwrap().resources;
    assert_eq!(with.bram - without.bram, 2);
}

#[test]
fn the_best_machine_for_the_digits_fits_and_runs_them() {
    let package = Digits::read().unwrap().package(&[16, 8, 4], &LowerOptions::default()).unwrap();
    let device = Device::find("LFE5U-25F").unwrap();
    let estimator = Estimator::shipped().unwrap();
    let found = fit(&package, device, &estimator).unwrap().unwrap();
    let best = found.fitting.first().unwrap();
    assert_eq!(best.config.family, Family::Ecp5);
    best.config.validate().unwrap();
    assert_eq!(estimator.estimate(&best.config).unwrap(), best.estimate);
    for resource in Resource::ALL {
        assert!(best.estimate.resources.get(resource) <= resource.of_device(device), "{resource}");
    }
    compile_package(&package, &best.config, 1).unwrap();
    // The first is the fastest in its slowest precision.
    let slowest = |rates: &[(String, f64)]| rates.iter().map(|one| one.1).fold(f64::MAX, f64::min);
    let rates: Vec<f64> = found.fitting.iter().map(|one| slowest(&one.images_per_second)).collect();
    assert!(rates.is_sorted_by(|a, b| a >= b), "{rates:?}");
    // What does not fit says why, and by how much.
    let refused = found.refused.last().unwrap();
    assert!(refused.why.starts_with("needs ") && refused.why.contains("are there"), "{refused:?}");
}
