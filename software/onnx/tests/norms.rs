//! Batch norms of quantised models: where they fold, what becomes of the integers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bitladder_golden::{FloatBatch, GoldenError, float};
use bitladder_network::{FloatNetwork, FloatOp};
use bitladder_onnx_proto::builder::{ModelBuilder, node};
use bitladder_onnx_proto::{ModelProto, TensorProto, data_type};
use common::quantised::{dequantize, op_names, parameters, quantize, x_format, y_format};
use common::{import, int, model, narrow};

/// Three outputs: one turned round, one silenced, one doubled by the norm after the convolution.
fn normed(between: impl FnOnce(ModelBuilder) -> ModelBuilder) -> ModelProto {
    let norm = ["c", "gamma", "beta", "mean", "variance"];
    let vector = |name: &str, values: [f32; 3]| TensorProto::from_f32(name, &[3], &values);
    model(&[1, 2, 2], |builder| {
        let builder = parameters(builder)
            .initializer(narrow("w", data_type::INT8, &[3, 1, 1, 1], &[-128, 5, 6]))
            .initializer(TensorProto::from_f32("ws", &[1], &[0.5]))
            .initializer(narrow("wz", data_type::INT8, &[1], &[0]))
            .initializer(vector("b", [1.0, 2.0, 3.0]))
            .initializer(vector("gamma", [-1.0, 0.0, 4.0]))
            .initializer(vector("beta", [0.5, 0.25, 0.0]))
            .initializer(vector("mean", [0.0, 1.0, 2.0]))
            .initializer(vector("variance", [1.0, 1.0, 4.0]))
            .node(quantize("x", "xq", "x"))
            .node(dequantize("xq", "xr", "x"))
            .node(dequantize("w", "wr", "w").with(int("axis", 0)))
            .node(node("Conv", &["xr", "wr", "b"], &["v"]));
        between(builder)
            .node(
                node("BatchNormalization", &norm, &["n"])
                    .with(bitladder_onnx_proto::AttributeProto::float("epsilon", 0.0)),
            )
            .node(quantize("n", "nq", "y"))
            .node(dequantize("nq", "y", "y"))
    })
}

fn run(network: &FloatNetwork) -> Vec<f32> {
    let nothing = |_, _: &FloatBatch| Ok::<(), GoldenError>(());
    let image = FloatBatch::new(1, vec![1, 2, 2], vec![0.25, -1.0, 3.5, 0.0]).unwrap();
    float::run(network, &[image], 1, nothing).unwrap().data().to_vec()
}

#[test]
fn scales_take_up_the_factors_of_a_norm() {
    let plain = normed(|builder| builder.node(node("Identity", &["v"], &["c"])));
    // Without the weights' scales nothing is quantised, and the norm stays apart.
    let mut real = plain.clone();
    let graph = real.graph.as_mut().unwrap();
    graph.node.retain(|node| !node.input.contains(&"w".into()));
    graph.initializer.retain(|constant| constant.name != "w");
    graph.initializer.push(TensorProto::from_f32("wr", &[3, 1, 1, 1], &[-64.0, 2.5, 3.0]));
    let (imported, apart) = (import(&plain), import(&real));
    assert_eq!((op_names(&imported), op_names(&apart)), (vec!["conv"], vec!["conv", "batch-norm"]));
    assert_eq!(run(&imported.network), run(&apart.network));
    let weights = &imported.declared.weights[&0];
    assert_eq!(weights.integers, [128, 0, 6]);
    assert_eq!((weights.bits, &weights.scales[..]), (9, &[0.5, 0.5, 1.0][..]), "room for +128");
    assert_eq!(weights.bias, None);
    let formats: Vec<_> = imported.declared.values.into_iter().collect();
    assert_eq!(formats, [(0, x_format()), (1, y_format())]);
    let FloatOp::Conv { weights, bias, .. } = &imported.network.layers()[0].op else { panic!() };
    assert_eq!((weights, bias), (&vec![64.0, 0.0, 6.0], &vec![-0.5, 0.25, 2.0]));
}

#[test]
fn a_bias_in_between_folds_too() {
    let sum = |builder: ModelBuilder| {
        let more = TensorProto::from_f32("more", &[3, 1, 1], &[0.0, 1.0, -4.0]);
        builder.initializer(more).node(node("Add", &["v", "more"], &["c"]))
    };
    let imported = import(&normed(sum));
    let FloatOp::Conv { bias, .. } = &imported.network.layers()[0].op else { panic!() };
    assert_eq!((op_names(&imported), bias), (vec!["conv"], &vec![-0.5, 0.25, -6.0]));
    assert_eq!(imported.declared.weights[&0].integers, [128, 0, 6]);
}

/// Folding would lose the rounding between convolution and norm, or change what others read.
#[test]
fn a_norm_of_rounded_or_shared_values_stays() {
    let rounded = import(&normed(|builder| {
        builder.node(quantize("v", "q", "x")).node(dequantize("q", "c", "x"))
    }));
    assert_eq!(op_names(&rounded), ["conv", "batch-norm"]);
    assert_eq!(rounded.declared.weights[&0].integers, [-128, 5, 6]);
    let formats: Vec<_> = rounded.declared.values.into_iter().collect();
    assert_eq!(formats, [(0, x_format()), (1, x_format()), (2, y_format())]);
    let mut shared = normed(|builder| builder.node(node("Identity", &["v"], &["c"])));
    let nodes = &mut shared.graph.as_mut().unwrap().node;
    nodes.insert(nodes.len() - 2, node("Add", &["n", "v"], &["s"]));
    let last = nodes.len() - 2;
    nodes[last].input[0] = "s".into();
    let shared = import(&shared);
    assert_eq!(op_names(&shared), ["conv", "batch-norm", "add"]);
    assert_eq!(shared.declared.weights[&0].integers, [-128, 5, 6]);
}
