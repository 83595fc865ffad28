//! Scales, zero points and nodes that the tests of quantised models share.

#![allow(dead_code, reason = "each test file uses some of it")]

use bitladder_onnx::Imported;
use bitladder_onnx_proto::NodeProto;
use bitladder_onnx_proto::builder::{ModelBuilder, node};
use bitladder_onnx_proto::data_type;
use bitladder_spec::{IntType, Scale, TensorFormat};

use super::{narrow, scalar};

pub(crate) fn format(bits: u8, signed: bool, scale: Scale, zero_point: i32) -> TensorFormat {
    TensorFormat { ty: IntType::new(bits, signed).unwrap(), scale, zero_point }
}

/// Scales and zero points most of the models use: `x` in quarters around 10, `y` in halves.
pub(crate) fn parameters(builder: ModelBuilder) -> ModelBuilder {
    builder
        .initializer(scalar("xs", 0.25))
        .initializer(narrow("xz", data_type::UINT8, &[], &[10]))
        .initializer(scalar("ys", 0.5))
        .initializer(narrow("yz", data_type::UINT8, &[], &[3]))
}

pub(crate) fn x_format() -> TensorFormat {
    format(8, false, Scale::Radix(2), 10)
}

pub(crate) fn y_format() -> TensorFormat {
    format(8, false, Scale::Radix(1), 3)
}

pub(crate) fn quantize(from: &str, to: &str, letter: &str) -> NodeProto {
    node("QuantizeLinear", &[from, &format!("{letter}s"), &format!("{letter}z")], &[to])
}

pub(crate) fn dequantize(from: &str, to: &str, letter: &str) -> NodeProto {
    node("DequantizeLinear", &[from, &format!("{letter}s"), &format!("{letter}z")], &[to])
}

pub(crate) fn op_names(imported: &Imported) -> Vec<&'static str> {
    imported.network.layers().iter().map(|layer| layer.op.name()).collect()
}

/// Gives a node another output than `y`.
pub(crate) trait Named {
    fn named(self, output: &str) -> Self;
}

impl Named for NodeProto {
    fn named(self, output: &str) -> Self {
        Self { output: vec![output.into()], name: output.into(), ..self }
    }
}
