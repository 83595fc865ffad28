//! Fully connected layers, arithmetic and activations.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bitladder_network::FloatOp;
use bitladder_onnx_proto::builder::node;
use bitladder_onnx_proto::{AttributeProto, ModelProto, TensorProto, data_type};
use common::{
    assert_says, counting, import, int, layers, model, only, op, refusal, scalar, single,
};

fn dense_of(model: &ModelProto) -> (Vec<f32>, Vec<f32>) {
    match only(model).0 {
        FloatOp::Dense { weights, bias, .. } => (weights, bias),
        other => panic!("{other:?}"),
    }
}

#[test]
fn gemm_brings_weights_into_place() {
    let plain = op("Gemm", &["x", "w"], &[]);
    let (weights, bias) = dense_of(&single(&[2], plain, &[counting("w", &[2, 3])]));
    assert_eq!(weights, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(bias, [0.0; 3]);
    let attributes =
        [int("transB", 1), AttributeProto::float("alpha", 0.5), AttributeProto::float("beta", 2.0)];
    let scaled = op("Gemm", &["x", "w", "c"], &attributes);
    let constants = [counting("w", &[3, 2]), counting("c", &[1, 3])];
    let (weights, bias) = dense_of(&single(&[2], scaled, &constants));
    assert_eq!(weights, [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]);
    assert_eq!(bias, [2.0, 4.0, 6.0]);
    let constants = [counting("w", &[3, 2]), scalar("c", 7.0)];
    let one = op("Gemm", &["x", "w", "c"], &[int("transB", 1)]);
    assert_eq!(dense_of(&single(&[2], one, &constants)).1, [7.0; 3]);
    let turned = op("Gemm", &["x", "w"], &[int("transA", 1)]);
    let message = refusal(&single(&[2], turned, &[counting("w", &[2, 3])]));
    assert_says(&message, &["attribute `transA` is 1, but only 0 is supported"]);
}

#[test]
fn a_constant_sum_after_weights_is_a_bias() {
    let model = model(&[2], |builder| {
        builder
            .initializer(counting("w", &[2, 3]))
            .initializer(counting("b", &[3]))
            .node(node("MatMul", &["x", "w"], &["m"]))
            .node(node("Add", &["b", "m"], &["y"]))
    });
    assert_eq!(dense_of(&model).1, [1.0, 2.0, 3.0]);
}

#[test]
fn a_sum_that_others_could_miss_stays_a_layer() {
    let model = model(&[2], |builder| {
        builder
            .initializer(counting("w", &[2, 2]))
            .initializer(counting("b", &[2]))
            .node(node("MatMul", &["x", "w"], &["m"]))
            .node(node("Add", &["m", "b"], &["s"]))
            .node(node("Add", &["m", "s"], &["y"]))
    });
    let names: Vec<&str> = layers(&model).iter().map(|layer| layer.op.name()).collect();
    assert_eq!(names, ["dense", "batch-norm", "add"]);
}

#[test]
fn constants_per_channel_are_affine() {
    let affine = |name: &str, inputs: &[&str], c: TensorProto| match only(&single(
        &[2, 3, 3],
        op(name, inputs, &[]),
        &[c],
    ))
    .0
    {
        FloatOp::BatchNorm(norm) => (norm.affine(0), norm.affine(1)),
        other => panic!("{other:?}"),
    };
    let c = || TensorProto::from_f32("c", &[2, 1, 1], &[2.0, 4.0]);
    assert_eq!(affine("Add", &["x", "c"], c()), ((1.0, 2.0), (1.0, 4.0)));
    assert_eq!(affine("Sub", &["x", "c"], c()), ((1.0, -2.0), (1.0, -4.0)));
    assert_eq!(affine("Sub", &["c", "x"], c()), ((-1.0, 2.0), (-1.0, 4.0)));
    assert_eq!(affine("Mul", &["c", "x"], c()), ((2.0, 0.0), (4.0, 0.0)));
    assert_eq!(affine("Div", &["x", "c"], c()), ((0.5, 0.0), (0.25, 0.0)));
    assert_eq!(affine("Mul", &["x", "c"], scalar("c", 3.0)), ((3.0, 0.0), (3.0, 0.0)));
    assert_eq!(affine("Mul", &["x", "c"], counting("c", &[1, 2, 1, 1])).1, (2.0, 0.0));
    let nothing = single(&[2, 3, 3], op("Mul", &["x", "c"], &[]), &[scalar("c", 1.0)]);
    assert!(layers(&nothing).is_empty(), "times one changes nothing");
}

#[test]
fn arithmetic_beyond_that_is_refused() {
    let with = |name: &str, inputs: &[&str], c: TensorProto| {
        refusal(&single(&[2, 3, 3], op(name, inputs, &[]), &[c]))
    };
    let rows = with("Add", &["x", "c"], counting("c", &[3]));
    assert_says(&rows, &["shape [3] of input 1 (`c`)", "one for each of 2 channels"]);
    let three = with("Mul", &["x", "c"], counting("c", &[3, 1, 1]));
    assert_says(&three, &["there are 2 channels"]);
    assert_says(&with("Div", &["c", "x"], scalar("c", 1.0)), &["a division by a computed value"]);
    assert_says(&with("Div", &["x", "c"], scalar("c", 0.0)), &["tensor `1 / c` holds inf"]);
    assert_says(&with("Mul", &["x", "x"], scalar("c", 0.0)), &["only Add takes two"]);
}

#[test]
fn activations() {
    let clamp = |name: &str, inputs: &[&str], constants: &[TensorProto]| {
        only(&single(&[4], op(name, inputs, &[]), constants)).0
    };
    let open = f32::INFINITY;
    assert_eq!(clamp("Relu", &["x"], &[]), FloatOp::Clamp { lo: 0.0, hi: open });
    let bounds = [scalar("lo", 0.0), scalar("hi", 6.0)];
    let six = FloatOp::Clamp { lo: 0.0, hi: 6.0 };
    assert_eq!(clamp("Clip", &["x", "lo", "hi"], &bounds), six);
    let above = FloatOp::Clamp { lo: -open, hi: 6.0 };
    assert_eq!(clamp("Clip", &["x", "", "hi"], &bounds), above);
    let attributes = [AttributeProto::float("min", 0.0), AttributeProto::float("max", 6.0)];
    assert_eq!(only(&single(&[4], op("Clip", &["x"], &attributes), &[])).0, six);
    let crossed = [scalar("lo", 7.0), scalar("hi", 6.0)];
    let upper = FloatOp::Clamp { lo: 6.0, hi: 6.0 };
    assert_eq!(clamp("Clip", &["x", "lo", "hi"], &crossed), upper, "the upper bound wins");
    let message = refusal(&single(&[4], op("LeakyRelu", &["x"], &[]), &[]));
    assert_says(&message, &["node `y` (LeakyRelu): operator `LeakyRelu` of domain `ai.onnx`"]);
}

#[test]
fn batch_norm_keeps_its_numbers() {
    let constants = ["scale", "shift", "mean", "variance"].map(|name| counting(name, &[2]));
    let inputs = ["x", "scale", "shift", "mean", "variance"];
    let norm = op("BatchNormalization", &inputs, &[AttributeProto::float("epsilon", 0.5)]);
    let FloatOp::BatchNorm(norm) = only(&single(&[2, 3, 3], norm, &constants)).0 else { panic!() };
    assert_eq!((norm.epsilon, norm.gamma, norm.variance), (0.5, vec![1.0, 2.0], vec![1.0, 2.0]));
    let training = op("BatchNormalization", &inputs, &[int("training_mode", 1)]);
    let message = refusal(&single(&[2, 3, 3], training, &constants));
    assert_says(&message, &["attribute `training_mode` is 1", "for inference"]);
}

#[test]
fn weights_may_be_computed_from_constants() {
    let model = model(&[2], |builder| {
        builder
            .initializer(counting("w", &[3, 2]))
            .node(node("Transpose", &["w"], &["t"]))
            .node(node("Identity", &["t"], &["i"]))
            .node(node("MatMul", &["x", "i"], &["d"]))
            .node(node("Dropout", &["d"], &["y", "mask"]))
    });
    assert_eq!(dense_of(&model).0, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn softmax_covers_everything_and_comes_last() {
    let softmax = |shape: &[i64], axis: i64, opset: i64| {
        let mut model = single(shape, op("Softmax", &["x"], &[int("axis", axis)]), &[]);
        model.opset_import[0].version = opset;
        model
    };
    assert_eq!(only(&softmax(&[4], 1, 13)).0, FloatOp::Softmax);
    assert_eq!(only(&softmax(&[4, 1, 1], 1, 13)).0, FloatOp::Softmax);
    assert_eq!(only(&softmax(&[4, 2], 1, 11)).0, FloatOp::Softmax, "all after the axis");
    for (shape, axis, opset) in
        [([4, 2], 1, 13), ([4, 2], -1, 13), ([4, 2], 0, 13), ([4, 2], 2, 11)]
    {
        let message = refusal(&softmax(&shape, axis, opset));
        assert_says(&message, &["softmax must cover all of [1, 4, 2] but the batch"]);
    }
    let middle = model(&[4], |builder| {
        builder.node(node("Softmax", &["x"], &["s"])).node(node("Relu", &["s"], &["y"]))
    });
    assert_says(&refusal(&middle), &["layer `y` reads a softmax"]);
}

#[test]
fn several_inputs_are_added() {
    let model = model(&[2], |builder| {
        builder.input("z", data_type::FLOAT, &common::dims(&[2])).node(node(
            "Add",
            &["x", "z"],
            &["y"],
        ))
    });
    let imported = import(&model);
    assert_eq!(imported.network.inputs().len(), 2);
    assert_eq!(imported.network.layers()[0].inputs, [0, 1]);
    assert_eq!(imported.integer_inputs, [false, false]);
}

#[test]
fn a_sum_of_many_is_a_chain() {
    let sum = |inputs: &[&str]| single(&[2], op("Sum", inputs, &[]), &[counting("c", &[2])]);
    assert!(layers(&sum(&["x"])).is_empty());
    let chain = layers(&sum(&["x", "x", "x"]));
    assert_eq!(
        chain.iter().map(|layer| layer.inputs.clone()).collect::<Vec<_>>(),
        [[0, 0], [1, 0]]
    );
    let message = refusal(&sum(&["x", "c"]));
    assert_says(&message, &["node `y` (Sum): input 1 (`c`) is constant"]);
}

#[test]
fn what_the_output_does_not_need_is_left_out() {
    let model = model(&[2], |builder| {
        builder
            .input("unused", data_type::STRING, &[])
            .node(node("NoSuchOperator", &["x"], &["aside"]))
            .node(node("Relu", &["x"], &["y"]))
    });
    let imported = import(&model);
    assert_eq!((imported.report.nodes, imported.report.unused_nodes), (2, 1));
    assert_eq!(imported.network.inputs().len(), 1);
}

#[test]
fn layers_of_one_name_are_told_apart() {
    let mut model = model(&[2], |builder| {
        builder.node(node("Relu", &["x"], &["a"])).node(node("Relu", &["a"], &["y"]))
    });
    let graph = model.graph.as_mut().unwrap();
    graph.node.iter_mut().for_each(|node| node.name = "relu".into());
    let names: Vec<String> = layers(&model).into_iter().map(|layer| layer.name).collect();
    assert_eq!(names, ["relu", "relu_2"]);
}
