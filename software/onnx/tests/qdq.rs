//! QuantizeLinear and DequantizeLinear: formats of values, integers of weights, where they end up.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bitladder_network::{DeclaredWeights, FloatOp};
use bitladder_onnx_proto::builder::{ModelBuilder, node};
use bitladder_onnx_proto::{ModelProto, TensorProto, data_type};
use bitladder_spec::Scale;
use common::quantised::{
    Named, dequantize, format, op_names, parameters, quantize, x_format, y_format,
};
use common::{assert_says, import, int, model, narrow, op, refusal, scalar, typed_model};

/// Two by two weights less a zero point of 128, one scale per output, and a bias that counts in
/// steps of input times weights.
fn with_dense_weights(builder: ModelBuilder) -> ModelBuilder {
    builder
        .initializer(narrow("w", data_type::UINT8, &[2, 2], &[129, 126, 0, 255]))
        .initializer(TensorProto::from_f32("ws", &[2], &[0.5, 0.3]))
        .initializer(narrow("wz", data_type::UINT8, &[2], &[128, 128]))
        .initializer(narrow("b", data_type::INT32, &[2], &[8, -40]))
        .initializer(TensorProto::from_f32("bs", &[2], &[0.125, 0.3 * 0.25]))
        .initializer(narrow("bz", data_type::INT32, &[2], &[0, 0]))
        .node(dequantize("w", "wr", "w").with(int("axis", 0)))
        .node(dequantize("b", "br", "b").with(int("axis", 0)))
}

fn dense_weights(bias: Option<Vec<i64>>) -> DeclaredWeights {
    let scales = vec![0.5, f64::from(0.3f32)];
    DeclaredWeights { integers: vec![1, -2, -128, 127], bits: 8, scales, bias }
}

fn qdq() -> ModelProto {
    model(&[2], |builder| {
        with_dense_weights(parameters(builder))
            .node(quantize("x", "xq", "x"))
            .node(dequantize("xq", "xr", "x"))
            .node(node("Gemm", &["xr", "wr", "br"], &["g"]).with(int("transB", 1)))
            .node(node("Relu", &["g"], &["r"]))
            .node(quantize("r", "rq", "y"))
            .node(dequantize("rq", "y", "y"))
    })
}

#[test]
fn a_pair_declares_the_format_of_its_value() {
    let imported = import(&qdq());
    assert_eq!(op_names(&imported), ["dense", "clamp"]);
    let values: Vec<_> = imported.declared.values.clone().into_iter().collect();
    assert_eq!(values, [(0, x_format()), (2, y_format())], "nothing is known about the sum");
    assert_eq!(imported.declared.weights[&0], dense_weights(Some(vec![8, -40])));
    let FloatOp::Dense { weights, bias, .. } = &imported.network.layers()[0].op else { panic!() };
    assert_eq!(weights, &[0.5, -1.0, -128.0 * 0.3, 127.0 * 0.3]);
    assert_eq!(bias, &[1.0, -40.0 * (0.3 * 0.25)]);
    assert_eq!((imported.integer_inputs, imported.integer_output), (vec![false], false));
}

#[test]
fn weights_are_turned_with_their_scales() {
    let model = model(&[2], |builder| {
        with_dense_weights(parameters(builder))
            .node(quantize("x", "xq", "x"))
            .node(dequantize("xq", "xr", "x"))
            .node(node("Transpose", &["wr"], &["wt"]))
            .node(node("MatMul", &["xr", "wt"], &["m"]))
            .node(node("Add", &["m", "br"], &["y"]))
    });
    let imported = import(&model);
    assert_eq!(op_names(&imported), ["dense"]);
    assert_eq!(imported.declared.weights[&0], dense_weights(None), "the bias is real here");
}

#[test]
fn the_width_makes_room_for_the_zero_point() {
    for (ty, zero, bits) in [
        (data_type::INT8, 0, 8),
        (data_type::UINT8, 128, 8),
        (data_type::UINT8, 0, 9),
        (data_type::INT8, 5, 9),
        (data_type::INT4, 0, 4),
        (data_type::UINT4, 8, 4),
        (data_type::INT2, 0, 2),
        (data_type::INT16, 0, 16),
    ] {
        let model = model(&[1], |builder| {
            builder
                .initializer(narrow("w", ty, &[1, 1], &[1]))
                .initializer(scalar("ws", 0.5))
                .initializer(narrow("wz", ty, &[], &[zero]))
                .node(dequantize("w", "wr", "w"))
                .node(node("MatMul", &["x", "wr"], &["y"]))
        });
        let declared = import(&model).declared;
        let weights = &declared.weights[&0];
        assert_eq!((weights.bits, &weights.integers[..]), (bits, &[1 - zero][..]), "{ty} {zero}");
    }
}

#[test]
fn weights_left_real_are_rounded_as_the_file_says() {
    let model = model(&[2], |builder| {
        builder
            .initializer(TensorProto::from_f32("w", &[2, 1], &[0.75, -100.0]))
            .initializer(scalar("ws", 0.5))
            .initializer(narrow("wz", data_type::INT8, &[], &[0]))
            .node(quantize("w", "wq", "w"))
            .node(dequantize("wq", "wr", "w"))
            .node(node("MatMul", &["x", "wr"], &["y"]))
    });
    let weights = &import(&model).declared.weights[&0];
    assert_eq!(weights.integers, [2, -128], "half to even, and saturated");
}

#[test]
fn a_second_format_gets_its_own_value() {
    let model = model(&[2], |builder| {
        parameters(builder)
            .node(quantize("x", "a", "x"))
            .node(dequantize("a", "b", "x"))
            .node(quantize("b", "c", "y"))
            .node(dequantize("c", "y", "y"))
    });
    let imported = import(&model);
    let nothing = FloatOp::Clamp { lo: f32::NEG_INFINITY, hi: f32::INFINITY };
    assert_eq!(imported.network.layers()[0].op, nothing);
    let values: Vec<_> = imported.declared.values.into_iter().collect();
    assert_eq!(values, [(0, x_format()), (1, y_format())]);
}

#[test]
fn a_format_does_not_touch_those_who_read_the_real_value() {
    let model = model(&[2], |builder| {
        parameters(builder)
            .node(node("Relu", &["x"], &["r"]))
            .node(quantize("r", "q", "x"))
            .node(dequantize("q", "d", "x"))
            .node(node("Add", &["r", "d"], &["y"]))
    });
    let imported = import(&model);
    assert_eq!(op_names(&imported), ["clamp", "clamp", "add"]);
    assert_eq!(imported.declared.values.keys().copied().collect::<Vec<_>>(), [2]);
    assert_eq!(imported.network.layers()[2].inputs, [1, 2]);
}

#[test]
fn one_value_quantised_twice_alike_stays_one_value() {
    let model = model(&[2], |builder| {
        parameters(builder)
            .node(node("Relu", &["x"], &["r"]))
            .node(quantize("r", "a", "x"))
            .node(quantize("r", "b", "x"))
            .node(dequantize("a", "c", "x"))
            .node(dequantize("b", "d", "x"))
            .node(node("Add", &["c", "d"], &["y"]))
    });
    let imported = import(&model);
    assert_eq!(op_names(&imported), ["clamp", "add"]);
    assert_eq!(imported.declared.values[&1], x_format());
}

#[test]
fn integers_keep_their_format_through_pools_and_reshapes() {
    let model = model(&[1, 2, 2], |builder| {
        parameters(builder)
            .node(quantize("x", "q", "x"))
            .node(op("MaxPool", &["q"], &[common::ints("kernel_shape", &[2, 2])]).named("p"))
            .node(node("Flatten", &["p"], &["f"]))
            .node(node("Relu", &["f"], &["r"]))
            .node(dequantize("r", "y", "x"))
    });
    let imported = import(&model);
    assert_eq!(op_names(&imported), ["max-pool", "reshape", "clamp"]);
    assert!((0..4).all(|value| imported.declared.values[&value] == x_format()));
    let relu = FloatOp::Clamp { lo: -2.5, hi: f32::INFINITY };
    assert_eq!(imported.network.layers()[2].op, relu, "integer 0 stands for -10 quarters");
}

#[test]
fn integer_inputs_take_the_format_of_their_first_reader() {
    let model = typed_model(data_type::UINT8, &[1, 2, 2], |builder| {
        parameters(builder)
            .node(op("MaxPool", &["x"], &[common::ints("kernel_shape", &[2, 2])]).named("p"))
            .node(dequantize("p", "d", "x"))
            .node(node("Relu", &["d"], &["y"]))
    });
    let imported = import(&model);
    assert_eq!((imported.integer_inputs, imported.integer_output), (vec![true], false));
    let values: Vec<_> = imported.declared.values.into_iter().collect();
    assert_eq!(values, [(0, x_format()), (1, x_format())]);
}

#[test]
fn images_cast_to_real_numbers_count_in_ones() {
    let model = typed_model(data_type::UINT8, &[2], |builder| {
        builder
            .initializer(scalar("most", 255.0))
            .node(node("Cast", &["x"], &["c"]).with(int("to", data_type::FLOAT.into())))
            .node(node("Div", &["c", "most"], &["y"]))
    });
    let imported = import(&model);
    assert_eq!(op_names(&imported), ["batch-norm"]);
    assert_eq!(imported.declared.values[&0], format(8, false, Scale::Radix(0), 0));
}

#[test]
fn contradictions_are_refused() {
    let reread = model(&[2], |builder| {
        parameters(builder).node(quantize("x", "q", "x")).node(dequantize("q", "y", "y"))
    });
    assert_says(
        &refusal(&reread),
        &["quantised as u8 x 2^-2 zero 10, but this node reads it as u8 x 2^-1 zero 3"],
    );
    let unquantised = model(&[2], |builder| parameters(builder).node(dequantize("x", "y", "x")));
    assert_says(&refusal(&unquantised), &["holds real numbers, but this operator reads integers"]);
    let integers = typed_model(data_type::INT8, &[2], |builder| {
        builder.node(node("Add", &["x", "x"], &["y"]))
    });
    assert_says(&refusal(&integers), &["holds integers, but this operator needs real numbers"]);
    let other = typed_model(data_type::INT8, &[2], |builder| {
        parameters(builder).node(dequantize("x", "y", "x"))
    });
    assert_says(&refusal(&other), &["quantised as i8, but this node reads it as u8"]);
    let blocks = model(&[2], |builder| {
        parameters(builder).node(quantize("x", "y", "x").with(int("block_size", 4)))
    });
    assert_says(&refusal(&blocks), &["attribute `block_size` is 4"]);
    let inputs = model(&[2], |builder| {
        builder
            .initializer(narrow("w", data_type::INT8, &[2, 2], &[1, 2, 3, 4]))
            .initializer(TensorProto::from_f32("ws", &[2], &[0.5, 0.25]))
            .node(node("DequantizeLinear", &["w", "ws"], &["wr"]).with(int("axis", 0)))
            .node(node("MatMul", &["x", "wr"], &["y"]))
    });
    assert_says(&refusal(&inputs), &["a weight scale for each input channel is not supported"]);
}
