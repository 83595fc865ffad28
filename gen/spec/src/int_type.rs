//! Integers of a chosen width, and the spans of values they hold.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::SpecError;

/// An integer type of 1 to 32 bits: two's complement if signed.
///
/// Hardware lanes take 16, 8, 4 and 2 bits; 32 bits carry raw accumulators such as logits; other
/// widths exist for characterisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawIntType", into = "RawIntType")]
pub struct IntType {
    bits: u8,
    signed: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIntType {
    bits: u8,
    signed: bool,
}

impl TryFrom<RawIntType> for IntType {
    type Error = SpecError;
    fn try_from(raw: RawIntType) -> Result<Self, SpecError> {
        Self::new(raw.bits, raw.signed)
    }
}

impl From<IntType> for RawIntType {
    fn from(ty: IntType) -> Self {
        Self { bits: ty.bits, signed: ty.signed }
    }
}

impl IntType {
    /// Raw accumulators handed out as they are, such as a network's logits.
    pub const ACCUMULATOR: Self = Self { bits: 32, signed: true };

    /// A type of `bits` bits. One bit must be unsigned: a signed bit would hold only 0 and -1.
    pub fn new(bits: u8, signed: bool) -> Result<Self, SpecError> {
        let smallest = if signed { 2 } else { 1 };
        if bits < smallest || bits > 32 {
            return Err(SpecError::Bits { bits });
        }
        Ok(Self { bits, signed })
    }

    /// The width in bits.
    pub fn bits(self) -> u8 {
        self.bits
    }

    /// Whether negative values exist.
    pub fn is_signed(self) -> bool {
        self.signed
    }

    /// All values of the type.
    pub fn span(self) -> Span {
        if self.signed {
            let half = 1i64 << (self.bits - 1);
            Span { lo: -half, hi: half - 1 }
        } else {
            Span { lo: 0, hi: (1i64 << self.bits) - 1 }
        }
    }

    /// Keeps the low bits and reads them back as this type.
    pub fn wrap(self, value: i64) -> i64 {
        let unused = 64 - u32::from(self.bits);
        if self.signed {
            (value << unused) >> unused
        } else {
            ((value as u64) << unused >> unused) as i64
        }
    }
}

impl fmt::Display for IntType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.signed { 'i' } else { 'u' }, self.bits)
    }
}

/// A closed interval of integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Smallest value.
    pub lo: i64,
    /// Largest value.
    pub hi: i64,
}

impl Span {
    /// The interval from `lo` to `hi`.
    pub fn new(lo: i64, hi: i64) -> Self {
        debug_assert!(lo <= hi);
        Self { lo, hi }
    }

    /// The nearest value inside the interval.
    pub fn clamp(self, value: i64) -> i64 {
        value.clamp(self.lo, self.hi)
    }

    /// Whether `value` lies inside.
    pub fn contains(self, value: i64) -> bool {
        self.lo <= value && value <= self.hi
    }

    /// Whether every value of `other` lies inside.
    pub fn covers(self, other: Span) -> bool {
        self.lo <= other.lo && other.hi <= self.hi
    }

    /// Every value less `offset`.
    pub fn minus(self, offset: i64) -> Self {
        Self { lo: self.lo - offset, hi: self.hi - offset }
    }

    /// The smallest interval that holds both.
    pub fn union(self, other: Span) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// Width of the narrowest two's complement integer that holds every value.
    pub fn signed_bits(self) -> u8 {
        // -1 - x has the same number of significant bits as x needs below its sign.
        let magnitude = self.hi.max(-1 - self.lo).max(0);
        (65 - magnitude.leading_zeros()) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_the_hardware_widths() {
        let span = |bits, signed| IntType::new(bits, signed).unwrap().span();
        assert_eq!(span(16, true), Span::new(-32768, 32767));
        assert_eq!(span(8, false), Span::new(0, 255));
        assert_eq!(span(2, true), Span::new(-2, 1));
        assert_eq!(span(1, false), Span::new(0, 1));
        assert_eq!(span(32, true), Span::new(-(1 << 31), (1 << 31) - 1));
    }

    #[test]
    fn widths_outside_the_range_are_refused() {
        for (bits, signed) in [(0, false), (1, true), (33, true)] {
            let message = IntType::new(bits, signed).unwrap_err().to_string();
            assert!(message.contains(&format!("{bits} bits")), "{message}");
        }
    }

    #[test]
    fn signed_bits_at_the_borders() {
        for (lo, hi, bits) in
            [(0, 0, 1), (-1, 0, 1), (-1, 1, 2), (-128, 127, 8), (-129, 0, 9), (0, 128, 9)]
        {
            assert_eq!(Span::new(lo, hi).signed_bits(), bits, "{lo}..{hi}");
        }
        assert_eq!(Span::new(i64::MIN, i64::MAX).signed_bits(), 64);
    }

    #[test]
    fn wrap_keeps_low_bits() {
        let i4 = IntType::new(4, true).unwrap();
        assert_eq!([7, 8, -9, 16].map(|v| i4.wrap(v)), [7, -8, 7, 0]);
        let u4 = IntType::new(4, false).unwrap();
        assert_eq!([15, 16, -1].map(|v| u4.wrap(v)), [15, 0, 15]);
    }

    #[test]
    fn serde_refuses_bad_widths() {
        let parsed: Result<IntType, _> = serde_json::from_str(r#"{"bits":40,"signed":true}"#);
        assert!(parsed.unwrap_err().to_string().contains("40 bits"));
    }
}
