//! Convolutions and pools: geometry, padding, groups.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use bitladder_network::{FloatOp, Window};
use bitladder_onnx_proto::builder::node;
use bitladder_onnx_proto::{AttributeProto, ModelProto, TensorProto};
use common::{counting, int, ints, model, only, op, refusal, scalar, single};

fn window_of(model: &ModelProto) -> (Window, Vec<usize>) {
    let (op, shape) = only(model);
    match op {
        FloatOp::Conv { window, .. }
        | FloatOp::MaxPool { window }
        | FloatOp::AveragePool { window, .. } => (window, shape),
        other => panic!("{other:?} has no window"),
    }
}

#[test]
fn convolution_with_everything() {
    let attributes = [
        ints("pads", &[1, 2, 3, 0]),
        ints("strides", &[2, 1]),
        ints("dilations", &[1, 2]),
        ints("kernel_shape", &[3, 2]),
        int("group", 2),
    ];
    let conv = op("Conv", &["x", "w", "b"], &attributes);
    let constants = [counting("w", &[4, 1, 3, 2]), counting("b", &[4])];
    let (op, shape) = only(&single(&[2, 6, 6], conv, &constants));
    let FloatOp::Conv { window, groups, outputs, weights, bias } = op else { panic!("{op:?}") };
    assert_eq!(window.padding, [1, 2, 3, 0]);
    assert_eq!((window.stride, window.dilation, window.kernel), ([2, 1], [1, 2], [3, 2]));
    assert_eq!((groups, outputs, weights.len()), (2, 4, 24));
    assert_eq!((weights[23], bias), (24.0, vec![1.0, 2.0, 3.0, 4.0]));
    assert_eq!(shape, [4, 4, 6]);
}

/// Paddings as ONNX Runtime computes them for an image of 5 by 6.
#[test]
fn automatic_padding() {
    for (kind, stride, kernel, padding, out) in [
        ("NOTSET", 1, 2, [0; 4], [4, 5]),
        ("VALID", 2, 3, [0; 4], [2, 2]),
        ("SAME_UPPER", 1, 2, [0, 0, 1, 1], [5, 6]),
        ("SAME_LOWER", 1, 2, [1, 1, 0, 0], [5, 6]),
        ("SAME_UPPER", 2, 3, [1, 0, 1, 1], [3, 3]),
        ("SAME_LOWER", 2, 3, [1, 1, 1, 0], [3, 3]),
        ("SAME_UPPER", 3, 2, [0, 0, 0, 0], [2, 2]),
    ] {
        let attributes = [AttributeProto::string("auto_pad", kind), ints("strides", &[stride; 2])];
        let conv = op("Conv", &["x", "w"], &attributes);
        let constants = [counting("w", &[1, 1, kernel, kernel])];
        let (window, shape) = window_of(&single(&[1, 5, 6], conv, &constants));
        assert_eq!(window.padding, padding, "{kind} {stride} {kernel}");
        assert_eq!(shape[1..], out, "{kind} {stride} {kernel}");
    }
}

#[test]
fn pools() {
    let attributes = [ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), int("ceil_mode", 1)];
    let (window, shape) = window_of(&single(&[2, 6, 6], op("MaxPool", &["x"], &attributes), &[]));
    assert!(window.ceil);
    assert_eq!(shape, [2, 3, 3]);
    let attributes =
        [ints("kernel_shape", &[2, 2]), ints("pads", &[1; 4]), int("count_include_pad", 1)];
    let (op_, shape) = only(&single(&[2, 6, 6], op("AveragePool", &["x"], &attributes), &[]));
    assert!(matches!(op_, FloatOp::AveragePool { count_padding: true, .. }), "{op_:?}");
    assert_eq!(shape, [2, 7, 7]);
    for name in ["GlobalAveragePool", "GlobalMaxPool"] {
        let (window, shape) = window_of(&single(&[2, 6, 5], op(name, &["x"], &[]), &[]));
        assert_eq!((window.kernel, shape), ([6, 5], vec![2, 1, 1]));
    }
}

#[test]
fn means_over_the_image_are_pools() {
    let mean = op("ReduceMean", &["x"], &[ints("axes", &[-1, 2])]);
    assert_eq!(window_of(&single(&[2, 6, 5], mean, &[])).1, [2, 1, 1]);
    let rows = op("ReduceMean", &["x"], &[ints("axes", &[2])]);
    let (window, shape) = window_of(&single(&[2, 6, 5], rows, &[]));
    assert_eq!((window.kernel, shape), ([6, 1], vec![2, 1, 5]));
    let flat = op("ReduceMean", &["x", "axes"], &[int("keepdims", 0)]);
    let axes = TensorProto::from_i64("axes", &[2], &[2, 3]);
    let model = single(&[2, 6, 5], flat, &[axes]);
    assert_eq!(common::layers(&model).last().unwrap().shape, [2]);
    let channels = op("ReduceMean", &["x"], &[ints("axes", &[1])]);
    let message = refusal(&single(&[2, 6, 5], channels, &[]));
    common::assert_says(&message, &["attribute `axes` is [1]", "axes 2 and 3"]);
}

fn padded(value: f32, next: &str, before: &str) -> ModelProto {
    let pads = TensorProto::from_i64("pads", &[8], &[0, 0, 1, 0, 0, 0, 2, 1]);
    model(&[1, 4, 4], |builder| {
        builder
            .initializer(pads)
            .initializer(scalar("value", value))
            .initializer(counting("w", &[1, 1, 3, 3]))
            .node(node(before, &["x"], &["a"]))
            .node(node("Pad", &["a", "pads", "value"], &["p"]))
            .node(match next {
                "Conv" => op("Conv", &["p", "w"], &[]),
                "Relu" => op("Relu", &["p"], &[]),
                pool => op(pool, &["p"], &[ints("kernel_shape", &[3, 3])]),
            })
    })
}

#[test]
fn a_pad_is_taken_up() {
    let last = |model: &ModelProto| common::layers(model).last().unwrap().clone();
    for next in ["Conv", "MaxPool", "AveragePool"] {
        let layer = last(&padded(0.0, next, "Relu"));
        let (FloatOp::Conv { window, .. }
        | FloatOp::MaxPool { window }
        | FloatOp::AveragePool { window, .. }) = layer.op
        else {
            panic!("{layer:?}")
        };
        assert_eq!(window.padding, [1, 0, 2, 1], "{next}");
        assert_eq!(layer.shape, [1, 5, 3], "{next}");
        if let FloatOp::AveragePool { count_padding, .. } = layer.op {
            assert!(count_padding, "zeros of a Pad count");
        }
    }
    assert_eq!(last(&padded(f32::NEG_INFINITY, "MaxPool", "Identity")).shape, [1, 5, 3]);
}

#[test]
fn a_pad_that_nothing_can_take_up_is_refused() {
    for (model, wanted) in [
        (padded(0.0, "Relu", "Identity"), "was padded by a Pad node"),
        (padded(0.0, "MaxPool", "Identity"), "a Pad with zeros before MaxPool"),
        (padded(1.0, "Conv", "Identity"), "padding with anything but zero"),
        (padded(f32::NEG_INFINITY, "Conv", "Identity"), "was padded by a Pad node"),
        (padded(f32::NEG_INFINITY, "AveragePool", "Identity"), "was padded by a Pad node"),
    ] {
        common::assert_says(&refusal(&model), &["`net.onnx`, node `", wanted]);
    }
    let edge = op("Pad", &["x"], &[AttributeProto::string("mode", "edge"), ints("pads", &[0; 8])]);
    let message = refusal(&single(&[1, 4, 4], edge, &[]));
    common::assert_says(&message, &["attribute `mode` is edge"]);
    let channels = op("Pad", &["x"], &[ints("pads", &[0, 1, 0, 0, 0, 0, 0, 0])]);
    let message = refusal(&single(&[1, 4, 4], channels, &[]));
    common::assert_says(&message, &["attribute `pads` is [0, 1, 0, 0, 0, 0, 0, 0]"]);
}

#[test]
fn odd_windows_are_refused_by_name() {
    let conv = |attributes: &[AttributeProto], shape: &[i64], weights: &[i64]| {
        refusal(&single(shape, op("Conv", &["x", "w"], attributes), &[counting("w", weights)]))
    };
    let image = [2, 6, 6];
    for (message, wanted) in [
        (conv(&[], &[2, 6], &[1, 2, 3]), "one and three dimensional windows are not supported"),
        (conv(&[], &image, &[1, 2, 3]), "weights [outputs, inputs / groups, height, width]"),
        (conv(&[], &image, &[1, 3, 3, 3]), "1 group(s) over 2 channels do not fit"),
        (conv(&[int("group", 0)], &image, &[1, 2, 3, 3]), "0 group(s) over 2 channels"),
        (conv(&[ints("pads", &[0, 0, -1, 0])], &image, &[1, 2, 3, 3]), "4 numbers from 0"),
        (conv(&[ints("strides", &[0, 1])], &image, &[1, 2, 3, 3]), "2 numbers from 1"),
        (
            conv(&[ints("kernel_shape", &[2, 3])], &image, &[1, 2, 3, 3]),
            "weights are shaped [3, 3]",
        ),
        (conv(&[AttributeProto::string("auto_pad", "BEST")], &image, &[1, 2, 3, 3]), "is BEST"),
        (conv(&[], &image, &[1, 2, 9, 9]), "a window of height 9 does not fit"),
    ] {
        common::assert_says(&message, &["`net.onnx`, node `y` (Conv): ", wanted]);
    }
    let pool = refusal(&single(&image, op("MaxPool", &["x"], &[]), &[]));
    common::assert_says(&pool, &["attribute `kernel_shape` is missing"]);
    let wide = [ints("kernel_shape", &[2, 2]), ints("pads", &[2; 4])];
    let pool = refusal(&single(&image, op("MaxPool", &["x"], &wide), &[]));
    common::assert_says(&pool, &["padding must be smaller than the pooling window"]);
}
