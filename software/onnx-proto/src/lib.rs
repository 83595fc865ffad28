//! The ONNX file format as plain Rust structs.
//!
//! The messages are written by hand with `prost` derives, so no `protoc` and no build script is
//! needed. Field numbers, wire types and packing are those of `onnx.proto`; a model written by the
//! ONNX Python package decodes and encodes back to the same bytes, as long as it holds only the
//! messages below. Fields this crate does not know (training information, device placement, types
//! other than tensors) are skipped when decoding and lost when encoding again.
//!
//! Nesting is bounded by the recursion limit of `prost` (100 messages deep), so a hostile file
//! cannot overflow the stack.
//!
//! ```
//! use bitladder_onnx_proto::builder::{Dim, ModelBuilder, node};
//! use bitladder_onnx_proto::{Message, ModelProto, data_type};
//!
//! let model = ModelBuilder::new("clip")
//!     .input("x", data_type::FLOAT, &[Dim::Param("batch"), Dim::Value(4)])
//!     .node(node("Relu", &["x"], &["y"]))
//!     .output("y", data_type::FLOAT, &[Dim::Param("batch"), Dim::Value(4)])
//!     .build()?;
//! let bytes = model.encode_to_vec();
//! assert_eq!(ModelProto::decode(bytes.as_slice())?, model);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attribute;
pub mod attribute_type;
pub mod builder;
pub mod data_type;
mod graph;
mod model;
mod tensor;
mod tensor_values;
mod types;

pub use attribute::{AttributeError, AttributeProto};
pub use graph::{GraphProto, NodeProto, TensorAnnotation};
pub use model::{FunctionProto, ModelProto, OperatorSetIdProto, StringStringEntryProto};
pub use prost::{DecodeError, Message};
pub use tensor::{Segment, SparseTensorProto, TensorProto, data_location};
pub use tensor_values::TensorError;
pub use types::{TensorShapeProto, TypeProto, ValueInfoProto, tensor_shape_proto, type_proto};
