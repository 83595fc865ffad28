//! Machines without what the digits network does not need, those of the iCE40 boards above all, run it:
//! to the bit, and in the time that the cycle model says.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;

use bitladder_device::{
    Bus, BusError, Device, DeviceError, Memory, run, uart_bus_verilated, verilator,
};
use bitladder_golden::{classify, oracle};
use bitladder_machine::isa::Mode;
use bitladder_machine::{MachineConfig, compile, cycles};
use bitladder_quantize::LowerOptions;
use bitladder_verilated::BuildOptions;

#[path = "devices/digits.rs"]
#[expect(dead_code, reason = "the suite of all devices uses more of it")]
mod digits;

/// More than any of these programs needs.
const ENOUGH: u64 = 1_000_000;

fn runs(config: &MachineConfig, formats: &[&str]) {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    let options = BuildOptions { trace: false, cache: Some(cache) };
    let mut device = verilator(config, &options).unwrap();
    let lower = LowerOptions {
        multiplier_bits: config.post.multiplier_bits.min(16),
        ..LowerOptions::default()
    };
    let package = digits::package_with(formats, lower);
    for profile in &package.profiles {
        let program = compile(&profile.network, config, 1).unwrap();
        for image in 0..3 {
            let batch = digits::images(&profile.network, image..image + 1);
            let outcome = run(&mut device, &program, std::slice::from_ref(&batch), ENOUGH).unwrap();
            let wanted = oracle::run(&profile.network, &[batch], |_, _| ()).unwrap();
            let name = format!("image {image}, {} bits", profile.name);
            assert_eq!(outcome.results, wanted, "{name}");
            let decisions: Vec<_> = outcome.decisions.into_iter().map(Some).collect();
            assert_eq!(decisions, classify(&wanted), "{name}");
        }
        let found = device.counters().unwrap();
        let model = cycles(&program, config).unwrap().cycles;
        let off = found.cycles.abs_diff(model);
        assert!(50 * off <= model, "{} bits: {} cycles, {model}", profile.name, found.cycles);
        let counted = (found.array, found.row_words) != (0, 0);
        assert_eq!(counted, config.host.counters, "else nothing but cycles is counted");
        let read = device.peek(Memory::Weight, 0, &mut [0; 4]);
        assert!(matches!(read, Err(DeviceError::Outside { .. })), "not to be read: {read:?}");
        assert!(device.poke(Memory::Weight, 1 << 20, &[0]).is_err(), "there is no such transfer");
    }
}

#[test]
fn a_serial_line_without_packets_leads_to_the_same() {
    let config = machine("hx8k-small");
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    let options = BuildOptions { trace: false, cache: Some(cache) };
    let mut device = uart_bus_verilated(&config, &options).unwrap();
    let lower = LowerOptions { multiplier_bits: 1, ..LowerOptions::default() };
    let package = digits::package_with(&["4"], lower);
    let network = &package.profiles[0].network;
    let program = compile(network, &config, 1).unwrap();
    let batch = digits::images(network, 0..1);
    let outcome = run(&mut device, &program, std::slice::from_ref(&batch), ENOUGH).unwrap();
    assert_eq!(outcome.results, oracle::run(network, &[batch], |_, _| ()).unwrap());
    for (address, write) in [(0xfc, false), (0, true), (0x200, false)] {
        let refused = match write {
            true => device.bus().write32(address, 1).unwrap_err(),
            false => device.bus().read32(address).unwrap_err(),
        };
        assert!(matches!(refused, BusError::Refused { .. }), "{address:#x}: {refused}");
    }
}

fn machine(name: &str) -> MachineConfig {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gen/configs");
    MachineConfig::read(folder.join(format!("{name}.toml"))).unwrap()
}

#[test]
fn hx8k_small_runs_the_digits_in_8_and_4_bits() {
    runs(&machine("hx8k-small"), &["8", "4"]);
}

#[test]
fn up5k_tiny_runs_the_digits_in_all_precisions() {
    runs(&machine("up5k-tiny"), &["16", "8", "4"]);
}

#[test]
fn up5k_int8_runs_the_digits_in_8_bits() {
    runs(&machine("up5k-int8"), &["8"]);
}

/// With a block for each lane.
#[test]
fn up5k_tiny_without_16_bits_runs_the_digits_in_8_and_4_bits() {
    let mut config = machine("up5k-tiny");
    config.array.modes = vec![Mode::Word8, Mode::Word4];
    config.array.accumulator_bits = 24;
    config.post.bias_bits = 20;
    (config.post.value_bits, config.post.stored_bits) = (24, 9);
    runs(&config, &["8", "4"]);
}

#[test]
fn gw2a_18_runs_the_digits_in_all_precisions() {
    runs(&machine("gw2a-18"), &["16", "8", "4"]);
}
