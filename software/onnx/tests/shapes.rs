//! Shapes: of computed values, and computed from constants while importing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bitladder_network::FloatOp;
use bitladder_onnx_proto::builder::node;
use bitladder_onnx_proto::{AttributeProto, ModelProto, TensorProto, data_type};
use common::{assert_says, import, int, ints, model, op, refusal, single};

fn shape_after(nodes: &ModelProto) -> Vec<usize> {
    let imported = import(nodes);
    imported.network.shape(imported.network.output()).to_vec()
}

#[test]
fn reshapes() {
    let to = |name: &str, attributes: &[AttributeProto], target: Option<&[i64]>| {
        let constants: Vec<TensorProto> = target
            .map(|values| TensorProto::from_i64("s", &[values.len() as i64], values))
            .into_iter()
            .collect();
        let inputs: &[&str] = if target.is_some() { &["x", "s"] } else { &["x"] };
        shape_after(&single(&[2, 1, 3], op(name, inputs, attributes), &constants))
    };
    assert_eq!(to("Flatten", &[], None), [6]);
    assert_eq!(to("Flatten", &[int("axis", -3)], None), [6]);
    assert_eq!(to("Reshape", &[], Some(&[1, -1])), [6]);
    assert_eq!(to("Reshape", &[], Some(&[-1, 6])), [6]);
    assert_eq!(to("Reshape", &[], Some(&[0, 3, 0, 2])), [3, 1, 2]);
    assert_eq!(to("Squeeze", &[], Some(&[2])), [2, 3]);
    assert_eq!(to("Squeeze", &[ints("axes", &[-2])], None), [2, 3]);
    assert_eq!(to("Unsqueeze", &[], Some(&[1, -1])), [1, 2, 1, 3, 1]);
    assert_eq!(to("Transpose", &[ints("perm", &[0, 2, 1, 3])], None), [1, 2, 3]);
}

#[test]
fn shapes_that_touch_the_batch_are_refused() {
    let with = |name: &str, attributes: &[AttributeProto], target: &[i64]| {
        let constant = TensorProto::from_i64("s", &[target.len() as i64], target);
        let inputs: &[&str] = if target.is_empty() { &["x"] } else { &["x", "s"] };
        refusal(&single(&[2, 1, 3], op(name, inputs, attributes), &[constant]))
    };
    for (message, wanted) in [
        (with("Reshape", &[], &[2, 3]), "would mix the batch"),
        (with("Reshape", &[], &[6]), "would mix the batch"),
        (with("Reshape", &[], &[1, 5]), "it cannot become [1, 5]"),
        (with("Reshape", &[], &[-1, -1]), "it cannot become [-1, -1]"),
        (with("Flatten", &[int("axis", 2)], &[]), "would mix the batch"),
        (with("Squeeze", &[], &[0]), "the batch, dimension 0, must stay"),
        (with("Squeeze", &[], &[1]), "only dimensions of extent 1"),
        (with("Unsqueeze", &[], &[0]), "the batch, dimension 0, must stay"),
        (with("Unsqueeze", &[], &[1, 1]), "axes [1, 1] cannot be added"),
        (with("Transpose", &[], &[]), "computed values cannot be transposed"),
        (with("Transpose", &[ints("perm", &[0, 0, 1, 2])], &[]), "name each of 4 dimensions once"),
    ] {
        assert_says(&message, &[wanted]);
    }
}

/// What PyTorch exports for `x.view(x.size(0), -1)`.
#[test]
fn shape_computations_fold() {
    let model = model(&[2, 1, 3], |builder| {
        builder
            .initializer_i64("zero", &[], &[0])
            .initializer_i64("axes", &[1], &[0])
            .initializer_i64("rest", &[1], &[-1])
            .node(node("Relu", &["x"], &["r"]))
            .node(node("Shape", &["r"], &["shape"]))
            .node(node("Gather", &["shape", "zero"], &["n"]))
            .node(node("Unsqueeze", &["n", "axes"], &["n1"]))
            .node(node("Concat", &["n1", "rest"], &["target"]).with(int("axis", 0)))
            .node(node("Reshape", &["r", "target"], &["y"]))
    });
    assert_eq!(shape_after(&model), [6]);
}

#[test]
fn constant_arithmetic_folds() {
    let model = model(&[2, 2, 3], |builder| {
        builder
            .initializer_i64("from", &[1], &[1])
            .initializer_i64("to", &[1], &[i64::MAX])
            .initializer_i64("two", &[1], &[2])
            .initializer_i64("none", &[0], &[])
            .node(node("Shape", &["x"], &["shape"]).with(int("start", 1)))
            .node(node("Slice", &["shape", "from", "to"], &["tail"]))
            .node(node("Mul", &["tail", "two"], &["double"]))
            .node(node("Div", &["double", "two"], &["halved"]))
            .node(node("Add", &["halved", "two"], &["more"]))
            .node(node("Sub", &["more", "two"], &["same"]))
            .node(node("Cast", &["same"], &["real"]).with(int("to", data_type::FLOAT.into())))
            .node(node("Cast", &["real"], &["back"]).with(int("to", data_type::INT64.into())))
            .node(node("Constant", &[], &["start"]).with(ints("value_ints", &[0, -1])))
            .node(node("Concat", &["start", "back"], &["target"]).with(int("axis", 0)))
            .node(node("Reshape", &["x", "target"], &["y"]))
    });
    assert_eq!(shape_after(&model), [2, 2, 3], "the target is [0, -1, 2, 3]");
}

/// The sum with a constant shows what a cast made of it.
#[test]
fn casts_of_constants_round_and_cut() {
    let cast = |to: i32, values: &[f32]| {
        let count = values.len() as i64;
        let model = model(&[count], |builder| {
            builder
                .initializer(TensorProto::from_f32("c", &[count], values))
                .node(node("Cast", &["c"], &["n"]).with(int("to", to.into())))
                .node(node("Cast", &["n"], &["r"]).with(int("to", data_type::FLOAT.into())))
                .node(node("Add", &["x", "r"], &["y"]))
        });
        match common::only(&model).0 {
            FloatOp::BatchNorm(norm) => norm.beta,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(cast(data_type::FLOAT16, &[1.0 + 1.0 / 2048.0, 0.1]), [1.0, 0.099_975_586]);
    assert_eq!(cast(data_type::BFLOAT16, &[1.0 + 3.0 / 256.0, -3.0]), [1.015_625, -3.0]);
    assert_eq!(cast(data_type::INT8, &[1.9, -1.9]), [1.0, -1.0]);
    assert_eq!(cast(data_type::BOOL, &[0.5, 0.0]), [1.0, 0.0]);
}

#[test]
fn casts_of_computed_values() {
    let cast = |to: i32| single(&[2], op("Cast", &["x"], &[int("to", to.into())]), &[]);
    assert!(import(&cast(data_type::FLOAT16)).network.layers().is_empty());
    let message = refusal(&cast(data_type::BFLOAT16));
    assert_says(&message, &["a cast of computed values to bfloat16 is not supported"]);
    let message = refusal(&cast(data_type::INT8));
    assert_says(&message, &["a cast of computed real numbers to integers is not supported"]);
}

#[test]
fn a_reshape_that_loses_the_axis_of_scales_is_refused() {
    let model = model(&[2], |builder| {
        builder
            .initializer(common::narrow("w", data_type::INT8, &[2, 2], &[1, 2, 3, 4]))
            .initializer(TensorProto::from_f32("ws", &[2], &[0.5, 0.25]))
            .initializer_i64("s", &[1], &[4])
            .node(node("DequantizeLinear", &["w", "ws"], &["wr"]).with(int("axis", 0)))
            .node(node("Reshape", &["wr", "s"], &["flat"]))
            .node(node("Add", &["x", "flat"], &["y"]))
    });
    assert_says(&refusal(&model), &["its scales vary along axis 0, which [4] does not keep"]);
}
