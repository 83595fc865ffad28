//! Small models for the tests.

#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod quantised;

use bitladder_network::{FloatLayer, FloatOp};
use bitladder_onnx::{Imported, import_bytes};
use bitladder_onnx_proto::builder::{Dim, ModelBuilder, node};
use bitladder_onnx_proto::{
    AttributeProto, Message, ModelProto, NodeProto, TensorProto, data_type,
};

/// The file name all tests pass, to find it in messages.
pub(crate) const FILE: &str = "net.onnx";

/// Dimensions with an open batch.
pub(crate) fn dims(shape: &[i64]) -> Vec<Dim<'static>> {
    std::iter::once(Dim::Param("batch")).chain(shape.iter().map(|d| Dim::Value(*d))).collect()
}

/// A model from an input `x` of a shape to an output `y`; `add` puts the nodes in between.
pub(crate) fn model(shape: &[i64], add: impl FnOnce(ModelBuilder) -> ModelBuilder) -> ModelProto {
    typed_model(data_type::FLOAT, shape, add)
}

/// The same with another element type.
pub(crate) fn typed_model(
    elem_type: i32,
    shape: &[i64],
    add: impl FnOnce(ModelBuilder) -> ModelBuilder,
) -> ModelProto {
    let builder = ModelBuilder::new("net").input("x", elem_type, &dims(shape));
    add(builder).output("y", elem_type, &[]).build().unwrap()
}

/// A single node that reads `x` and then the given constants, and makes `y`.
pub(crate) fn single(shape: &[i64], op: NodeProto, constants: &[TensorProto]) -> ModelProto {
    model(shape, |builder| {
        let with = constants.iter().cloned().fold(builder, ModelBuilder::initializer);
        with.node(op)
    })
}

/// A node with its attributes.
pub(crate) fn op(name: &str, inputs: &[&str], attributes: &[AttributeProto]) -> NodeProto {
    attributes.iter().cloned().fold(node(name, inputs, &["y"]), NodeProto::with)
}

pub(crate) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto::int_list(name, values)
}

pub(crate) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto::int(name, value)
}

/// A float constant counting 1, 2, 3 and so on.
pub(crate) fn counting(name: &str, shape: &[i64]) -> TensorProto {
    let count = shape.iter().product::<i64>() as usize;
    let values: Vec<f32> = (1..=count).map(|value| value as f32).collect();
    TensorProto::from_f32(name, shape, &values)
}

/// A constant of a narrow integer type.
pub(crate) fn narrow(name: &str, ty: i32, shape: &[i64], values: &[i32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        data_type: ty,
        dims: shape.to_vec(),
        int32_data: values.to_vec(),
        ..TensorProto::default()
    }
}

/// A float scalar.
pub(crate) fn scalar(name: &str, value: f32) -> TensorProto {
    TensorProto::from_f32(name, &[], &[value])
}

pub(crate) fn import(model: &ModelProto) -> Imported {
    import_bytes(FILE, &model.encode_to_vec()).unwrap()
}

/// The message with which a model is refused.
pub(crate) fn refusal(model: &ModelProto) -> String {
    import_bytes(FILE, &model.encode_to_vec()).unwrap_err().to_string()
}

/// The layers of an imported model.
pub(crate) fn layers(model: &ModelProto) -> Vec<FloatLayer> {
    import(model).network.layers().to_vec()
}

/// The only layer's operation and shape.
pub(crate) fn only(model: &ModelProto) -> (FloatOp, Vec<usize>) {
    let layers = layers(model);
    assert_eq!(layers.len(), 1, "{layers:?}");
    (layers[0].op.clone(), layers[0].shape.clone())
}

/// Asserts that a message holds all of the parts.
pub(crate) fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}
