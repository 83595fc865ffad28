//! Requantisation: from an accumulator's scale to an output's scale.

use serde::{Deserialize, Serialize};

use crate::{Rounding, SpecError};

/// Largest shift.
pub const MAX_SHIFT: u8 = 62;
/// Widest multiplier.
pub const MAX_MULTIPLIER_BITS: u8 = 31;

/// Multiplication by `multiplier / 2^shift`, with one rounding at the end.
///
/// The product is exact: nothing is cut between multiplier and shift. A multiplier of one is the
/// shift-only form, which needs no multiplier in hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawRequant", into = "RawRequant")]
pub struct Requant {
    multiplier: u32,
    shift: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequant {
    multiplier: u32,
    shift: u8,
}

impl TryFrom<RawRequant> for Requant {
    type Error = SpecError;
    fn try_from(raw: RawRequant) -> Result<Self, SpecError> {
        Self::new(raw.multiplier, raw.shift)
    }
}

impl From<Requant> for RawRequant {
    fn from(requant: Requant) -> Self {
        Self { multiplier: requant.multiplier, shift: requant.shift }
    }
}

impl Requant {
    /// The accumulator as it is.
    pub const IDENTITY: Self = Self { multiplier: 1, shift: 0 };

    /// A multiplier of 1 to 2^31 - 1 and a shift of 0 to [`MAX_SHIFT`].
    pub fn new(multiplier: u32, shift: u8) -> Result<Self, SpecError> {
        if multiplier == 0 || multiplier >> MAX_MULTIPLIER_BITS != 0 {
            return Err(SpecError::Multiplier { multiplier: i64::from(multiplier) });
        }
        if shift > MAX_SHIFT {
            return Err(SpecError::Shift { shift: u32::from(shift), max: MAX_SHIFT });
        }
        Ok(Self { multiplier, shift })
    }

    /// Shift only: a division by `2^shift`.
    pub fn shift(shift: u8) -> Result<Self, SpecError> {
        Self::new(1, shift)
    }

    /// The closest factor to `ratio` whose multiplier has at most `bits` bits.
    ///
    /// A power of two becomes the shift-only form (or a bare left shift, written as a multiplier);
    /// anything else gets a multiplier normalised to exactly `bits` bits, rounded half to even.
    pub fn from_ratio(ratio: f64, bits: u8) -> Result<Self, SpecError> {
        let refused = || SpecError::Ratio { ratio, bits, max: MAX_SHIFT };
        let usable = ratio.is_finite() && ratio > 0.0;
        if !usable || !(1..=MAX_MULTIPLIER_BITS).contains(&bits) {
            return Err(refused());
        }
        let exponent = exponent_of(ratio);
        if ratio == exp2(exponent) {
            return Self::power(exponent, bits).ok_or_else(refused);
        }
        let mut shift = i32::from(bits) - 1 - exponent;
        let mut multiplier = (ratio * exp2(shift)).round_ties_even();
        if multiplier >= exp2(i32::from(bits)) {
            shift -= 1;
            multiplier = exp2(i32::from(bits) - 1);
        }
        if !(0..=i32::from(MAX_SHIFT)).contains(&shift) {
            return Err(refused());
        }
        Self::new(multiplier as u32, shift as u8)
    }

    fn power(exponent: i32, bits: u8) -> Option<Self> {
        if exponent <= 0 {
            Self::new(1, u8::try_from(-exponent).ok()?).ok()
        } else if exponent < i32::from(bits) {
            Self::new(1 << exponent, 0).ok()
        } else {
            None
        }
    }

    /// The multiplier.
    pub fn multiplier(self) -> u32 {
        self.multiplier
    }

    /// The shift.
    pub fn shift_amount(self) -> u8 {
        self.shift
    }

    /// Bits the multiplier needs.
    pub fn multiplier_bits(self) -> u8 {
        (32 - self.multiplier.leading_zeros()) as u8
    }

    /// Whether hardware can do it with a shifter alone.
    pub fn is_shift_only(self) -> bool {
        self.multiplier == 1
    }

    /// The factor as a number.
    pub fn ratio(self) -> f64 {
        f64::from(self.multiplier) * exp2(-i32::from(self.shift))
    }

    /// `value * multiplier / (2^shift * divisor)`, rounded once. The divisor is a pooling window's
    /// element count, and 1 elsewhere. The result saturates at the ends of i64, which no value
    /// within the contract's accumulator widths reaches.
    pub fn apply(self, value: i64, divisor: u32, rounding: Rounding) -> i64 {
        debug_assert!(divisor > 0);
        let product = i128::from(value) * i128::from(self.multiplier);
        let quotient = rounding.divide(product, i128::from(divisor) << self.shift);
        quotient.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }
}

fn exp2(exponent: i32) -> f64 {
    f64::from(exponent).exp2()
}

/// `floor(log2(value))`, exactly, for a positive finite value.
fn exponent_of(value: f64) -> i32 {
    let guess = value.log2().floor() as i32;
    // log2 may round up across a power of two.
    if exp2(guess) > value { guess - 1 } else { guess }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn powers_of_two_are_shifts() {
        for shift in 0..=MAX_SHIFT {
            let requant = Requant::from_ratio(exp2(-i32::from(shift)), 16).unwrap();
            assert_eq!((requant.multiplier(), requant.shift_amount()), (1, shift));
            assert!(requant.is_shift_only());
        }
        assert_eq!(Requant::from_ratio(8.0, 16).unwrap(), Requant::new(8, 0).unwrap());
    }

    #[test]
    fn a_multiplier_that_rounds_up_to_its_width_is_halved() {
        let requant = Requant::from_ratio(1.0 - 1e-9, 8).unwrap();
        assert_eq!((requant.multiplier(), requant.shift_amount()), (128, 7));
    }

    #[test]
    fn ratios_out_of_reach_are_refused_with_advice() {
        for ratio in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e30, 1e-30, 65536.0] {
            let message = Requant::from_ratio(ratio, 16).unwrap_err().to_string();
            assert!(message.contains("move the radix points"), "{message}");
        }
        assert!(Requant::new(0, 3).unwrap_err().to_string().contains("multiplier 0"));
        assert!(Requant::new(1 << 31, 3).is_err());
        assert!(Requant::new(1, 63).unwrap_err().to_string().contains("0 to 62"));
    }

    #[test]
    fn extremes_do_not_overflow() {
        let largest = Requant::new((1 << 31) - 1, 0).unwrap();
        assert_eq!(largest.apply(i64::MAX, 1, Rounding::HalfUp), i64::MAX);
        assert_eq!(largest.apply(i64::MIN, 1, Rounding::HalfUp), i64::MIN);
        let smallest = Requant::new(1, MAX_SHIFT).unwrap();
        assert_eq!(smallest.apply(i64::MIN, 1, Rounding::HalfUp), -2);
    }

    proptest! {
        #[test]
        fn close_to_the_ratio(mantissa in 1.0f64..2.0, exponent in -20i32..8, bits in 8u8..=31) {
            let ratio = mantissa * exp2(exponent);
            let requant = Requant::from_ratio(ratio, bits.max(10)).unwrap();
            let error = (requant.ratio() / ratio - 1.0).abs();
            prop_assert!(error <= exp2(-i32::from(bits.max(10))) * 1.000_001, "{error:e}");
        }

        #[test]
        fn shift_only_is_the_named_rounding(value in any::<i32>(), shift in 0u8..=31) {
            for rounding in Rounding::ALL {
                let found = Requant::shift(shift).unwrap().apply(i64::from(value), 1, rounding);
                prop_assert_eq!(i128::from(found), rounding.shift_right(i128::from(value), shift));
            }
        }
    }
}
