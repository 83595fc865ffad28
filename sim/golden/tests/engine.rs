//! The fast engine against the oracle, to the bit.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_golden::{Engine, IntBatch, KernelChoice, oracle};
use bitladder_network::QuantNetwork;

/// Every value of a run: a comparison of results alone would not say which layer is wrong.
fn oracle_values(network: &QuantNetwork, inputs: &[IntBatch]) -> Vec<IntBatch> {
    let mut values = Vec::new();
    oracle::run(network, inputs, |_, batch| values.push(batch.clone())).unwrap();
    values
}

/// Compares all values on every kernel of the machine, and the plain run on several threads.
fn compare(network: &QuantNetwork, inputs: &[IntBatch]) {
    let wanted = oracle_values(network, inputs);
    for choice in KernelChoice::available() {
        let engine = Engine::with_kernel(network, choice).unwrap();
        assert_eq!(engine.kernel(), choice);
        let mut seen = 0;
        let result = engine
            .run_observed(inputs, 1, |value, batch| {
                assert_eq!(value, seen, "values come in order");
                seen += 1;
                assert!(
                    *batch == wanted[value],
                    "{}: `{}` differs with {choice:?}: {:?}",
                    network.name,
                    network.value_name(value),
                    network.layer_of_value(value).map(|layer| &network.layers[layer]),
                );
            })
            .unwrap();
        assert_eq!(seen, network.values());
        assert_eq!(result, wanted[network.output]);
        for threads in [1, 3] {
            let again = engine.run(inputs, threads).unwrap();
            assert!(again == result, "{}: {threads} threads, {choice:?}", network.name);
        }
    }
}

fn compare_seeds(seeds: std::ops::Range<u64>, limits: &Limits) {
    for seed in seeds {
        let network = random_network(seed, limits);
        let images = [1, 2, 5, 9, 19][seed as usize % 5];
        compare(&network, &random_inputs(&network, images, seed).unwrap());
    }
}

#[test]
fn random_networks_of_all_widths() {
    compare_seeds(0..300, &Limits::default());
}

#[test]
fn random_networks_of_narrow_integers() {
    let limits = Limits { widths: vec![8, 4, 2], ..Limits::default() };
    compare_seeds(1000..1150, &limits);
}

#[test]
fn random_networks_of_sixteen_bits() {
    let limits = Limits { widths: vec![16], layers: 3, ..Limits::default() };
    compare_seeds(2000..2150, &limits);
}

#[test]
fn random_networks_with_many_channels() {
    let limits = Limits { channels: 300, side: 3, layers: 3, ..Limits::default() };
    compare_seeds(3000..3030, &limits);
}
