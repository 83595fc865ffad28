//! Settings of a node, with typed access.

use crate::attribute_type;
use crate::graph::GraphProto;
use crate::tensor::{SparseTensorProto, TensorProto};
use crate::types::TypeProto;

/// Why the value of an attribute could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributeError {
    /// The attribute is of another kind.
    #[error("attribute `{attribute}` is of type {found}, expected {expected}: the node is invalid")]
    WrongType {
        /// Name of the attribute.
        attribute: String,
        /// Its type in the file.
        found: &'static str,
        /// The type asked for.
        expected: &'static str,
    },
    /// A text is not UTF-8.
    #[error("attribute `{attribute}` is not valid UTF-8 text: the file is damaged")]
    NotText {
        /// Name of the attribute.
        attribute: String,
    },
    /// The attribute says it holds a message but does not.
    #[error("attribute `{attribute}` of type {expected} has no value: the file is damaged")]
    NoValue {
        /// Name of the attribute.
        attribute: String,
        /// The type the attribute declares.
        expected: &'static str,
    },
}

/// A named setting of a node. `type` tells which one of the value fields counts.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AttributeProto {
    /// Name of the attribute.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A float.
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// An integer.
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// A text, normally UTF-8.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    /// A tensor.
    #[prost(message, optional, tag = "5")]
    pub t: Option<TensorProto>,
    /// A graph, such as the branch of an `If`.
    #[prost(message, optional, tag = "6")]
    pub g: Option<GraphProto>,
    /// Floats. ONNX does not pack them, nor the integers.
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub floats: Vec<f32>,
    /// Integers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// Texts.
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub strings: Vec<Vec<u8>>,
    /// Tensors.
    #[prost(message, repeated, tag = "10")]
    pub tensors: Vec<TensorProto>,
    /// Graphs.
    #[prost(message, repeated, tag = "11")]
    pub graphs: Vec<GraphProto>,
    /// Documentation for people.
    #[prost(string, tag = "13")]
    pub doc_string: String,
    /// A type.
    #[prost(message, optional, tag = "14")]
    pub tp: Option<TypeProto>,
    /// Types.
    #[prost(message, repeated, tag = "15")]
    pub type_protos: Vec<TypeProto>,
    /// One of the numbers in [`attribute_type`].
    #[prost(int32, tag = "20")]
    pub r#type: i32,
    /// Inside a function: the attribute of the function that gives the value.
    #[prost(string, tag = "21")]
    pub ref_attr_name: String,
    /// A sparse tensor.
    #[prost(message, optional, tag = "22")]
    pub sparse_tensor: Option<SparseTensorProto>,
    /// Sparse tensors.
    #[prost(message, repeated, tag = "23")]
    pub sparse_tensors: Vec<SparseTensorProto>,
}

impl AttributeProto {
    fn new(name: &str, code: i32) -> Self {
        Self { name: name.to_owned(), r#type: code, ..Self::default() }
    }

    /// An attribute of type INT.
    pub fn int(name: &str, value: i64) -> Self {
        Self { i: Some(value), ..Self::new(name, attribute_type::INT) }
    }

    /// An attribute of type FLOAT.
    pub fn float(name: &str, value: f32) -> Self {
        Self { f: Some(value), ..Self::new(name, attribute_type::FLOAT) }
    }

    /// An attribute of type STRING.
    pub fn string(name: &str, value: &str) -> Self {
        Self { s: Some(value.into()), ..Self::new(name, attribute_type::STRING) }
    }

    /// An attribute of type INTS.
    pub fn int_list(name: &str, values: &[i64]) -> Self {
        Self { ints: values.to_vec(), ..Self::new(name, attribute_type::INTS) }
    }

    /// An attribute of type FLOATS.
    pub fn float_list(name: &str, values: &[f32]) -> Self {
        Self { floats: values.to_vec(), ..Self::new(name, attribute_type::FLOATS) }
    }

    /// An attribute of type TENSOR.
    pub fn tensor(name: &str, value: TensorProto) -> Self {
        Self { t: Some(value), ..Self::new(name, attribute_type::TENSOR) }
    }

    /// The value of an INT; 0 when the writer left out the default.
    pub fn as_int(&self) -> Result<i64, AttributeError> {
        self.expect_type(attribute_type::INT, self.i.is_some())?;
        Ok(self.i.unwrap_or_default())
    }

    /// The value of a FLOAT; 0 when the writer left out the default.
    pub fn as_float(&self) -> Result<f32, AttributeError> {
        self.expect_type(attribute_type::FLOAT, self.f.is_some())?;
        Ok(self.f.unwrap_or_default())
    }

    /// The value of a STRING; empty when the writer left out the default.
    pub fn as_string(&self) -> Result<&str, AttributeError> {
        self.expect_type(attribute_type::STRING, self.s.is_some())?;
        std::str::from_utf8(self.s.as_deref().unwrap_or_default())
            .map_err(|_| AttributeError::NotText { attribute: self.name.clone() })
    }

    /// The values of an INTS.
    pub fn as_ints(&self) -> Result<&[i64], AttributeError> {
        self.expect_type(attribute_type::INTS, !self.ints.is_empty())?;
        Ok(&self.ints)
    }

    /// The values of a FLOATS.
    pub fn as_floats(&self) -> Result<&[f32], AttributeError> {
        self.expect_type(attribute_type::FLOATS, !self.floats.is_empty())?;
        Ok(&self.floats)
    }

    /// The value of a TENSOR.
    pub fn as_tensor(&self) -> Result<&TensorProto, AttributeError> {
        self.expect_type(attribute_type::TENSOR, self.t.is_some())?;
        self.t.as_ref().ok_or_else(|| self.no_value())
    }

    /// The value of a GRAPH.
    pub fn as_graph(&self) -> Result<&GraphProto, AttributeError> {
        self.expect_type(attribute_type::GRAPH, self.g.is_some())?;
        self.g.as_ref().ok_or_else(|| self.no_value())
    }

    /// Files of IR version 1 may leave the type out; then the field that is set decides.
    fn expect_type(&self, expected: i32, is_set: bool) -> Result<(), AttributeError> {
        let undeclared = self.r#type == attribute_type::UNDEFINED && is_set;
        if self.r#type == expected || undeclared {
            return Ok(());
        }
        Err(AttributeError::WrongType {
            attribute: self.name.clone(),
            found: attribute_type::name(self.r#type),
            expected: attribute_type::name(expected),
        })
    }

    fn no_value(&self) -> AttributeError {
        let expected = attribute_type::name(self.r#type);
        AttributeError::NoValue { attribute: self.name.clone(), expected }
    }
}
