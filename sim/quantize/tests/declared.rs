//! Formats that came with the model are kept to the bit.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use bitladder_golden::{IntBatch, oracle};
use bitladder_network::{Declared, DeclaredWeights, FloatOp};
use bitladder_quantize::{Calibration, FormatPlan, LayerFormat, LowerOptions, lower, quantize};
use bitladder_spec::{IntType, Scale, TensorFormat};
use common::*;

fn format(bits: u8, signed: bool, scale: f64, zero_point: i32) -> TensorFormat {
    TensorFormat {
        ty: IntType::new(bits, signed).unwrap(),
        scale: Scale::real(scale).unwrap(),
        zero_point,
    }
}

/// One fully connected layer with ReLU, all of whose integers the model declares.
fn model() -> (bitladder_network::FloatNetwork, Declared) {
    let integers = vec![10, -20, 30, 127, 0, -128];
    let scales = [0.01, 0.02];
    let weights: Vec<f32> =
        integers.iter().enumerate().map(|(i, w)| (f64::from(*w) * scales[i / 3]) as f32).collect();
    let mut net = start(&[3]);
    net.push("fc", FloatOp::Dense { outputs: 2, weights, bias: vec![0.25, -0.5] }, vec![0])
        .unwrap();
    net.push("relu", FloatOp::relu(), vec![1]).unwrap();
    let mut declared = Declared::default();
    declared.values.insert(0, format(8, false, 0.05, 128));
    declared.values.insert(2, format(8, false, 0.03, 3));
    let given =
        DeclaredWeights { integers, bits: 8, scales: scales.to_vec(), bias: Some(vec![500, -500]) };
    declared.weights.insert(0, given);
    (net, declared)
}

#[test]
fn integers_are_those_of_the_file_and_results_follow_the_definition() {
    let (net, declared) = model();
    let plan = FormatPlan::uniform(LayerFormat::fixed(4));
    let options = LowerOptions { multiplier_bits: 31, ..LowerOptions::default() };
    let lowered = quantize(&net, &declared, &Calibration::new(&net), &plan, &options).unwrap();
    let linear = lowered.network.layers[0].op.linear().unwrap();
    assert_eq!(linear.weights.integers(), declared.weights[&0].integers);
    assert_eq!(linear.bias, [500, -500]);
    assert_eq!(lowered.network.output_format(), declared.values[&2]);

    let input = IntBatch::new(2, vec![3], vec![128, 200, 90, 0, 255, 7]).unwrap();
    let result = oracle::run(&lowered.network, std::slice::from_ref(&input), |_, _| {}).unwrap();
    for image in 0..2 {
        for output in 0..2 {
            let sum: f64 = (0..3)
                .map(|i| {
                    let weight = f64::from(declared.weights[&0].integers[output * 3 + i]);
                    weight * f64::from(input.image(image)[i] - 128)
                })
                .sum::<f64>()
                + [500.0, -500.0][output];
            let real = (sum * 0.05 * [0.01, 0.02][output] / 0.03).max(0.0);
            let wanted = (real + 3.0).clamp(0.0, 255.0);
            let found = f64::from(result.image(image)[output]);
            assert!((found - wanted).abs() <= 0.5 + 1e-6, "{found} is not {wanted} rounded");
        }
    }
}

#[test]
fn pooling_between_declared_formats_is_followed_by_a_rescale() {
    let mut net = start(&[1, 4, 4]);
    let window = bitladder_network::Window::square(2).stride(2);
    net.push("pool", FloatOp::MaxPool { window }, vec![0]).unwrap();
    let mut declared = Declared::default();
    declared.values.insert(0, format(8, true, 0.1, 0));
    declared.values.insert(1, format(8, true, 0.2, 5));
    let plan = FormatPlan::uniform(LayerFormat::fixed(8));
    let formats =
        bitladder_quantize::choose_formats(&net, &declared, &Calibration::new(&net), &plan)
            .unwrap();
    let lowered = lower(&net, &formats, &LowerOptions::default()).unwrap();
    let names: Vec<&str> = lowered.network.layers.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["pool", "pool.rescale"]);
    let input = IntBatch::new(1, vec![1, 4, 4], (0..16).map(|i| i * 10 - 70).collect()).unwrap();
    let result = oracle::run(&lowered.network, &[input], |_, _| {}).unwrap();
    // Largest of each window (-20, 0, 60, 80), halved, plus the zero point 5.
    assert_eq!(result.data(), [-5, 5, 35, 45]);
}
