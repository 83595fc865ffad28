//! Building models, and what is refused.

use bitladder_onnx_proto::builder::{Dim, ModelBuilder, node};
use bitladder_onnx_proto::data_type;

fn small() -> ModelBuilder {
    ModelBuilder::new("small")
        .input("x", data_type::FLOAT, &[Dim::Param("batch"), Dim::Value(2)])
        .initializer_f32("w", &[2], &[1.0, 2.0])
        .node(node("Mul", &["x", "w"], &["y"]))
}

#[test]
fn defaults_are_opset_13_and_ir_version_8() {
    let model = small().metadata("seed", "1").build().unwrap();
    assert_eq!((model.ir_version, model.opset_version()), (8, Some(13)));
    assert_eq!(model.metadata("seed"), Some("1"));
    assert_eq!(small().opset(17).build().unwrap().opset_version(), Some(17));
}

#[test]
fn a_name_defined_twice_is_an_error() {
    let error = small().initializer_i64("x", &[1], &[0]).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "model `small` defines the value `x` twice: give each its own name"
    );
}

#[test]
fn an_undefined_name_is_an_error() {
    let unknown = |builder: ModelBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(
        unknown(small().node(node("Relu", &["z"], &["r"]))),
        "`Relu` reads `z`, which nothing before it defines: add it or reorder"
    );
    assert_eq!(
        unknown(small().output("r", data_type::FLOAT, &[])),
        "`r` reads `r`, which nothing before it defines: add it or reorder"
    );
}

#[test]
fn a_constant_that_does_not_fill_its_shape_is_an_error() {
    let error = small().initializer_f32("b", &[3], &[0.0]).build().unwrap_err();
    assert!(error.to_string().starts_with("tensor `b` of shape [3] needs 3 values but has 1"));
}
