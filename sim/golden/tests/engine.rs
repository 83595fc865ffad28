//! The fast engine against the oracle, to the bit.

#![allow(clippy::unwrap_used, reason = "a test that cannot begin has failed")]

use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_golden::{Engine, GoldenError, IntBatch, KernelChoice, oracle};
use bitladder_network::{QuantInput, QuantLayer, QuantNetwork, QuantOp};
use bitladder_spec::{IntType, OutputStage, Span, TensorFormat};

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

#[test]
fn one_engine_serves_batches_of_any_size_from_several_threads() {
    let network = random_network(7, &Limits { widths: vec![8], ..Limits::default() });
    let engine = Engine::new(&network).unwrap();
    std::thread::scope(|scope| {
        for caller in 0..3u64 {
            let (network, engine) = (&network, &engine);
            scope.spawn(move || {
                for images in [0, 33, 1, 17, 2] {
                    let inputs = random_inputs(network, images, caller).unwrap();
                    let wanted = oracle::run(network, &inputs, |_, _| {}).unwrap();
                    assert_eq!(engine.run(&inputs, 2).unwrap(), wanted, "{images} images");
                }
            });
        }
    });
}

#[test]
fn no_threads_count_as_one() {
    let network = random_network(3, &Limits::default());
    let inputs = random_inputs(&network, 4, 0).unwrap();
    let engine = Engine::new(&network).unwrap();
    assert_eq!(engine.run(&inputs, 0).unwrap(), engine.run(&inputs, 1).unwrap());
}

#[test]
fn what_cannot_run_is_refused() {
    let mut network = random_network(3, &Limits::default());
    let engine = Engine::new(&network).unwrap();
    let message = engine.run(&[], 1).unwrap_err().to_string();
    assert!(message.contains("the network `random-3` has"), "{message}");

    let shape = vec![network.inputs[0].shape.iter().product::<usize>() + 1];
    let size = shape[0];
    let wrong = IntBatch::new(1, shape, vec![0; size]).unwrap();
    let message = engine.run(&vec![wrong; network.inputs.len()], 1).unwrap_err().to_string();
    assert!(message.starts_with("input `input0` of the network is shaped"), "{message}");

    network.output = 99;
    let message = Engine::new(&network).unwrap_err().to_string();
    assert!(message.contains("99"), "{message}");
}

#[test]
fn missing_kernels_are_named() {
    let missing = GoldenError::Kernel { kernel: KernelChoice::Avx2.name() };
    let message =
        "this machine cannot run the kernels `avx2`: take those the engine chooses itself";
    assert_eq!(missing.to_string(), message);
    for choice in KernelChoice::ALL {
        let built = Engine::with_kernel(&random_network(3, &Limits::default()), choice);
        assert_eq!(built.is_ok(), choice.is_available(), "{choice:?}");
    }
}

/// A rectifier whose zero point lies so far down that no sum reaches its lower bound.
#[test]
fn a_zero_point_at_the_end_of_32_bits() {
    let byte = TensorFormat::fixed(IntType::new(8, true).unwrap(), 0);
    let wide =
        TensorFormat { zero_point: i32::MIN, ..TensorFormat::fixed(IntType::ACCUMULATOR, 0) };
    let stage = OutputStage {
        zero_point: wide.zero_point,
        clamp: Span::new(5, i64::from(i32::MAX)),
        ..OutputStage::raw()
    };
    let input = QuantInput { name: "x".into(), shape: vec![3], format: byte };
    let layer = QuantLayer {
        name: "relu".into(),
        op: QuantOp::Rescale { stage },
        inputs: vec![0],
        shape: vec![3],
        format: wide,
    };
    let (inputs, layers) = (vec![input], vec![layer]);
    let network = QuantNetwork { name: "far".into(), inputs, layers, output: 1 };
    let inputs = [IntBatch::new(1, vec![3], vec![-128, 0, 127]).unwrap()];
    compare(&network, &inputs);
    assert_eq!(Engine::new(&network).unwrap().run(&inputs, 1).unwrap().data(), [5; 3]);
}
