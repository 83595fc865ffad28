//! Nested weights: 8- and 4-bit weights that are roundings of stored 16-bit ones, so that one store
//! serves three precisions.
//!
//! A level is rounded from the next finer one, halves up: `w8 = (w16 + 128) >> 8` and
//! `w4 = (w8 + 8) >> 4`. Put differently, `w16 = 256 w8 + c` and `w8 = 16 w4 + b` with digits `c`
//! and `b` that are themselves signed: storing `w4`, `b` and `c` side by side, hardware reads as much
//! of a weight as it needs. Values whose roundings would leave their types, those above
//! [`NESTED_MAX`], are no nested weights.
//!
//! ```
//! use bitladder_spec::nested::{NestedDigits, nested_round};
//! assert_eq!([16, 8, 4].map(|bits| nested_round(5000, bits)), [5000, 20, 1]);
//! assert_eq!(NestedDigits::of(5000), NestedDigits { high: 1, middle: 4, low: -120 });
//! ```

/// The largest nested weight: the next one would round to 8 in four bits.
pub const NESTED_MAX: i32 = 0x777f;
/// The smallest nested weight.
pub const NESTED_MIN: i32 = -0x8000;

/// The widths that nested weights are used in.
pub const NESTED_BITS: [u8; 3] = [16, 8, 4];

/// A stored weight as it is used with so many bits; widths between the levels are rounded up.
pub fn nested_round(stored: i32, bits: u8) -> i32 {
    let eight = (stored + 128) >> 8;
    match bits {
        0..=4 => (eight + 8) >> 4,
        5..=8 => eight,
        _ => stored,
    }
}

/// A nested weight in parts: `4096 high + 256 middle + low`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NestedDigits {
    /// The 4-bit weight, -8 to 7.
    pub high: i8,
    /// What the 8-bit weight has beyond 16 times that, -8 to 7.
    pub middle: i8,
    /// What the 16-bit weight has beyond 256 times that, -128 to 127.
    pub low: i8,
}

impl NestedDigits {
    /// The parts of a stored weight.
    pub fn of(stored: i32) -> Self {
        let [eight, four] = [8, 4].map(|bits| nested_round(stored, bits));
        let part = |value: i32| value as i8;
        Self { high: part(four), middle: part(eight - 16 * four), low: part(stored - 256 * eight) }
    }

    /// The weight as it is used with so many bits.
    pub fn used(self, bits: u8) -> i32 {
        let four = i32::from(self.high);
        let eight = 16 * four + i32::from(self.middle);
        match bits {
            0..=4 => four,
            5..=8 => eight,
            _ => 256 * eight + i32::from(self.low),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nested_weight_is_its_digits_and_rounds_into_every_level() {
        for stored in NESTED_MIN..=NESTED_MAX {
            let digits = NestedDigits::of(stored);
            assert!((-8..8).contains(&digits.high) && (-8..8).contains(&digits.middle));
            for bits in NESTED_BITS {
                let used = nested_round(stored, bits);
                assert_eq!(digits.used(bits), used, "{stored} with {bits} bits");
                let half = 1 << (bits - 1);
                assert!((-half..half).contains(&used), "{stored} with {bits} bits: {used}");
            }
        }
        assert_eq!(nested_round(NESTED_MAX + 1, 4), 8, "the next one does not fit");
    }

    #[test]
    fn levels_are_nearest() {
        for stored in NESTED_MIN..=NESTED_MAX {
            assert!((256 * nested_round(stored, 8) - stored).abs() <= 128);
            // Rounded twice: half a step of the middle level more at most.
            assert!((4096 * nested_round(stored, 4) - stored).abs() <= 2048 + 128);
        }
    }
}
