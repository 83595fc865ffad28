//! Every way in which the numbers of a model are refused, by the message.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;

use bitladder_onnx::import;
use bitladder_onnx_proto::builder::node;
use bitladder_onnx_proto::{GraphProto, Message, StringStringEntryProto, TensorProto, data_type};
use common::{assert_says, counting, int, model, narrow, op, refusal, scalar, single};

/// A valid model, changed.
fn changed(change: impl FnOnce(&mut GraphProto)) -> String {
    let mut model = single(&[2], op("Gemm", &["x", "w"], &[]), &[counting("w", &[2, 3])]);
    change(model.graph.as_mut().unwrap());
    refusal(&model)
}

#[test]
fn numbers_that_are_not_finite() {
    for (value, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        let mut values = [1.0; 6];
        values[4] = value;
        let message = changed(|graph| {
            graph.initializer[0] = TensorProto::from_f32("w", &[2, 3], &values);
        });
        let wanted = format!("node `y` (Gemm): tensor `w` holds {name} at position 4");
        assert_says(&message, &[&wanted]);
    }
    let clip = op("Clip", &["x", "lo"], &[]);
    let message = refusal(&single(&[2], clip, &[scalar("lo", f32::NAN)]));
    assert_says(&message, &["a clamp from NaN to inf is empty"]);
}

#[test]
fn tensors_that_lie_about_their_size() {
    let short = changed(|graph| graph.initializer[0].dims = vec![2, 4]);
    assert_says(&short, &["tensor `w` of shape [2, 4] needs 32 bytes, but the file holds 24"]);
    let huge = changed(|graph| graph.initializer[0].dims = vec![1 << 30, 1 << 20]);
    assert_says(
        &huge,
        &["node `y` (Gemm): tensor `w` of shape [1073741824, 1048576]", "but the file holds 24"],
    );
    let outside = changed(|graph| {
        graph.initializer[0].data_location = Some(1);
        graph.initializer[0].raw_data = None;
    });
    assert_says(&outside, &["import the model by its path, not from bytes"]);
}

/// A small file must not make a large network.
#[test]
fn constants_that_grow_are_stopped() {
    let doubling = model(&[2], |builder| {
        let start = builder.initializer_i64("c0", &[2], &[1, 1]);
        let grown = (0..40).fold(start, |builder, step| {
            let (from, to) = (format!("c{step}"), format!("c{}", step + 1));
            builder.node(node("Concat", &[&from, &from], &[&to]).with(int("axis", 0)))
        });
        grown.node(node("Reshape", &["x", "c40"], &["y"]))
    });
    assert_says(&refusal(&doubling), &["would take more than 11", "out of proportion to its size"]);
    let filled = model(&[2], |builder| {
        builder
            .initializer_i64("dims", &[2], &[1 << 20, 1 << 20])
            .node(node("ConstantOfShape", &["dims"], &["c"]))
            .node(node("Add", &["x", "c"], &["y"]))
    });
    assert_says(
        &refusal(&filled),
        &["node `c` (ConstantOfShape): the constants of the model would take more"],
    );
}

#[test]
fn formats_that_are_none() {
    let quantize = |scale: f32, zero: TensorProto| {
        let node = op("QuantizeLinear", &["x", "s", "z"], &[]);
        refusal(&single(&[2], node, &[scalar("s", scale), zero]))
    };
    let zero = |value| narrow("z", data_type::INT8, &[], &[value]);
    assert_says(&quantize(0.0, zero(0)), &["scale 0 is not usable"]);
    assert_says(&quantize(-1.0, zero(0)), &["scale -1 is not usable"]);
    assert_says(&quantize(1.0, scalar("z", 0.0)), &["a zero point has the integer type"]);
    let several = narrow("z", data_type::INT8, &[2], &[0, 0]);
    assert_says(&quantize(1.0, several), &["a single zero point for the whole tensor"]);
}

/// A model file beside which its data file should be.
#[test]
fn data_files_that_are_missing_or_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.onnx");
    let mut model = single(&[2], op("Gemm", &["x", "w"], &[]), &[counting("w", &[2, 3])]);
    let weights = &mut model.graph.as_mut().unwrap().initializer[0];
    weights.raw_data = None;
    weights.data_location = Some(1);
    let location =
        |value: &str| StringStringEntryProto { key: "location".into(), value: value.into() };
    weights.external_data = vec![location("w.bin")];
    fs::write(&path, model.encode_to_vec()).unwrap();
    let node = format!("`{}`, node `y` (Gemm): tensor `w`", path.display());
    let missing = import(&path).unwrap_err().to_string();
    assert_says(&missing, &[&node, "cannot read its data file", "w.bin`: No such file"]);
    fs::write(folder.path().join("w.bin"), [0; 23]).unwrap();
    let short = import(&path).unwrap_err().to_string();
    assert_says(&short, &[&node, "of shape [2, 3] needs 24 bytes, but the file holds 23"]);
    fs::write(folder.path().join("w.bin"), [0; 24]).unwrap();
    assert_eq!(import(&path).unwrap().network.layers().len(), 1);
}

/// The first half of a valid file.
#[test]
fn a_file_cut_short_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.onnx");
    let bytes = single(&[2], op("Gemm", &["x", "w"], &[]), &[counting("w", &[2, 3])]);
    let bytes = bytes.encode_to_vec();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let message = import(&path).unwrap_err().to_string();
    assert_says(&message, &["cut.onnx` is no ONNX model, or its end is missing"]);
}
