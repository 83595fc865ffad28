//! Canonic signed digits: weights as few signed powers of two, and what dropping some costs.
//!
//! Every integer has one representation with digits -1, 0, +1 in which no two neighbours are
//! non-zero; none has fewer non-zero digits. A multiplier does one shift-and-add per non-zero
//! digit, so keeping the `k` most significant ones bounds its work. `docs/csd.md` derives the
//! error bounds.
//!
//! ```
//! use bitladder_spec::csd::{Csd, Quality};
//! let weight = Csd::recode(23, 8)?; // 32 - 8 - 1
//! assert_eq!(weight.to_string(), "00+0-00-");
//! let rough = weight.keep(Quality { digits: 2, dropped_lsbs: 0 });
//! assert_eq!((rough.value(), rough.times(10)), (24, 240));
//! # Ok::<(), bitladder_spec::SpecError>(())
//! ```

use std::fmt;

use crate::SpecError;

/// The widest weight that can be recoded.
pub const MAX_WEIGHT_BITS: u8 = 31;

/// How much of a weight is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quality {
    /// At most this many non-zero digits, the most significant ones.
    pub digits: u8,
    /// Digits at positions below this one are not used.
    pub dropped_lsbs: u8,
}

impl Quality {
    /// Nothing is dropped.
    pub const FULL: Self = Self { digits: u8::MAX, dropped_lsbs: 0 };

    /// Largest difference between a weight of `bits` bits and what is kept of it, for any weight.
    pub fn error_bound(self, bits: u8) -> u64 {
        // The k-th digit lies at position bits + 1 - 2k at most, and the next one two below it.
        let lost = u32::from(bits).saturating_sub(2 * u32::from(self.digits));
        let lost = lost.max(u32::from(self.dropped_lsbs));
        // A lost sign digit takes the most negative weight with it, and nothing is worse.
        if lost >= u32::from(bits) { 1 << (bits - 1) } else { largest_below(lost) }
    }
}

/// The largest magnitude that canonic digits below a position can have.
fn largest_below(position: u32) -> u64 {
    (2u64 << position) / 3
}

/// Most non-zero digits that a weight of `bits` bits can have: every other one.
pub const fn max_digits(bits: u8) -> u8 {
    bits.div_ceil(2)
}

/// A number in canonic signed digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Csd {
    digits: Vec<i8>,
}

impl Csd {
    /// The digits of a two's complement number of `bits` bits, 2 to [`MAX_WEIGHT_BITS`].
    pub fn recode(value: i32, bits: u8) -> Result<Self, SpecError> {
        if !(2..=MAX_WEIGHT_BITS).contains(&bits) {
            let (what, found) = ("width of a CSD weight", u64::from(bits));
            return Err(SpecError::Parameter { what, found, allowed: "2 to 31 bits" });
        }
        let half = 1i64 << (bits - 1);
        if !(-half..half).contains(&i64::from(value)) {
            let (what, found) = ("magnitude of a CSD weight", u64::from(value.unsigned_abs()));
            return Err(SpecError::Parameter { what, found, allowed: "what its width holds" });
        }
        let mut rest = i64::from(value);
        let digit = |_| {
            // An odd rest takes the digit that leaves a multiple of four.
            let digit = if rest & 1 == 0 { 0 } else { 2 - (rest & 3) };
            rest = (rest - digit) >> 1;
            digit as i8
        };
        Ok(Self { digits: (0..bits).map(digit).collect() })
    }

    /// The digits, position 0 first.
    pub fn digits(&self) -> &[i8] {
        &self.digits
    }

    /// How many digits are not zero.
    pub fn non_zero(&self) -> usize {
        self.digits.iter().filter(|digit| **digit != 0).count()
    }

    /// The number that the digits stand for.
    pub fn value(&self) -> i64 {
        self.times(1)
    }

    /// What is left at a quality.
    pub fn keep(&self, quality: Quality) -> Self {
        let mut left = quality.digits;
        let mut digits = self.digits.clone();
        for (position, digit) in digits.iter_mut().enumerate().rev() {
            let kept = left > 0 && position >= usize::from(quality.dropped_lsbs);
            if !kept {
                *digit = 0;
            } else if *digit != 0 {
                left -= 1;
            }
        }
        Self { digits }
    }

    /// The product with `x`: one shifted addition or subtraction per non-zero digit.
    pub fn times(&self, x: i64) -> i64 {
        let terms = self.digits.iter().enumerate();
        terms.map(|(position, digit)| (x * i64::from(*digit)) << position).sum()
    }

    /// Largest difference that a quality can make to this number: what canonic digits below the
    /// last kept one can sum up to.
    pub fn error_bound(&self, quality: Quality) -> u64 {
        let kept = usize::from(quality.digits);
        let mut places = (0..self.digits.len()).rev().filter(|at| self.digits[*at] != 0);
        let lost = match kept.checked_sub(1).map(|last| places.nth(last)) {
            // Without any digit, everything is lost; with all of them, nothing.
            None => self.digits.len(),
            Some(None) => 0,
            Some(Some(_)) => places.next().map_or(0, |first_lost| first_lost + 1),
        };
        largest_below(lost.max(usize::from(quality.dropped_lsbs).min(self.digits.len())) as u32)
    }
}

/// A weight of `bits` bits of which the most significant `digits` digits are kept. What that rounds
/// up to one more than the largest weight stays at the largest, so that it keeps its width.
pub fn truncate(weight: i32, bits: u8, digits: u8) -> i32 {
    let kept =
        Csd::recode(weight, bits).map(|csd| csd.keep(Quality { digits, dropped_lsbs: 0 }).value());
    let largest = (1i64 << (bits - 1)) - 1;
    // A weight that its width does not hold has no digits; it is left as it is.
    kept.map_or(weight, |kept| kept.min(largest) as i32)
}

impl fmt::Display for Csd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for digit in self.digits.iter().rev() {
            f.write_str(match digit {
                0 => "0",
                1 => "+",
                _ => "-",
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(bits: u8) -> impl Iterator<Item = i32> {
        let half = 1i32 << (bits - 1);
        -half..half
    }

    fn qualities(bits: u8) -> impl Iterator<Item = Quality> {
        (0..=max_digits(bits)).flat_map(move |digits| {
            (0..=bits).map(move |dropped_lsbs| Quality { digits, dropped_lsbs })
        })
    }

    #[test]
    fn every_weight_keeps_its_value_and_is_canonic() {
        for bits in [2, 3, 8, 15, 16] {
            for weight in weights(bits) {
                let csd = Csd::recode(weight, bits).unwrap();
                assert_eq!(csd.value(), i64::from(weight));
                assert!(csd.digits().windows(2).all(|pair| pair[0] == 0 || pair[1] == 0));
                assert!(csd.non_zero() <= usize::from(max_digits(bits)));
            }
        }
    }

    #[test]
    fn truncated_weights_keep_their_width() {
        assert_eq!(truncate(127, 8, 1), 127, "128 does not fit");
        assert_eq!([1, 2, 3].map(|digits| truncate(23, 8, digits)), [32, 24, 23]);
        for digits in 1..=4 {
            for weight in weights(8) {
                let kept = truncate(weight, 8, digits);
                assert!((-128..128).contains(&kept));
                let csd = Csd::recode(kept, 8).unwrap();
                assert!(csd.non_zero() <= usize::from(digits) || kept == 127, "{weight}");
            }
        }
    }

    #[test]
    fn full_quality_changes_nothing() {
        for weight in weights(12) {
            let csd = Csd::recode(weight, 12).unwrap();
            assert_eq!(csd.keep(Quality::FULL), csd);
            assert_eq!(csd.error_bound(Quality::FULL), 0);
        }
        assert_eq!(Quality::FULL.error_bound(12), 0);
    }

    #[test]
    fn bounds_hold_for_every_weight_and_are_reached() {
        for bits in [4, 8, 9] {
            for quality in qualities(bits) {
                let mut worst = 0;
                for weight in weights(bits) {
                    let csd = Csd::recode(weight, bits).unwrap();
                    let error = (csd.keep(quality).value() - i64::from(weight)).unsigned_abs();
                    assert!(error <= csd.error_bound(quality), "{weight} {quality:?}");
                    worst = worst.max(error);
                }
                assert_eq!(worst, quality.error_bound(bits), "{bits} bits, {quality:?}");
            }
        }
    }

    #[test]
    fn each_digit_gives_two_bits_of_relative_accuracy() {
        for weight in weights(16) {
            let csd = Csd::recode(weight, 16).unwrap();
            for digits in 1..=8u8 {
                let kept = csd.keep(Quality { digits, dropped_lsbs: 0 }).value();
                let error = (kept - i64::from(weight)).unsigned_abs();
                let magnitude = u64::from(weight.unsigned_abs());
                assert!(error << (2 * digits - 1) <= magnitude, "{weight} with {digits}");
            }
        }
    }

    #[test]
    fn products_are_those_of_the_kept_value() {
        let quality = Quality { digits: 3, dropped_lsbs: 1 };
        for weight in weights(8) {
            let kept = Csd::recode(weight, 8).unwrap().keep(quality);
            for x in [-32_768i64, -3, 0, 1, 32_767] {
                assert_eq!(kept.times(x), kept.value() * x);
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let width = Csd::recode(0, 1).unwrap_err().to_string();
        assert_eq!(width, "width of a CSD weight = 1 is out of range: 2 to 31 bits");
        let value = Csd::recode(-129, 8).unwrap_err().to_string();
        assert_eq!(value, "magnitude of a CSD weight = 129 is out of range: what its width holds");
    }
}
