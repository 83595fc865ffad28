//! The model of machines against what was measured.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/digits.rs"]
mod digits;

use bitladder_emit::estimate::{CALIBRATION, Estimator, fit, read_samples};
use bitladder_fpga::{Device, Resource};
use bitladder_machine::isa::WeightKind;
use bitladder_machine::{Family, HostPort, MachineConfig, Multiplier, compile_package};
use bitladder_quantize::LowerOptions;
use digits::Digits;

const TEXT: &str = include_str!("../../configs/ecp5-25.toml");

/// What is wanted of estimates: errors of lookup tables and of the clock.
const WANTED: [f64; 2] = [0.10, 0.15];

fn relative(found: f64, is: f64) -> f64 {
    (found - is).abs() / is
}

/// What nextpnr knows of Gowin's timing is incomplete, and so are clocks made of it.
fn is_timed(family: Family) -> bool {
    family != Family::Gowin
}

#[test]
fn blocks_are_exact_and_measured_machines_are_near() {
    let estimator = Estimator::shipped().unwrap();
    let samples = read_samples("calibration.csv", CALIBRATION).unwrap();
    for sample in &samples {
        let estimate = estimator.estimate(&sample.config).unwrap();
        let (found, is, name) = (estimate.resources, sample.measured, &sample.config.name);
        assert_eq!([found.dsp, found.bram, found.spram], [is.dsp, is.bram, is.spram], "{name}");
        let error = relative(found.luts as f64, is.luts as f64);
        assert!(error < WANTED[0], "{name}: {} instead of {}", found.luts, is.luts);
        if let (Some(found), Some(is), true) =
            (estimate.mhz, sample.mhz, is_timed(sample.config.family))
        {
            assert!(relative(found, is) < WANTED[1], "{name}: {found} MHz instead of {is}");
        }
    }
    for one in estimator.held_out() {
        assert_eq!(one.wrong_blocks, 0, "{one:?}");
        assert!(one.luts[1] < WANTED[0], "{one:?}");
        let clock = one.mhz.filter(|_| is_timed(one.family));
        assert!(clock.is_none_or(|[_, worst]| worst < WANTED[1]), "{one:?}");
    }
}

#[test]
fn named_machines_are_among_those_that_were_measured() {
    let samples = read_samples("calibration.csv", CALIBRATION).unwrap();
    let estimator = Estimator::shipped().unwrap();
    for name in ["ecp5-25", "ecp5-85", "hx8k-small", "up5k-tiny", "up5k-int8", "gw2a-18"] {
        assert!(samples.iter().any(|sample| sample.config.name == name), "{name}");
        let file = format!("{}/../configs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let config = MachineConfig::read(file).unwrap();
        assert!(estimator.estimate(&config).unwrap().resources.luts > 2000, "{name}");
    }
}

/// Leaves something out.
type Change = fn(&mut MachineConfig);

#[test]
fn every_key_that_leaves_something_out_makes_a_machine_smaller() {
    let estimator = Estimator::shipped().unwrap();
    let luts = |config: &MachineConfig| estimator.estimate(config).unwrap().resources.luts;
    let config = MachineConfig::parse("ecp5-25.toml", TEXT).unwrap();
    let changes: [(&str, Change); 7] = [
        ("host.counters", |config| config.host.counters = false),
        ("host.port", |config| config.host.port = HostPort::UartBus),
        ("memory.decision_images", |config| config.memory.decision_images = 0),
        ("limits.batch", |config| config.limits.batch = 1),
        ("limits.operand_bits", |config| config.limits.operand_bits = 12),
        ("array.weight_kinds", |config| config.array.weight_kinds = vec![WeightKind::Fixed]),
        ("post.multiplier_bits", |config| config.post.multiplier_bits = 1),
    ];
    for (key, change) in changes {
        let mut less = config.clone();
        change(&mut less);
        assert!(luts(&less) < luts(&config), "{key}");
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

#[test]
fn small_devices_get_machines_without_what_the_network_does_not_need() {
    let options = LowerOptions { multiplier_bits: 1, ..LowerOptions::default() };
    let (digits, estimator) = (Digits::read().unwrap(), Estimator::shipped().unwrap());
    let devices: [(&str, bool, &[u8]); 2] =
        [("iCE40-HX8K", false, &[8]), ("iCE40-UP5K", true, &[8, 4])];
    for (device, single_port, bits) in devices {
        let package = digits.package(bits, &options).unwrap();
        let device = Device::find(device).unwrap();
        let found = fit(&package, device, &estimator).unwrap().unwrap();
        let none = || panic!("{:?}", found.refused.first());
        let best = found.fitting.first().unwrap_or_else(none);
        let config = &best.config;
        config.validate().unwrap();
        compile_package(&package, config, 1).unwrap();
        assert_eq!(config.host.port, HostPort::UartBus);
        assert_eq!((config.limits.batch, config.memory.decision_images), (1, 0));
        assert!(config.limits.extent_bits < 16 && config.post.bias_bits < 40, "{config:?}");
        assert_eq!(config.memory.single_port, single_port);
        assert!(best.estimate.resources.luts < device.luts);
        let refused = found.refused.first().unwrap();
        assert!(refused.why.contains("are there"), "{refused:?}");
    }
}

#[test]
fn devices_without_room_say_what_the_smallest_machine_needs() {
    let package = Digits::read().unwrap().package(&[16, 8, 4], &LowerOptions::default()).unwrap();
    let device = Device::find("iCE40-HX8K").unwrap();
    let found = fit(&package, device, &Estimator::shipped().unwrap()).unwrap().unwrap();
    assert!(found.fitting.is_empty(), "{:?}", found.fitting.first());
    for refused in &found.refused {
        assert!(
            refused.why.starts_with("needs ") && refused.why.contains(" are there"),
            "{refused:?}"
        );
    }
}
