//! When two values count as equal.

use serde::{Deserialize, Serialize};

/// What unknown (x) and floating (z) bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum XPolicy {
    /// Each of 0, 1, x and z equals only itself.
    #[default]
    Strict,
    /// A bit that is x in the golden trace matches anything; all others as in strict.
    GoldenX,
    /// x and z count as 0, for traces of two-state simulators.
    TwoState,
}

impl XPolicy {
    /// Compares two bits, written 0, 1, x or z.
    pub fn bit_matches(self, golden: u8, found: u8) -> bool {
        match self {
            Self::Strict => golden == found,
            Self::GoldenX => golden == found || golden == b'x',
            Self::TwoState => (golden == b'1') == (found == b'1'),
        }
    }

    /// Compares two vectors of equal width.
    #[inline]
    pub(crate) fn bits_match(self, golden: &[u8], found: &[u8]) -> bool {
        if golden == found {
            return true;
        }
        self != Self::Strict
            && golden.iter().zip(found).all(|(golden, found)| self.bit_matches(*golden, *found))
    }
}

/// Compares two reals: equal, or apart by at most `tolerance` of the golden value.
pub(crate) fn reals_match(golden: f64, found: f64, tolerance: f64) -> bool {
    golden == found
        || golden.to_bits() == found.to_bits()
        || (golden - found).abs() <= tolerance * golden.abs()
}

/// The real number in eight bytes of state.
pub(crate) fn real(bytes: &[u8]) -> f64 {
    let mut raw = [0; 8];
    raw.copy_from_slice(&bytes[..8]);
    f64::from_le_bytes(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_decides_all_sixteen_pairs() {
        let matching = |policy: XPolicy| -> Vec<String> {
            let pairs = b"01xz".iter().flat_map(|g| b"01xz".iter().map(move |f| (*g, *f)));
            let matching = pairs.filter(|(g, f)| policy.bits_match(&[*g], &[*f]));
            matching.map(|(g, f)| format!("{}{}", g as char, f as char)).collect()
        };
        assert_eq!(matching(XPolicy::Strict), ["00", "11", "xx", "zz"]);
        assert_eq!(matching(XPolicy::GoldenX), ["00", "11", "x0", "x1", "xx", "xz", "zz"]);
        let two = ["00", "0x", "0z", "11", "x0", "xx", "xz", "z0", "zx", "zz"];
        assert_eq!(matching(XPolicy::TwoState), two);
    }

    #[test]
    fn reals_match_within_the_tolerance() {
        assert!(reals_match(1.0, 1.0, 0.0));
        assert!(!reals_match(1.0, 1.000_1, 0.0));
        assert!(reals_match(-1.0, -1.000_1, 0.001));
        assert!(reals_match(f64::NAN, f64::NAN, 0.0));
        assert!(!reals_match(f64::NAN, 1.0, 0.1));
    }
}
