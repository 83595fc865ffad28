//! Operators on integers with scales, and on bare integers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bitladder_network::{DeclaredWeights, FloatOp};
use bitladder_onnx_proto::builder::node;
use bitladder_onnx_proto::{ModelProto, NodeProto, TensorProto, data_type};
use bitladder_spec::Scale;
use common::quantised::{format, op_names, parameters, x_format, y_format};
use common::{assert_says, import, int, narrow, op, refusal, scalar, typed_model};

fn qlinear_conv(bias: &[i32]) -> ModelProto {
    let inputs = ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"];
    typed_model(data_type::UINT8, &[1, 3, 3], |builder| {
        parameters(builder)
            .initializer(narrow("w", data_type::INT8, &[2, 1, 1, 1], &[3, -4]))
            .initializer(TensorProto::from_f32("ws", &[2], &[0.5, 0.25]))
            .initializer(narrow("wz", data_type::INT8, &[2], &[1, 0]))
            .initializer(narrow("b", data_type::INT32, &[bias.len() as i64], bias))
            .node(op("QLinearConv", &inputs, &[]))
    })
}

#[test]
fn qlinear_operators_declare_everything() {
    let imported = import(&qlinear_conv(&[16, -16]));
    assert_eq!(op_names(&imported), ["conv"]);
    assert_eq!((imported.integer_inputs, imported.integer_output), (vec![true], true));
    let values: Vec<_> = imported.declared.values.into_iter().collect();
    assert_eq!(values, [(0, x_format()), (1, y_format())]);
    let wanted = DeclaredWeights {
        integers: vec![2, -4],
        bits: 9,
        scales: vec![0.5, 0.25],
        bias: Some(vec![16, -16]),
    };
    assert_eq!(imported.declared.weights[&0], wanted);
    let FloatOp::Conv { weights, bias, .. } = &imported.network.layers()[0].op else { panic!() };
    assert_eq!((weights, bias), (&vec![1.0, -1.0], &vec![2.0, -1.0]));
    let message = refusal(&qlinear_conv(&[1, 2, 3]));
    assert_says(&message, &["shape [3] of input 8 (`b`)", "one integer for each of 2 outputs"]);
}

#[test]
fn products_and_sums_of_integers() {
    let two = typed_model(data_type::UINT8, &[2], |builder| {
        parameters(builder)
            .initializer(narrow("w", data_type::INT8, &[2, 3], &[1, 2, 3, 4, 5, 6]))
            .initializer(scalar("ws", 0.5))
            .initializer(narrow("wz", data_type::INT8, &[], &[0]))
            .node(node("QLinearMatMul", &["x", "xs", "xz", "w", "ws", "wz", "ys", "yz"], &["m"]))
            .node(microsoft("QLinearAdd", &["m", "ys", "yz", "m", "ys", "yz", "xs", "xz"]))
    });
    let imported = import(&two);
    assert_eq!(op_names(&imported), ["dense", "add"]);
    assert_eq!(imported.declared.weights[&0].integers, [1, 4, 2, 5, 3, 6]);
    let formats: Vec<_> = imported.declared.values.into_values().collect();
    assert_eq!(formats, [x_format(), y_format(), x_format()]);
}

fn microsoft(name: &str, inputs: &[&str]) -> NodeProto {
    NodeProto { domain: "com.microsoft".into(), ..op(name, inputs, &[]) }
}

#[test]
fn operators_of_onnx_runtime() {
    let gemm = typed_model(data_type::UINT8, &[2], |builder| {
        let inputs = ["x", "xs", "xz", "w", "ws", "wz", "b", "ys", "yz"];
        parameters(builder)
            .initializer(narrow("w", data_type::INT8, &[3, 2], &[1, 2, 3, 4, 5, 6]))
            .initializer(scalar("ws", 0.5))
            .initializer(narrow("wz", data_type::INT8, &[], &[0]))
            .initializer(narrow("b", data_type::INT32, &[3], &[8, 16, 24]))
            .node(microsoft("QGemm", &inputs).with(int("transB", 1)))
    });
    let imported = import(&gemm);
    assert_eq!(imported.declared.weights[&0].bias, Some(vec![8, 16, 24]));
    let FloatOp::Dense { bias, .. } = &imported.network.layers()[0].op else { panic!() };
    assert_eq!(bias, &[1.0, 2.0, 3.0]);
    let pool = typed_model(data_type::UINT8, &[1, 2, 2], |builder| {
        let inputs = ["x", "xs", "xz", "ys", "yz"];
        parameters(builder).node(microsoft("QLinearGlobalAveragePool", &inputs))
    });
    assert_eq!(op_names(&import(&pool)), ["average-pool"]);
    let last = typed_model(data_type::UINT8, &[1, 2, 2], |builder| {
        let inputs = ["x", "xs", "xz", "ys", "yz"];
        let pool = microsoft("QLinearGlobalAveragePool", &inputs).with(int("channels_last", 1));
        parameters(builder).node(pool)
    });
    assert_says(&refusal(&last), &["attribute `channels_last` is 1"]);
}

/// The axis means what the operator set named by the node says.
#[test]
fn a_softmax_of_integers() {
    let softmax = |opset: i64| {
        typed_model(data_type::UINT8, &[2, 3], |builder| {
            let node = microsoft("QLinearSoftmax", &["x", "xs", "xz", "ys", "yz"]);
            parameters(builder).node(node.with(int("axis", 1)).with(int("opset", opset)))
        })
    };
    let imported = import(&softmax(12));
    assert_eq!(op_names(&imported), ["softmax"]);
    let values: Vec<_> = imported.declared.values.into_iter().collect();
    assert_eq!(values, [(0, x_format()), (1, y_format())]);
    assert!(imported.integer_output);
    let message = refusal(&softmax(13));
    assert_says(&message, &["softmax must cover all of [1, 2, 3] but the batch"]);
}

#[test]
fn bare_integer_products_hand_out_accumulators() {
    let model = typed_model(data_type::UINT8, &[2], |builder| {
        builder
            .initializer(narrow("w", data_type::UINT8, &[2, 1], &[13, 11]))
            .initializer(narrow("xz", data_type::UINT8, &[], &[5]))
            .initializer(narrow("wz", data_type::UINT8, &[], &[12]))
            .node(node("MatMulInteger", &["x", "w", "xz", "wz"], &["y"]))
    });
    let imported = import(&model);
    assert_eq!(imported.declared.weights[&0].integers, [1, -1]);
    assert_eq!(imported.declared.values[&0], format(8, false, Scale::Radix(0), 5));
    assert_eq!(imported.declared.values[&1], format(32, true, Scale::Radix(0), 0));
    assert!(imported.integer_output);
}
