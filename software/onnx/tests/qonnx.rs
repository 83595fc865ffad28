//! QONNX: weights and activations of any width.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bitladder_network::FloatOp;
use bitladder_onnx_proto::builder::node;
use bitladder_onnx_proto::{AttributeProto, NodeProto, TensorProto};
use bitladder_spec::Scale;
use common::quantised::{format, op_names};
use common::{assert_says, import, int, model, refusal, scalar};

fn qonnx(name: &str, inputs: &[&str], output: &str) -> NodeProto {
    let domain = "qonnx.custom_op.general".into();
    NodeProto { domain, ..node(name, inputs, &[output]) }
}

#[test]
fn qonnx_weights_and_activations() {
    let model = model(&[2], |builder| {
        builder
            .initializer(TensorProto::from_f32("w", &[2, 2], &[0.3, -9.0, 0.75, 0.0]))
            .initializer(TensorProto::from_f32("ws", &[2, 1], &[0.5, 0.25]))
            .initializer(scalar("zero", 0.0))
            .initializer(scalar("three", 3.0))
            .initializer(scalar("half", 0.5))
            .node(qonnx("Quant", &["w", "ws", "zero", "three"], "wq").with(int("narrow", 1)))
            .node(qonnx("Quant", &["x", "half", "zero", "three"], "xq").with(int("signed", 0)))
            .node(node("Gemm", &["xq", "wq"], &["g"]).with(int("transB", 1)))
            .node(qonnx("Quant", &["g", "half", "zero", "three"], "y").with(int("narrow", 1)))
    });
    let imported = import(&model);
    assert_eq!(op_names(&imported), ["dense", "clamp"]);
    let weights = &imported.declared.weights[&0];
    assert_eq!((weights.bits, &weights.integers[..]), (3, &[1, -3, 3, 0][..]));
    assert_eq!(imported.declared.values[&0], format(3, false, Scale::Radix(1), 0));
    assert_eq!(imported.declared.values[&2], format(3, true, Scale::Radix(1), 0));
    let narrow = FloatOp::Clamp { lo: -1.5, hi: 1.5 };
    assert_eq!(imported.network.layers()[1].op, narrow);
}

#[test]
fn qonnx_bipolar_weights_and_what_is_refused() {
    let bipolar = |from: &str| {
        model(&[2], |builder| {
            builder
                .initializer(TensorProto::from_f32("w", &[2, 1], &[0.3, -9.0]))
                .initializer(scalar("half", 0.5))
                .node(qonnx("BipolarQuant", &[from, "half"], "q"))
                .node(node("MatMul", &["x", "q"], &["y"]))
        })
    };
    assert_eq!(import(&bipolar("w")).declared.weights[&0].integers, [1, -1]);
    assert_says(&refusal(&bipolar("x")), &["a bipolar activation is not supported"]);
    let quant = |scale: f32, zero: f32, bits: f32, mode: &str| {
        refusal(&model(&[2], |builder| {
            let mode = AttributeProto::string("rounding_mode", mode);
            builder
                .initializer(scalar("s", scale))
                .initializer(scalar("z", zero))
                .initializer(scalar("n", bits))
                .node(qonnx("Quant", &["x", "s", "z", "n"], "y").with(mode))
        }))
    };
    assert_says(&quant(1.0, 0.5, 4.0, "ROUND"), &["a zero point that is not an integer"]);
    assert_says(&quant(1.0, 0.0, 2.5, "ROUND"), &["a bit width that is not an integer"]);
    assert_says(&quant(1.0, 0.0, 1.0, "ROUND"), &["an integer of 1 bits is not supported"]);
    assert_says(&quant(1.0, 0.0, 4.0, "CEIL"), &["attribute `rounding_mode` is CEIL"]);
    assert_says(&quant(1.0, 0.0, 4.0, "FLOOR"), &["activations are rounded with ROUND"]);
    assert_says(&quant(-1.0, 0.0, 4.0, "ROUND"), &["scale -1 is not usable"]);
}
