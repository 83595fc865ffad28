//! Settings of a node, with typed access.

use crate::graph::GraphProto;
use crate::tensor::{SparseTensorProto, TensorProto};
use crate::types::TypeProto;

/// Values of [`AttributeProto::type`](AttributeProto#structfield.type).
pub mod attribute_type {
    /// Not given, as in the very first files.
    pub const UNDEFINED: i32 = 0;
    /// The value is in `f`.
    pub const FLOAT: i32 = 1;
    /// The value is in `i`.
    pub const INT: i32 = 2;
    /// The value is in `s`.
    pub const STRING: i32 = 3;
    /// The value is in `t`.
    pub const TENSOR: i32 = 4;
    /// The value is in `g`.
    pub const GRAPH: i32 = 5;
    /// The values are in `floats`.
    pub const FLOATS: i32 = 6;
    /// The values are in `ints`.
    pub const INTS: i32 = 7;
    /// The values are in `strings`.
    pub const STRINGS: i32 = 8;
    /// The values are in `tensors`.
    pub const TENSORS: i32 = 9;
    /// The values are in `graphs`.
    pub const GRAPHS: i32 = 10;
    /// The value is in `sparse_tensor`.
    pub const SPARSE_TENSOR: i32 = 11;
    /// The values are in `sparse_tensors`.
    pub const SPARSE_TENSORS: i32 = 12;
    /// The value is in `tp`.
    pub const TYPE_PROTO: i32 = 13;
    /// The values are in `type_protos`.
    pub const TYPE_PROTOS: i32 = 14;

    /// The names of the constants above; the index is the number.
    const NAMES: [&str; 15] = [
        "UNDEFINED",
        "FLOAT",
        "INT",
        "STRING",
        "TENSOR",
        "GRAPH",
        "FLOATS",
        "INTS",
        "STRINGS",
        "TENSORS",
        "GRAPHS",
        "SPARSE_TENSOR",
        "SPARSE_TENSORS",
        "TYPE_PROTO",
        "TYPE_PROTOS",
    ];

    /// The name ONNX gives to an attribute type; `"unknown"` for a number not listed here.
    pub fn name(code: i32) -> &'static str {
        usize::try_from(code)
            .ok()
            .and_then(|index| NAMES.get(index))
            .copied()
            .unwrap_or("unknown")
    }
}

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
        Self {
            name: name.to_owned(),
            r#type: code,
            ..Self::default()
        }
    }

    /// An attribute of type INT.
    pub fn int(name: &str, value: i64) -> Self {
        Self {
            i: Some(value),
            ..Self::new(name, attribute_type::INT)
        }
    }

    /// An attribute of type FLOAT.
    pub fn float(name: &str, value: f32) -> Self {
        Self {
            f: Some(value),
            ..Self::new(name, attribute_type::FLOAT)
        }
    }

    /// An attribute of type STRING.
    pub fn string(name: &str, value: &str) -> Self {
        Self {
            s: Some(value.into()),
            ..Self::new(name, attribute_type::STRING)
        }
    }

    /// An attribute of type INTS.
    pub fn int_list(name: &str, values: &[i64]) -> Self {
        Self {
            ints: values.to_vec(),
            ..Self::new(name, attribute_type::INTS)
        }
    }

    /// An attribute of type FLOATS.
    pub fn float_list(name: &str, values: &[f32]) -> Self {
        Self {
            floats: values.to_vec(),
            ..Self::new(name, attribute_type::FLOATS)
        }
    }

    /// An attribute of type TENSOR.
    pub fn tensor(name: &str, value: TensorProto) -> Self {
        Self {
            t: Some(value),
            ..Self::new(name, attribute_type::TENSOR)
        }
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
        std::str::from_utf8(self.s.as_deref().unwrap_or_default()).map_err(|_| {
            AttributeError::NotText {
                attribute: self.name.clone(),
            }
        })
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
        AttributeError::NoValue {
            attribute: self.name.clone(),
            expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_reads_back_what_it_was_made_of() {
        assert_eq!(AttributeProto::int("a", -3).as_int(), Ok(-3));
        assert_eq!(AttributeProto::float("a", 0.5).as_float(), Ok(0.5));
        assert_eq!(AttributeProto::string("a", "SAME").as_string(), Ok("SAME"));
        assert_eq!(
            AttributeProto::int_list("a", &[1, 2]).as_ints(),
            Ok(&[1, 2][..])
        );
        assert_eq!(
            AttributeProto::float_list("a", &[0.25]).as_floats(),
            Ok(&[0.25][..])
        );
        let tensor = TensorProto::from_i64("t", &[1], &[9]);
        assert_eq!(
            AttributeProto::tensor("a", tensor.clone()).as_tensor(),
            Ok(&tensor)
        );
    }

    #[test]
    fn a_declared_type_without_a_value_is_the_default() {
        let attribute = AttributeProto::new("axis", attribute_type::INT);
        assert_eq!(attribute.as_int(), Ok(0));
        assert_eq!(
            AttributeProto::new("pads", attribute_type::INTS).as_ints(),
            Ok(&[][..])
        );
    }

    #[test]
    fn a_missing_type_is_taken_from_the_field_that_is_set() {
        let attribute = AttributeProto {
            i: Some(4),
            ..AttributeProto::default()
        };
        assert_eq!(attribute.as_int(), Ok(4));
        assert!(attribute.as_float().is_err());
    }

    #[test]
    fn errors_name_the_attribute() {
        let message = AttributeProto::float("axis", 1.0)
            .as_int()
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "attribute `axis` is of type FLOAT, expected INT: the node is invalid"
        );
        let not_text = AttributeProto {
            s: Some(vec![0xff]),
            ..AttributeProto::string("auto_pad", "")
        };
        assert_eq!(
            not_text.as_string().unwrap_err().to_string(),
            "attribute `auto_pad` is not valid UTF-8 text: the file is damaged"
        );
        let hollow = AttributeProto::new("body", attribute_type::GRAPH);
        assert_eq!(
            hollow.as_graph().unwrap_err().to_string(),
            "attribute `body` of type GRAPH has no value: the file is damaged"
        );
    }

    #[test]
    fn names_follow_the_numbers() {
        assert_eq!(
            attribute_type::name(attribute_type::TYPE_PROTOS),
            "TYPE_PROTOS"
        );
        assert_eq!(attribute_type::name(15), "unknown");
    }
}
