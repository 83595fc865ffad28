//! Kinds of attributes (`AttributeProto.AttributeType`), as the numbers stored in a file.

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
    usize::try_from(code).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or("unknown")
}
