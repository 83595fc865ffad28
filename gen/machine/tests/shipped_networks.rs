//! Networks as people use them: equal to the oracle to the bit, on every test image.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/digits.rs"]
mod digits;
#[path = "support/lenet.rs"]
mod lenet;
mod support;

use std::path::Path;

use bitladder_data::{Part, load};
use bitladder_flow::Samples;
use bitladder_golden::generate::random_inputs;
use bitladder_golden::{IntBatch, classify, oracle};
use bitladder_machine::{
    Blind, Machine, MachineConfig, compile, compile_package, cycles, interpret,
};
use bitladder_network::QuantNetwork;
use bitladder_package::{Package, Preprocess, Profile, Source};
use bitladder_spec::ValueRounding;
use digits::Digits;

fn machine(text: &str) -> MachineConfig {
    MachineConfig::parse("test", text).unwrap()
}

/// All test images as a network takes them, in batches of one size; the last one begins earlier
/// so that it is full.
fn batches(network: &QuantNetwork, size: usize) -> Vec<IntBatch> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/data/digits8x8");
    let test = load(folder, Part::Test).unwrap();
    let shape = [network.inputs[0].shape.as_slice()];
    let test = Samples::for_inputs(test, "digits", &shape, &Preprocess::default()).unwrap();
    let start = |first: usize| first.min(test.len() - size);
    let images = (0..test.len()).step_by(size).map(|n| test.images(start(n)..start(n) + size));
    let format = network.inputs[0].format;
    images.map(|batch| batch.quantized(format, ValueRounding::default())).collect()
}

/// A package of several precisions.
fn package(digits: &Digits, formats: &[&str]) -> Package {
    let profile = |name: &&str| {
        let (name, network) = ((*name).into(), digits.quantised(name));
        Profile { name, accumulator_bits: 48, network }
    };
    let source = Source { file: "model.onnx".into(), sha256: String::new(), config: String::new() };
    Package {
        name: "digits".into(),
        source,
        preprocess: Preprocess::default(),
        classes: Vec::new(),
        softmax: false,
        profiles: formats.iter().map(profile).collect(),
        ladder: Vec::new(),
    }
}

fn equals_the_oracle(network: &QuantNetwork, config: &MachineConfig, size: usize) {
    let program = compile(network, config, size).unwrap();
    for batch in batches(network, size) {
        let outcome = interpret(&program, std::slice::from_ref(&batch)).unwrap();
        let wanted = oracle::run(network, &[batch], |_, _| ()).unwrap();
        assert_eq!(outcome.results, wanted, "{} on {}", network.name, config.name);
        let decisions: Vec<_> = outcome.decisions.into_iter().map(Some).collect();
        assert_eq!(decisions, classify(&wanted));
    }
}

#[test]
fn the_digits_network_on_every_test_image() {
    let digits = Digits::read();
    let config = machine(include_str!("../../configs/sim-4x4.toml"));
    for formats in ["16", "8", "4", "8 fc1=4 conv1=16", "w4a8", "w8a4"] {
        equals_the_oracle(&digits.quantised(formats), &config, 16);
    }
}

#[test]
fn the_digits_network_with_every_weight_format() {
    let digits = Digits::read();
    let config = machine(include_str!("../../configs/sim-4x4.toml"));
    for formats in ["pow2", "qsq", "ternary", "binary", "ternarya4", "qsq conv1=8", "binarya1"] {
        equals_the_oracle(&digits.quantised(formats), &config, 16);
    }
}

#[test]
fn the_digits_network_on_every_shipped_machine() {
    let digits = Digits::read();
    for (text, formats, size) in [
        (include_str!("../../configs/up5k-tiny.toml"), "16", 1),
        (include_str!("../../configs/up5k-tiny.toml"), "8", 1),
        (include_str!("../../configs/up5k-tiny.toml"), "4", 1),
        (include_str!("../../configs/hx8k-small.toml"), "8", 1),
        (include_str!("../../configs/hx8k-small.toml"), "4", 1),
        (include_str!("../../configs/ecp5-25.toml"), "16", 7),
        (include_str!("../../configs/ecp5-85.toml"), "16", 16),
        (include_str!("../../configs/gw2a-18.toml"), "8", 16),
    ] {
        let config = machine(text);
        equals_the_oracle(&digits.quantised(formats), &config, size);
    }
}

#[test]
fn lenet_in_every_mode() {
    for bits in [16, 8, 4] {
        let network = lenet::lenet(bits, 7);
        let program = compile(&network, &support::roomy(8, 8), 2).unwrap();
        let inputs = random_inputs(&network, 2, bits.into()).unwrap();
        let outcome = interpret(&program, &inputs).unwrap();
        let wanted = oracle::run(&network, &inputs, |_, _| ()).unwrap();
        assert_eq!(outcome.results, wanted, "{bits} bits");
    }
}

#[test]
fn precisions_of_a_package_share_one_machine() {
    let digits = Digits::read();
    let package = package(&digits, &["16", "8", "4"]);
    let config = machine(include_str!("../../configs/sim-4x4.toml"));
    let image = compile_package(&package, &config, 8).unwrap();
    let mut machine = Machine::new(&config, image.memories.clone());
    let mut starts = Vec::new();
    // Down the ladder and up again, on the same memories.
    for index in [0, 1, 2, 1, 0] {
        let (program, network) = (&image.programs[index], &package.profiles[index].network);
        for batch in batches(network, 8).into_iter().take(3) {
            machine.load(program, std::slice::from_ref(&batch)).unwrap();
            machine.run(program.start, &mut Blind).unwrap();
            let wanted = oracle::run(network, &[batch], |_, _| ()).unwrap();
            assert_eq!(machine.outcome(program).unwrap().results, wanted, "{}", program.name);
        }
        starts.push(program.start);
    }
    assert_eq!(starts[..2], starts[3..].iter().rev().copied().collect::<Vec<_>>()[..]);
    assert_eq!(image.program("8").map(|program| program.start), Some(starts[1]));
    assert!(image.program("2").is_none());
    let alone = compile(&package.profiles[1].network, &config, 8).unwrap();
    let cycles = |program| cycles(program, &config).unwrap().cycles;
    assert_eq!(cycles(&alone), cycles(&image.programs[1]));
    assert!(cycles(&image.programs[0]) > cycles(&image.programs[2]));
}
