//! Element types of tensors (`TensorProto.DataType`), as the numbers stored in a file.
//!
//! Plain constants rather than an enum: a file may hold a number from a newer ONNX release, and
//! an importer wants to match on the field as it stands.

/// No type given.
pub const UNDEFINED: i32 = 0;
/// IEEE 754 binary32.
pub const FLOAT: i32 = 1;
/// Unsigned 8-bit integer.
pub const UINT8: i32 = 2;
/// Signed 8-bit integer.
pub const INT8: i32 = 3;
/// Unsigned 16-bit integer.
pub const UINT16: i32 = 4;
/// Signed 16-bit integer.
pub const INT16: i32 = 5;
/// Signed 32-bit integer.
pub const INT32: i32 = 6;
/// Signed 64-bit integer.
pub const INT64: i32 = 7;
/// Byte strings, kept in `string_data`.
pub const STRING: i32 = 8;
/// Truth values, one byte each in `raw_data`.
pub const BOOL: i32 = 9;
/// IEEE 754 binary16.
pub const FLOAT16: i32 = 10;
/// IEEE 754 binary64.
pub const DOUBLE: i32 = 11;
/// Unsigned 32-bit integer.
pub const UINT32: i32 = 12;
/// Unsigned 64-bit integer.
pub const UINT64: i32 = 13;
/// Pairs of binary32, real part first.
pub const COMPLEX64: i32 = 14;
/// Pairs of binary64, real part first.
pub const COMPLEX128: i32 = 15;
/// The upper half of a binary32.
pub const BFLOAT16: i32 = 16;
/// 8-bit float, 4 exponent bits, NaN but no infinity.
pub const FLOAT8E4M3FN: i32 = 17;
/// 8-bit float, 4 exponent bits, NaN but no infinity and no negative zero.
pub const FLOAT8E4M3FNUZ: i32 = 18;
/// 8-bit float, 5 exponent bits, with NaN and infinity.
pub const FLOAT8E5M2: i32 = 19;
/// 8-bit float, 5 exponent bits, NaN but no infinity and no negative zero.
pub const FLOAT8E5M2FNUZ: i32 = 20;
/// Unsigned 4-bit integer, two to a byte.
pub const UINT4: i32 = 21;
/// Signed 4-bit integer, two to a byte.
pub const INT4: i32 = 22;
/// 4-bit float, 2 exponent bits.
pub const FLOAT4E2M1: i32 = 23;
/// 8-bit power-of-two scale.
pub const FLOAT8E8M0: i32 = 24;
/// Unsigned 2-bit integer, four to a byte.
pub const UINT2: i32 = 25;
/// Signed 2-bit integer, four to a byte.
pub const INT2: i32 = 26;
/// 6-bit float, 2 exponent bits.
pub const FLOAT6E2M3: i32 = 27;
/// 6-bit float, 3 exponent bits.
pub const FLOAT6E3M2: i32 = 28;

/// The names of the constants above; the index is the number.
const NAMES: [&str; 29] = [
    "UNDEFINED",
    "FLOAT",
    "UINT8",
    "INT8",
    "UINT16",
    "INT16",
    "INT32",
    "INT64",
    "STRING",
    "BOOL",
    "FLOAT16",
    "DOUBLE",
    "UINT32",
    "UINT64",
    "COMPLEX64",
    "COMPLEX128",
    "BFLOAT16",
    "FLOAT8E4M3FN",
    "FLOAT8E4M3FNUZ",
    "FLOAT8E5M2",
    "FLOAT8E5M2FNUZ",
    "UINT4",
    "INT4",
    "FLOAT4E2M1",
    "FLOAT8E8M0",
    "UINT2",
    "INT2",
    "FLOAT6E2M3",
    "FLOAT6E3M2",
];

/// The name ONNX gives to a data type, for messages; `"unknown"` for a number not listed here.
pub fn name(code: i32) -> &'static str {
    usize::try_from(code).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_numbers() {
        assert_eq!(name(FLOAT), "FLOAT");
        assert_eq!(name(BFLOAT16), "BFLOAT16");
        assert_eq!(name(FLOAT6E3M2), "FLOAT6E3M2");
        assert_eq!(name(29), "unknown");
        assert_eq!(name(-1), "unknown");
    }
}
