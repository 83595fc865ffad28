//! Types and shapes of the values that flow through a graph.

use crate::model::StringStringEntryProto;

/// A named value with its type.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct ValueInfoProto {
    /// Name of the value.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its type, where known.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
    /// Documentation for people.
    #[prost(string, tag = "3")]
    pub doc_string: String,
    /// Named text for people and tools.
    #[prost(message, repeated, tag = "4")]
    pub metadata_props: Vec<StringStringEntryProto>,
}

impl ValueInfoProto {
    /// The tensor type, or `None` when the value has no type or is no tensor.
    pub fn tensor_type(&self) -> Option<&type_proto::Tensor> {
        match self.r#type.as_ref()?.value.as_ref()? {
            type_proto::Value::TensorType(tensor) => Some(tensor),
        }
    }
}

/// The type of a value. Kinds other than tensors decode to `value: None`.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct TypeProto {
    /// The kind of type with its details.
    #[prost(oneof = "type_proto::Value", tags = "1")]
    pub value: Option<type_proto::Value>,
    /// A standard meaning of the value, such as `IMAGE`.
    #[prost(string, tag = "6")]
    pub denotation: String,
}

/// The parts of [`TypeProto`].
pub mod type_proto {
    /// Element type and shape of a tensor.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct Tensor {
        /// One of the numbers in [`crate::data_type`].
        #[prost(int32, tag = "1")]
        pub elem_type: i32,
        /// The shape; `None` when even the number of dimensions is unknown.
        #[prost(message, optional, tag = "2")]
        pub shape: Option<super::TensorShapeProto>,
    }

    /// The kinds of type this crate keeps.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
    pub enum Value {
        /// A dense tensor.
        #[prost(message, tag = "1")]
        TensorType(Tensor),
    }
}

/// The dimensions of a tensor.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct TensorShapeProto {
    /// One entry per dimension; none for a scalar.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<tensor_shape_proto::Dimension>,
}

/// The parts of [`TensorShapeProto`].
pub mod tensor_shape_proto {
    /// One dimension.
    #[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
    pub struct Dimension {
        /// The size or its name; `None` when unknown.
        #[prost(oneof = "dimension::Value", tags = "1, 2")]
        pub value: Option<dimension::Value>,
        /// A standard meaning of the dimension, such as `DATA_BATCH`.
        #[prost(string, tag = "3")]
        pub denotation: String,
    }

    /// The parts of [`Dimension`].
    pub mod dimension {
        /// A size that is fixed, or a name for one that is not.
        #[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
        pub enum Value {
            /// The size.
            #[prost(int64, tag = "1")]
            DimValue(i64),
            /// A name; equal names mean equal sizes.
            #[prost(string, tag = "2")]
            DimParam(String),
        }
    }
}
