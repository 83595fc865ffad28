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
    let imported = import(&normed(|builder| builder.node(node("Identity", &["v"], &["c"]))));
    assert_eq!(op_names(&imported), ["conv", "batch-norm"]);
    let folded = imported.fold_batch_norms().unwrap();
    assert_eq!(op_names(&folded), ["conv"]);
    assert_eq!(run(&folded.network), run(&imported.network));
    let weights = &folded.declared.weights[&0];
    assert_eq!(weights.integers, [128, 0, 6]);
    assert_eq!((weights.bits, &weights.scales[..]), (9, &[0.5, 0.5, 1.0][..]), "room for +128");
    assert_eq!(weights.bias, None);
    let formats: Vec<_> = folded.declared.values.into_iter().collect();
    assert_eq!(formats, [(0, x_format()), (1, y_format())]);
    let FloatOp::Conv { weights, bias, .. } = &folded.network.layers()[0].op else { panic!() };
    assert_eq!((weights, bias), (&vec![64.0, 0.0, 6.0], &vec![-0.5, 0.25, 2.0]));
}

/// Folding would lose the rounding between convolution and norm.
#[test]
fn a_norm_of_rounded_values_stays() {
    let imported = import(&normed(|builder| {
        builder.node(quantize("v", "q", "x")).node(dequantize("q", "c", "x"))
    }));
    let folded = imported.fold_batch_norms().unwrap();
    assert_eq!(op_names(&folded), ["conv", "clamp", "conv"]);
    assert_eq!(folded.declared.weights.keys().copied().collect::<Vec<_>>(), [0]);
    assert_eq!(folded.declared.weights, imported.declared.weights);
    let formats: Vec<_> = folded.declared.values.into_iter().collect();
    assert_eq!(formats, [(0, x_format()), (2, x_format()), (3, y_format())]);
}
