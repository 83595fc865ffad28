//! The type of a signal: a width and a sign, both known when the design is built.

use std::fmt;

/// The widest signal of the layer, in bits: values are held in a `u128`.
pub const MAX_WIDTH: u32 = 128;

/// Width and sign of a signal. Every operator checks both; nothing is extended, cut or
/// reinterpreted unless the description says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ty {
    /// Number of bits.
    pub width: u32,
    /// Two's complement when true.
    pub signed: bool,
}

/// An unsigned type of `width` bits.
pub const fn uint(width: u32) -> Ty {
    Ty { width, signed: false }
}

/// A two's complement type of `width` bits.
pub const fn sint(width: u32) -> Ty {
    Ty { width, signed: true }
}

/// The type of a condition: one unsigned bit.
pub const BIT: Ty = uint(1);

impl Ty {
    /// The same sign at another width.
    pub const fn with_width(self, width: u32) -> Ty {
        Ty { width, ..self }
    }

    /// True if the layer can represent signals of this type.
    pub const fn is_valid(self) -> bool {
        self.width >= 1 && self.width <= MAX_WIDTH
    }

    /// All ones at this width.
    pub const fn mask(self) -> u128 {
        mask(self.width)
    }

    /// True if `value` is one of this type's values.
    pub fn holds(self, value: i128) -> bool {
        if self.signed {
            let spare = MAX_WIDTH - self.width;
            (value << spare) >> spare == value
        } else {
            value >= 0 && (value as u128) & !self.mask() == 0
        }
    }

    /// The number that the bits stand for; unsigned values of 128 bits wrap into the sign.
    pub fn number(self, bits: u128) -> i128 {
        if self.signed { sign_extend(bits, self.width) as i128 } else { bits as i128 }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.signed { "signed" } else { "unsigned" };
        let plural = if self.width == 1 { "" } else { "s" };
        write!(f, "{sign} {} bit{plural}", self.width)
    }
}

/// All ones in the low `width` bits (`width` up to 128).
pub const fn mask(width: u32) -> u128 {
    if width >= MAX_WIDTH { u128::MAX } else { (1 << width) - 1 }
}

/// Copies bit `width - 1` into every higher bit.
pub(crate) const fn sign_extend(bits: u128, width: u32) -> u128 {
    let spare = MAX_WIDTH - width;
    (((bits << spare) as i128) >> spare) as u128
}

/// The number of address bits that count up to `depth` (at least one).
pub fn address_width(depth: usize) -> u32 {
    depth.saturating_sub(1).checked_ilog2().map_or(1, |top| top + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_holds_exactly_its_range() {
        assert!(uint(4).holds(15) && !uint(4).holds(16) && !uint(4).holds(-1));
        assert!(sint(4).holds(7) && !sint(4).holds(8));
        assert!(sint(4).holds(-8) && !sint(4).holds(-9));
        assert!(sint(128).holds(i128::MIN) && uint(128).holds(i128::MAX));
    }

    #[test]
    fn numbers_follow_the_sign() {
        assert_eq!(sint(4).number(0b1000), -8);
        assert_eq!(uint(4).number(0b1000), 8);
        assert_eq!(sint(128).number(u128::MAX), -1);
    }

    #[test]
    fn addresses_cover_the_depth_and_no_more() {
        let widths: Vec<u32> = [1, 2, 3, 4, 5, 1024, 1025].map(address_width).to_vec();
        assert_eq!(widths, [1, 1, 2, 2, 3, 10, 11]);
    }
}
