//! Element types of tensors and how their values lie in bytes.

use bitladder_onnx_proto::data_type;
use bitladder_spec::IntType;

/// The largest number of binary16.
const F16_MAX: f64 = 65504.0;

/// An element type this importer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    F16,
    Bf16,
    F32,
    F64,
    Bool,
    Int { bits: u8, signed: bool },
}

impl Element {
    pub(crate) const I32: Self = Self::Int { bits: 32, signed: true };
    pub(crate) const I64: Self = Self::Int { bits: 64, signed: true };

    /// The type behind a number of `TensorProto.DataType`; `None` for types without meaning here.
    pub(crate) fn from_code(code: i32) -> Option<Self> {
        let int = |bits, signed| Some(Self::Int { bits, signed });
        match code {
            data_type::FLOAT16 => Some(Self::F16),
            data_type::BFLOAT16 => Some(Self::Bf16),
            data_type::FLOAT => Some(Self::F32),
            data_type::DOUBLE => Some(Self::F64),
            data_type::BOOL => Some(Self::Bool),
            data_type::INT2 => int(2, true),
            data_type::UINT2 => int(2, false),
            data_type::INT4 => int(4, true),
            data_type::UINT4 => int(4, false),
            data_type::INT8 => int(8, true),
            data_type::UINT8 => int(8, false),
            data_type::INT16 => int(16, true),
            data_type::UINT16 => int(16, false),
            data_type::INT32 => int(32, true),
            data_type::UINT32 => int(32, false),
            data_type::INT64 => int(64, true),
            data_type::UINT64 => int(64, false),
            _ => None,
        }
    }

    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32 | Self::F64)
    }

    /// The integer type, where the numeric contract has one.
    pub(crate) fn int_type(self) -> Option<IntType> {
        match self {
            Self::Int { bits, signed } => IntType::new(bits, signed).ok(),
            _ => None,
        }
    }

    pub(crate) fn bits(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 16,
            Self::F32 => 32,
            Self::F64 => 64,
            Self::Bool => 8,
            Self::Int { bits, .. } => usize::from(bits),
        }
    }

    /// The number nearest to `value` that a float type holds, of two the even one.
    pub(crate) fn rounded(self, value: f32) -> f32 {
        match self {
            Self::F16 if value.is_finite() => {
                // Below the normal numbers the steps stay as they are.
                let exponent = ((value.to_bits() >> 23 & 255) as i32 - 127).max(-14);
                let step = f64::from(exponent - 10).exp2();
                let rounded = (f64::from(value) / step).round_ties_even() * step;
                if rounded.abs() > F16_MAX {
                    value.signum() * f32::INFINITY
                } else {
                    rounded as f32
                }
            }
            Self::Bf16 if value.is_finite() => {
                let bits = value.to_bits();
                let half_even = 0x7fff + (bits >> 16 & 1);
                f32::from_bits((bits + half_even) & 0xffff_0000)
            }
            _ => value,
        }
    }

    /// Bytes that `count` elements occupy; types below one byte share bytes.
    pub(crate) fn bytes(self, count: usize) -> Option<usize> {
        count.checked_mul(self.bits()).map(|bits| bits.div_ceil(8))
    }
}

/// The real values in `bytes`, which must be of a float type.
pub(crate) fn reals(element: Element, bytes: &[u8]) -> Vec<f32> {
    let halves = || bytes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair));
    match element {
        Element::F16 => halves().map(from_f16).collect(),
        Element::Bf16 => halves().map(|half| f32::from_bits(u32::from(half) << 16)).collect(),
        Element::F64 => {
            bytes.as_chunks().0.iter().map(|eight| f64::from_le_bytes(*eight) as f32).collect()
        }
        _ => bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect(),
    }
}

/// The first `count` integers in `bytes`; `Err` holds a value beyond 63 bits.
pub(crate) fn integers(element: Element, bytes: &[u8], count: usize) -> Result<Vec<i64>, u64> {
    let Element::Int { bits, signed } = element else {
        return Ok(bytes.iter().map(|byte| i64::from(*byte != 0)).collect());
    };
    let place = |unsigned: u64| {
        let unused = 64 - u32::from(bits);
        if signed { ((unsigned << unused) as i64) >> unused } else { unsigned as i64 }
    };
    let wide = match bits {
        64 => bytes.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)).collect::<Vec<u64>>(),
        32 => bytes.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b).into()).collect(),
        16 => bytes.as_chunks().0.iter().map(|b| u16::from_le_bytes(*b).into()).collect(),
        8 => bytes.iter().map(|b| u64::from(*b)).collect(),
        _ => packed(bits, bytes, count),
    };
    match wide.iter().find(|value| !signed && **value > i64::MAX as u64) {
        Some(value) => Err(*value),
        None => Ok(wide.into_iter().map(place).collect()),
    }
}

/// Elements of less than a byte, the first in the lowest bits.
fn packed(bits: u8, bytes: &[u8], count: usize) -> Vec<u64> {
    let per_byte = 8 / usize::from(bits);
    let mask = (1u8 << bits) - 1;
    (0..count)
        .map(|index| {
            let shift = (index % per_byte) * usize::from(bits);
            u64::from(bytes[index / per_byte] >> shift & mask)
        })
        .collect()
}

/// IEEE 754 binary16, exactly.
fn from_f16(half: u16) -> f32 {
    let sign = if half >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (half >> 10 & 31, half & 1023);
    let magnitude = match (exponent, fraction) {
        (31, 0) => f32::INFINITY,
        (31, _) => f32::NAN,
        (0, _) => f32::from(fraction) * (-24f32).exp2(),
        _ => f32::from(fraction + 1024) * (f32::from(exponent) - 25.0).exp2(),
    };
    sign * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_at_its_borders() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2f32.powi(-14)),
            (0x03ff, 1023.0 * 2f32.powi(-24)),
            (0x8001, -(2f32.powi(-24))),
            (0x7c00, f32::INFINITY),
            (0x3555, 0.333_251_95),
        ] {
            assert_eq!(from_f16(bits), value, "{bits:#x}");
        }
        assert!(from_f16(0x7e00).is_nan());
    }

    #[test]
    fn halves_round_to_the_nearest_even() {
        for bits in (0..0x7c00u16).step_by(7) {
            let (this, next) = (from_f16(bits), from_f16(bits + 1));
            let even = if bits % 2 == 0 { this } else { next };
            assert_eq!(Element::F16.rounded(this), this);
            if next.is_finite() {
                assert_eq!(Element::F16.rounded(-(this + next) / 2.0), -even, "{bits:#x}");
            }
        }
        assert_eq!(Element::F16.rounded(65519.0), 65504.0);
        assert_eq!(Element::F16.rounded(-65520.0), f32::NEG_INFINITY);
        for (value, rounded) in [
            (1.0, 1.0),
            (1.0 + 1.0 / 256.0, 1.0),
            (1.0 + 3.0 / 256.0, 1.015_625),
            (-0.819_105_4, -0.820_312_5),
        ] {
            assert_eq!(Element::Bf16.rounded(value), rounded);
        }
        assert!(Element::Bf16.rounded(f32::NAN).is_nan());
    }

    #[test]
    fn floats_of_every_width() {
        assert_eq!(reals(Element::F16, &[0x00, 0xc0]), [-2.0]);
        assert_eq!(reals(Element::Bf16, &[0x80, 0x3f]), [1.0]);
        assert_eq!(reals(Element::F32, &1.5f32.to_le_bytes()), [1.5]);
        assert_eq!(reals(Element::F64, &(-0.25f64).to_le_bytes()), [-0.25]);
    }

    #[test]
    fn integers_of_every_width() {
        let int = |bits, signed| Element::Int { bits, signed };
        assert_eq!(integers(int(4, true), &[0x7f, 0x08], 3), Ok(vec![-1, 7, -8]));
        assert_eq!(integers(int(4, false), &[0x7f], 2), Ok(vec![15, 7]));
        assert_eq!(integers(int(2, true), &[0b1110_0100], 4), Ok(vec![0, 1, -2, -1]));
        assert_eq!(integers(int(8, true), &[0xff, 0x7f], 2), Ok(vec![-1, 127]));
        assert_eq!(integers(int(16, false), &[0xff, 0xff], 1), Ok(vec![65535]));
        assert_eq!(integers(Element::I32, &[0xfe, 0xff, 0xff, 0xff], 1), Ok(vec![-2]));
        assert_eq!(integers(Element::I64, &[0xff; 8], 1), Ok(vec![-1]));
        assert_eq!(integers(int(64, false), &[0xff; 8], 1), Err(u64::MAX));
        assert_eq!(integers(Element::Bool, &[0, 7], 2), Ok(vec![0, 1]));
    }

    #[test]
    fn sizes_in_bytes() {
        assert_eq!(Element::Int { bits: 4, signed: true }.bytes(5), Some(3));
        assert_eq!(Element::F64.bytes(usize::MAX / 8), None);
    }
}
