//! Weights of which less is used than is stored: one store serves several precisions and qualities.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/digits.rs"]
mod digits;
mod support;

use bitladder_golden::generate::random_inputs;
use bitladder_golden::oracle;
use bitladder_machine::isa::Operation;
use bitladder_machine::{MachineConfig, Program, compile, compile_package, cycles, interpret};
use bitladder_network::{QuantNetwork, QuantOp};
use bitladder_package::{Package, Preprocess, Profile, Source};
use digits::Digits;

fn package(networks: Vec<(String, QuantNetwork)>) -> Package {
    let profile = |(name, network)| Profile { name, accumulator_bits: 48, network };
    let source = Source { file: "model.onnx".into(), sha256: String::new(), config: String::new() };
    Package {
        name: "digits".into(),
        source,
        preprocess: Preprocess::default(),
        classes: Vec::new(),
        softmax: false,
        profiles: networks.into_iter().map(profile).collect(),
        ladder: Vec::new(),
    }
}

/// The digits network at each level of its nested weights.
fn nested() -> Package {
    let digits = Digits::read();
    let level = |name: &str| (name.to_owned(), digits.quantised(name));
    package(["nested16", "nested8", "nested4"].map(level).to_vec())
}

fn equals_the_oracle(program: &Program, network: &QuantNetwork) {
    let inputs = random_inputs(network, program.batch, 5).unwrap();
    let outcome = interpret(program, &inputs).unwrap();
    assert_eq!(outcome.results, oracle::run(network, &inputs, |_, _| ()).unwrap());
}

fn groups(memories: &bitladder_machine::Memories, config: &MachineConfig) -> usize {
    memories.weights.len() / config.array.columns
}

#[test]
fn three_precisions_from_one_store() {
    let (package, config) = (nested(), support::roomy(4, 4));
    let image = compile_package(&package, &config, 2).unwrap();
    let wide = compile(&package.profiles[0].network, &config, 2).unwrap();
    let one = groups(&wide.memories, &config);
    assert_eq!(groups(&image.memories, &config), one, "4 and 8 bits take nothing more");
    for (program, profile) in image.programs.iter().zip(&package.profiles) {
        equals_the_oracle(program, &profile.network);
        let layers = program.descriptors().unwrap();
        assert!(layers.iter().all(|d| d.nested == (d.operation == Operation::Conv)));
    }
    let mut apart = config.clone();
    apart.array.nested = false;
    let image = compile_package(&package, &apart, 2).unwrap();
    assert!(groups(&image.memories, &apart) > one * 3 / 2, "three sets of weights");
    for (program, profile) in image.programs.iter().zip(&package.profiles) {
        equals_the_oracle(program, &profile.network);
    }
}

#[test]
fn narrower_levels_are_faster() {
    let (package, config) = (nested(), support::roomy(4, 4));
    let image = compile_package(&package, &config, 4).unwrap();
    let [wide, middle, narrow] =
        [0, 1, 2].map(|index| cycles(&image.programs[index], &config).unwrap().cycles);
    assert!(wide > middle * 17 / 10 && middle > narrow * 13 / 10, "{wide} {middle} {narrow}");
}

/// The network with so many digits of each layer's weights.
fn rough(network: &QuantNetwork, digits: u8) -> QuantNetwork {
    let mut network = network.clone();
    for layer in &mut network.layers {
        if let QuantOp::Conv { linear, .. } | QuantOp::Dense { linear } = &mut layer.op {
            linear.weights = linear.weights.clone().with_quality(digits).unwrap();
        }
    }
    network
}

#[test]
fn qualities_share_the_weights_where_the_machine_drops_digits() {
    let full = Digits::read().quantised("8");
    let networks = [0, 3, 2, 1].map(|digits| (digits.to_string(), rough(&full, digits)));
    let package = package(networks.to_vec());
    let dropping = support::roomy(4, 4);
    let mut plain = dropping.clone();
    plain.array.quality = false;
    let alone = compile(&full, &dropping, 2).unwrap();
    for (config, shared) in [(dropping, true), (plain, false)] {
        let image = compile_package(&package, &config, 2).unwrap();
        let same = groups(&image.memories, &config) == groups(&alone.memories, &config);
        assert_eq!(same, shared, "with quality = {}", config.array.quality);
        for (program, profile) in image.programs.iter().zip(&package.profiles) {
            equals_the_oracle(program, &profile.network);
            let conv = program.descriptors().unwrap().swap_remove(0);
            assert_eq!(conv.quality > 0, shared && profile.name != "0");
        }
    }
}
