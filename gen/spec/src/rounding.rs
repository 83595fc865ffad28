//! Rounding is a named choice, never implied.

use serde::{Deserialize, Serialize};

use crate::prng::unit_at;

/// How an exact quotient becomes an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// To the nearest; halves go up (towards plus infinity). One adder before the shift, so it is
    /// the default in hardware.
    #[default]
    HalfUp,
    /// To the nearest; halves go to the even neighbour. What ONNX's `QuantizeLinear` asks for.
    HalfEven,
    /// To the nearest; halves go away from zero. What C's `round` does.
    HalfAway,
    /// The fraction is dropped.
    TowardZero,
    /// To the next smaller integer: a bare arithmetic shift.
    Floor,
}

impl Rounding {
    /// All roundings, for tables and tests.
    pub const ALL: [Self; 5] =
        [Self::HalfUp, Self::HalfEven, Self::HalfAway, Self::TowardZero, Self::Floor];

    /// `numerator / denominator`, rounded. The denominator must be above zero.
    pub fn divide(self, numerator: i128, denominator: i128) -> i128 {
        debug_assert!(denominator > 0);
        let floor = numerator.div_euclid(denominator);
        let rest = numerator.rem_euclid(denominator);
        floor + i128::from(self.goes_up(floor, rest, denominator))
    }

    /// Whether the value `floor + rest / denominator` becomes `floor + 1`.
    fn goes_up(self, floor: i128, rest: i128, denominator: i128) -> bool {
        let twice = 2 * rest;
        match self {
            Self::HalfUp => twice >= denominator,
            Self::HalfEven => {
                twice > denominator || (twice == denominator && floor.rem_euclid(2) == 1)
            }
            Self::HalfAway => twice > denominator || (twice == denominator && floor >= 0),
            Self::TowardZero => rest > 0 && floor < 0,
            Self::Floor => false,
        }
    }

    /// `value / 2^shift`, rounded.
    pub fn shift_right(self, value: i128, shift: u8) -> i128 {
        self.divide(value, 1i128 << shift)
    }

    /// A real number, rounded. The result is still a float, so that it can be saturated afterwards.
    pub fn real(self, value: f64) -> f64 {
        match self {
            Self::HalfUp => {
                let floor = value.floor();
                // `(value + 0.5).floor()` would be wrong just below one half.
                if value - floor >= 0.5 { floor + 1.0 } else { floor }
            }
            Self::HalfEven => value.round_ties_even(),
            Self::HalfAway => value.round(),
            Self::TowardZero => value.trunc(),
            Self::Floor => value.floor(),
        }
    }
}

/// How a real value becomes an integer when a tensor is quantised.
///
/// Only quantisation may be stochastic: an inference engine that rolls dice could not be compared
/// with anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueRounding {
    /// The same result each time.
    Named(Rounding),
    /// Up with the probability of the fraction. Element `i` of a tensor draws the uniform number
    /// number `i` of the seed's sequence, so the result does not depend on the order of work.
    Stochastic {
        /// Start of the sequence; give each tensor its own.
        seed: u64,
    },
}

impl Default for ValueRounding {
    fn default() -> Self {
        Self::Named(Rounding::HalfEven)
    }
}

impl ValueRounding {
    /// Element `index` of a tensor, rounded; still a float, so that it can be saturated afterwards.
    pub fn real(self, value: f64, index: u64) -> f64 {
        match self {
            Self::Named(rounding) => rounding.real(value),
            Self::Stochastic { seed } => {
                let floor = value.floor();
                if unit_at(seed, index) < value - floor { floor + 1.0 } else { floor }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Quarter steps from -2.5 to 2.5, and what each rounding makes of the halves.
    #[test]
    fn table_of_halves() {
        let halves = [-5, -3, -1, 1, 3, 5];
        let table = [
            (Rounding::HalfUp, [-2, -1, 0, 1, 2, 3]),
            (Rounding::HalfEven, [-2, -2, 0, 0, 2, 2]),
            (Rounding::HalfAway, [-3, -2, -1, 1, 2, 3]),
            (Rounding::TowardZero, [-2, -1, 0, 0, 1, 2]),
            (Rounding::Floor, [-3, -2, -1, 0, 1, 2]),
        ];
        for (rounding, wanted) in table {
            let found = halves.map(|h| rounding.shift_right(h, 1));
            assert_eq!(found, wanted, "{rounding:?}");
            let real = halves.map(|h| rounding.real(h as f64 / 2.0) as i128);
            assert_eq!(real, wanted, "{rounding:?} of reals");
        }
    }

    #[test]
    fn half_up_is_right_just_below_one_half() {
        assert_eq!(Rounding::HalfUp.real(0.499_999_999_999_999_94), 0.0);
    }

    #[test]
    fn stochastic_is_repeatable_and_unbiased() {
        let rounding = ValueRounding::Stochastic { seed: 7 };
        let sum: f64 = (0..100_000).map(|i| rounding.real(2.3, i)).sum();
        let again: f64 = (0..100_000).rev().map(|i| rounding.real(2.3, i)).sum();
        assert_eq!(sum, again, "the order of work must not matter");
        assert!((sum / 100_000.0 - 2.3).abs() < 0.01, "mean {}", sum / 100_000.0);
        let other = ValueRounding::Stochastic { seed: 8 };
        assert!((0..64).any(|i| rounding.real(2.3, i) != other.real(2.3, i)));
        assert_eq!(rounding.real(-4.0, 3), -4.0, "integers stay");
    }

    proptest! {
        #[test]
        fn integer_and_real_rounding_agree(value in -1_000_000i64..1_000_000, shift in 0u8..12) {
            for rounding in Rounding::ALL {
                let exact = value as f64 / f64::from(1u32 << shift);
                let integer = rounding.shift_right(i128::from(value), shift);
                prop_assert_eq!(integer as f64, rounding.real(exact));
            }
        }

        #[test]
        fn never_further_than_one(value in any::<i64>(), by in 1i64..1_000_000) {
            for rounding in Rounding::ALL {
                let result = rounding.divide(i128::from(value), i128::from(by));
                let error = result * i128::from(by) - i128::from(value);
                prop_assert!(error.abs() < i128::from(by));
                if !matches!(rounding, Rounding::TowardZero | Rounding::Floor) {
                    prop_assert!(2 * error.abs() <= i128::from(by));
                }
            }
        }
    }
}
