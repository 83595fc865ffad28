//! Lowered networks compute what the float network computes, within the error of their formats.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use bitladder_network::{FloatOp, QuantOp};
use bitladder_quantize::{FormatPlan, LayerFormat, LowerOptions, QuantizeError, quantize};
use bitladder_spec::{IntType, Rounding, Scale};
use common::*;

fn plan(format: &str) -> FormatPlan {
    FormatPlan::uniform(format.parse().unwrap())
}

fn errors(format: &str, seed: u64) -> Vec<f64> {
    let net = cnn(seed);
    let data = images(&net, 24, seed + 100);
    let lowered = lowered(&net, &data, &plan(format));
    let mut pairs = both(&net, &data, &lowered);
    pairs.pop(); // the softmax stays on the host
    pairs.iter().map(relative_error).collect()
}

#[test]
fn every_value_comes_close_to_the_float_networks() {
    for (format, allowed) in [("16", 0.002), ("8", 0.06), ("w8a16", 0.05), ("w16a8", 0.06)] {
        for seed in 0..6 {
            for (value, error) in errors(format, seed).into_iter().enumerate() {
                assert!(error < allowed, "{format}, seed {seed}, value {value}: {error}");
            }
        }
    }
}

/// The mean error of the result over six networks.
fn mean_error(format: &str) -> f64 {
    (0..6).map(|seed| errors(format, seed).pop().unwrap()).sum::<f64>() / 6.0
}

#[test]
fn coarse_formats_keep_the_shape_of_the_result() {
    for (format, allowed) in [("4", 0.4), ("pow2", 0.4), ("qsq", 0.4), ("ternary", 0.8)] {
        let error = mean_error(format);
        assert!(error < allowed, "{format}: {error}");
    }
}

#[test]
fn wider_formats_are_better() {
    let results = ["16", "8", "4", "2"].map(mean_error);
    assert!(results.is_sorted(), "{results:?}");
}

#[test]
fn clamps_join_the_layers_before_them() {
    let net = cnn(1);
    let lowered = lowered(&net, &images(&net, 8, 2), &plan("8"));
    let names: Vec<&str> = lowered.network.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["conv1", "pool1", "conv2", "sum", "pool2", "flat", "fc1", "fc2"]);
    assert!(lowered.softmax);
    assert_eq!(lowered.places[1], lowered.places[2], "conv1 and its ReLU are one value");
    let clip = lowered.network.layers[6].op.stage().unwrap();
    let format = lowered.network.layers[6].format;
    assert_eq!(clip.clamp.lo, 0);
    assert!((f64::from(format.dequantize(clip.clamp.hi as i32)) - 0.25).abs() < 0.01);
}

#[test]
fn a_clamp_stays_alone_where_its_input_is_needed_too() {
    let mut n = Numbers::new(3);
    let mut net = start(&[1, 4, 4]);
    net.push("conv", conv(&mut n, 1, 1, 3), vec![0]).unwrap();
    net.push("relu", FloatOp::relu(), vec![1]).unwrap();
    net.push("sum", FloatOp::Add, vec![1, 2]).unwrap();
    let data = images(&net, 8, 5);
    let lowered = lowered(&net, &data, &plan("8"));
    assert!(matches!(lowered.network.layers[1].op, QuantOp::Rescale { .. }));
    let error = relative_error(both(&net, &data, &lowered).last().unwrap());
    assert!(error < 0.03, "{error}");
}

#[test]
fn results_are_accumulators_of_32_bits() {
    let net = cnn(4);
    let lowered = lowered(&net, &images(&net, 8, 6), &plan("8"));
    assert_eq!(lowered.network.output_format().ty, IntType::ACCUMULATOR);
    let stage = lowered.network.layers.last().unwrap().op.stage().unwrap();
    assert_eq!(stage.requant[0].multiplier(), 1, "8-bit sums fit 32 bits as they are");
    assert_eq!(stage.requant[0].shift_amount(), 0);
}

#[test]
fn a_result_with_a_scale_per_filter_gets_one_scale() {
    let net = cnn(5);
    let data = images(&net, 8, 6);
    let lowered = lowered(&net, &data, &plan("ternary"));
    let last = lowered.network.layers.last().unwrap();
    assert!(last.op.stage().unwrap().requant.len() > 1, "one per class");
    assert!(matches!(last.format.scale, Scale::Radix(_)));
}

#[test]
fn layers_may_differ() {
    let net = cnn(6);
    let data = images(&net, 16, 7);
    let mut plan = plan("16");
    for (layer, format) in [("conv1", "w8a4"), ("conv2", "pow2"), ("fc1", "binary"), ("fc2", "qsq")]
    {
        plan.layers.insert(layer.into(), format.parse().unwrap());
    }
    let lowered = lowered(&net, &data, &plan);
    let weights = |name: &str| {
        let layer = lowered.network.layers.iter().find(|layer| layer.name == name).unwrap();
        layer.op.linear().unwrap().weights.format().name()
    };
    let found = ["conv1", "conv2", "fc1", "fc2"].map(weights);
    assert_eq!(found, ["fixed8", "pow2", "binary", "qsq3"]);
    assert_eq!(lowered.network.inputs[0].format.ty.bits(), 4);
}

#[test]
fn values_that_are_never_negative_lose_their_sign_unless_told_otherwise() {
    let net = cnn(7);
    let data = images(&net, 8, 8);
    let signed = |plan: &FormatPlan| lowered(&net, &data, plan).network.layers[0].format.ty;
    let mut plan = plan("8");
    assert_eq!(signed(&plan), IntType::new(8, false).unwrap());
    plan.unsigned = false;
    assert_eq!(signed(&plan), IntType::new(8, true).unwrap());
}

#[test]
fn an_accumulator_that_is_too_narrow_is_refused_by_name() {
    let net = cnn(8);
    let data = images(&net, 8, 9);
    let options = LowerOptions { accumulator_bits: 20, ..LowerOptions::default() };
    let error = quantize(&net, &Default::default(), &calibrate(&net, &data), &plan("16"), &options)
        .unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("layer `conv1` needs an accumulator of "), "{message}");
    assert!(message.contains("bits, 20 are allowed"), "{message}");
}

#[test]
fn misuse_is_refused_by_name() {
    let net = cnn(9);
    let data = images(&net, 4, 1);
    let empty = bitladder_quantize::Calibration::new(&net);
    let run = |calibration, plan: &FormatPlan| {
        quantize(&net, &Default::default(), calibration, plan, &LowerOptions::default())
            .unwrap_err()
            .to_string()
    };
    let message = run(&empty, &plan("8"));
    assert!(message.starts_with("value `image` has no format"), "{message}");
    assert!(message.contains("--calib"), "{message}");

    let mut named = plan("8");
    named.layers.insert("conv9".into(), LayerFormat::fixed(4));
    let message = run(&calibrate(&net, &data), &named);
    assert_eq!(
        message,
        "no layer with weights is called `conv9`; the network has conv1, conv2, fc1, fc2"
    );

    let mut calibration = calibrate(&net, &data);
    let error = calibration.observe(3, &[1.0, f32::NAN]).unwrap_err();
    assert!(matches!(error, QuantizeError::NotFinite { .. }));
    assert!(error.to_string().starts_with("value `pool1` became NaN"), "{error}");
}

#[test]
fn a_binary_filter_of_zeros_gives_its_bias() {
    let mut n = Numbers::new(11);
    let mut net = start(&[2, 4, 4]);
    let FloatOp::Conv { window, groups, outputs, mut weights, bias } = conv(&mut n, 2, 3, 3) else {
        unreachable!("a convolution was asked for")
    };
    weights[18..36].fill(0.0);
    let wanted = bias[1];
    let op = FloatOp::Conv { window, groups, outputs, weights, bias };
    net.push("conv", op, vec![0]).unwrap();
    let data = images(&net, 8, 5);
    for format in ["binary", "binarya4"] {
        let lowered = lowered(&net, &data, &plan(format));
        let pairs = both(&net, &data, &lowered);
        for image in pairs[1].1.chunks(48) {
            let far = image[16..32].iter().map(|v| (v - wanted).abs()).fold(0.0, f32::max);
            assert!(far < 1e-3, "{format}: {far}");
        }
    }
}

#[test]
fn a_softmax_inside_is_refused() {
    let mut n = Numbers::new(3);
    let mut net = start(&[4]);
    net.push("fc1", dense(&mut n, 4, 4), vec![0]).unwrap();
    net.push("attention", FloatOp::Softmax, vec![1]).unwrap();
    net.push("fc2", dense(&mut n, 4, 4), vec![2]).unwrap();
    let data = images(&net, 4, 1);
    let error = quantize(
        &net,
        &Default::default(),
        &calibrate(&net, &data),
        &plan("8"),
        &LowerOptions::default(),
    )
    .unwrap_err();
    assert!(error.to_string().starts_with("layer `attention`: a softmax inside"), "{error}");
}

#[test]
fn every_rounding_and_multiplier_width_is_honoured() {
    let net = cnn(10);
    let data = images(&net, 8, 2);
    for rounding in Rounding::ALL {
        let options = LowerOptions { rounding, multiplier_bits: 8, ..LowerOptions::default() };
        let lowered = quantize(
            &net,
            &Default::default(),
            &calibrate(&net, &data),
            &plan("ternary"),
            &options,
        )
        .unwrap();
        for stage in lowered.network.layers.iter().filter_map(|layer| layer.op.stage()) {
            assert_eq!(stage.rounding, rounding);
            let wide = stage.requant.iter().find(|requant| requant.multiplier() >= 1 << 8);
            assert!(wide.is_none() || stage.ty == IntType::ACCUMULATOR, "{wide:?}");
        }
    }
}
