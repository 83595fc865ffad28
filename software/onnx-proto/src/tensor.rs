//! Tensors as they lie in a file. [`crate::TensorError`] and the accessors are in `tensor_values`.

use crate::model::StringStringEntryProto;

/// Values of [`TensorProto::data_location`].
pub mod data_location {
    /// The values are in the message itself.
    pub const DEFAULT: i32 = 0;
    /// The values are in another file named by `external_data`.
    pub const EXTERNAL: i32 = 1;
}

/// A tensor of constants. The values are in exactly one of the data fields.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorProto {
    /// The shape; empty for a scalar.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// One of the numbers in [`crate::data_type`].
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// The part of a larger tensor this message holds.
    #[prost(message, optional, tag = "3")]
    pub segment: Option<Segment>,
    /// Values of FLOAT and COMPLEX64.
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    /// Values of INT32 and of all types of 16 bits and fewer.
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    /// Values of STRING.
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub string_data: Vec<Vec<u8>>,
    /// Values of INT64.
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    /// Name of the tensor.
    #[prost(string, tag = "8")]
    pub name: String,
    /// Little-endian values of any type but STRING; an alternative to the typed fields.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub raw_data: Option<Vec<u8>>,
    /// Values of DOUBLE and COMPLEX128.
    #[prost(double, repeated, tag = "10")]
    pub double_data: Vec<f64>,
    /// Values of UINT32 and UINT64.
    #[prost(uint64, repeated, tag = "11")]
    pub uint64_data: Vec<u64>,
    /// Documentation for people.
    #[prost(string, tag = "12")]
    pub doc_string: String,
    /// Where the values are when `data_location` says EXTERNAL: `location`, `offset`, `length`.
    #[prost(message, repeated, tag = "13")]
    pub external_data: Vec<StringStringEntryProto>,
    /// One of the numbers in [`data_location`].
    #[prost(int32, optional, tag = "14")]
    pub data_location: Option<i32>,
    /// Named text for people and tools.
    #[prost(message, repeated, tag = "16")]
    pub metadata_props: Vec<StringStringEntryProto>,
}

/// A range of a larger tensor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Segment {
    /// First element.
    #[prost(int64, tag = "1")]
    pub begin: i64,
    /// One past the last element.
    #[prost(int64, tag = "2")]
    pub end: i64,
}

/// A tensor given by its values other than zero.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SparseTensorProto {
    /// The values; the name of the whole tensor is the name of this one.
    #[prost(message, optional, tag = "1")]
    pub values: Option<TensorProto>,
    /// Their positions, INT64, linear or one row per value.
    #[prost(message, optional, tag = "2")]
    pub indices: Option<TensorProto>,
    /// The shape of the whole tensor.
    #[prost(int64, repeated, packed = "false", tag = "3")]
    pub dims: Vec<i64>,
}
