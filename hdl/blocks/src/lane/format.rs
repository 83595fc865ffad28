//! What a 16-bit word carries, and what one word contributes to a sum.

use bitladder_spec::{Span, weight_code};

/// How many operands a word carries along the reduction. The discriminant is the value of the
/// `mode` ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// One operand of 16 bits.
    Word16 = 0,
    /// Two signed operands of 8 bits, the first in the low byte.
    Word8 = 1,
    /// Four signed operands of 4 bits, the first in the low nibble.
    Word4 = 2,
    /// Sixteen operands of one bit on both sides: 1 is +1 and 0 is -1.
    Binary = 3,
}

impl Mode {
    /// Every mode, in the order of the port's values.
    pub const ALL: [Mode; 4] = [Mode::Word16, Mode::Word8, Mode::Word4, Mode::Binary];

    /// Operands per word, which is also the products per cycle.
    pub fn parts(self) -> u32 {
        match self {
            Mode::Word16 => 1,
            Mode::Word8 => 2,
            Mode::Word4 => 4,
            Mode::Binary => 16,
        }
    }

    /// Width of an operand.
    pub fn bits(self) -> u32 {
        16 / self.parts()
    }

    /// The value of the `mode` ports.
    pub fn code(self) -> u128 {
        self as u128
    }

    /// The name as in configurations and reports.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Word16 => "1x16",
            Mode::Word8 => "2x8",
            Mode::Word4 => "4x4",
            Mode::Binary => "16x1",
        }
    }

    /// What an activation can be.
    pub fn activation_span(self) -> Span {
        match self {
            Mode::Binary => Span::new(-1, 1),
            _ => Span::new(-(1 << (self.bits() - 1)), (1 << (self.bits() - 1)) - 1),
        }
    }
}

/// How the weights of a word are coded. The discriminant is the value of the `weights` ports.
/// In [`Mode::Binary`] weights are always single bits, whatever the port says.
///
/// Codes narrower than the operand lie side by side in the low bits of the word, the first
/// lowest, so that memories hold nothing but codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WeightKind {
    /// Two's complement, as wide as the activations.
    Fixed = 0,
    /// One signed power of two with 16-bit activations: the code `z s eeee`.
    PowerOfTwo = 1,
    /// -1, 0, +1: two bits each.
    Ternary = 2,
    /// The 3-bit code: 0, +-1, +-2, +-4. The vector's scalar is applied to the sum.
    Qsq = 3,
}

impl WeightKind {
    /// Every kind, in the order of the port's values.
    pub const ALL: [WeightKind; 4] =
        [WeightKind::Fixed, WeightKind::PowerOfTwo, WeightKind::Ternary, WeightKind::Qsq];

    /// The value of the `weights` ports.
    pub fn code(self) -> u128 {
        self as u128
    }

    /// The name as in configurations and reports.
    pub fn name(self) -> &'static str {
        match self {
            WeightKind::Fixed => "fixed",
            WeightKind::PowerOfTwo => "power-of-two",
            WeightKind::Ternary => "ternary",
            WeightKind::Qsq => "qsq",
        }
    }

    /// True if words of this mode can have weights of this kind: power-of-two weights shift by
    /// up to 15 and go with 16-bit activations only; binary words have binary weights.
    pub fn goes_with(self, mode: Mode) -> bool {
        match mode {
            Mode::Word16 => true,
            Mode::Word8 | Mode::Word4 => self != WeightKind::PowerOfTwo,
            Mode::Binary => self == WeightKind::Fixed,
        }
    }

    /// What a weight can be.
    pub fn span(self, mode: Mode) -> Span {
        match (mode, self) {
            (Mode::Binary, _) | (_, WeightKind::Ternary) => Span::new(-1, 1),
            (_, WeightKind::Fixed) => mode.activation_span(),
            (_, WeightKind::PowerOfTwo) => Span::new(-(1 << 15), 1 << 15),
            (_, WeightKind::Qsq) => Span::new(-4, 4),
        }
    }

    /// The weight at position `part` of a word; `None` for a code without a meaning.
    pub fn decode(self, mode: Mode, word: u16, part: u32) -> Option<i32> {
        let field = |bits: u32| word >> (part * bits) & (0xffff >> (16 - bits));
        match (mode, self) {
            (Mode::Binary, _) => weight_code::binary_decode(field(1)),
            (_, WeightKind::Fixed) => {
                Some(weight_code::fixed_decode(field(mode.bits()), mode.bits() as u8))
            }
            (_, WeightKind::PowerOfTwo) => weight_code::power_decode(field(6)),
            (_, WeightKind::Ternary) => weight_code::ternary_decode(field(2)),
            (_, WeightKind::Qsq) => weight_code::qsq_decode(field(3)),
        }
    }
}

/// What a pair of words adds to the sum: the contract of lane and array. `None` if a weight code
/// has no meaning.
///
/// ```
/// use bitladder_blocks::{Mode, WeightKind, word_dot};
/// // 2 * 5 + (-1) * 3
/// assert_eq!(word_dot(Mode::Word8, WeightKind::Fixed, 0xff02, 0x0305), Some(7));
/// ```
pub fn word_dot(mode: Mode, weights: WeightKind, activations: u16, word: u16) -> Option<i64> {
    (0..mode.parts())
        .map(|part| {
            let activation = WeightKind::Fixed.decode(mode, activations, part)?;
            let weight = weights.decode(mode, word, part)?;
            Some(i64::from(activation) * i64::from(weight))
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_mode() {
        let fixed = |mode, a, w| word_dot(mode, WeightKind::Fixed, a, w);
        assert_eq!(fixed(Mode::Word16, 0x8000, 0x8000), Some(1 << 30));
        assert_eq!(fixed(Mode::Word8, 0x8080, 0x8080), Some(1 << 15));
        assert_eq!(fixed(Mode::Word4, 0x8888, 0x8888), Some(256));
        assert_eq!(fixed(Mode::Binary, 0xffff, 0xffff), Some(16));
        assert_eq!(fixed(Mode::Binary, 0xff00, 0x0fff), Some(-8));
    }

    #[test]
    fn narrow_codes_lie_side_by_side() {
        let dot = |kind, w| word_dot(Mode::Word4, kind, 0x7531, w);
        assert_eq!(dot(WeightKind::Ternary, 0b01_11_00_01), Some(1 - 5 + 7));
        assert_eq!(dot(WeightKind::Qsq, 0b011_110_010_001), Some(1 + 6 - 20 + 28));
        assert_eq!(dot(WeightKind::Ternary, 0b10), None, "minus two has no meaning");
        assert_eq!(word_dot(Mode::Word16, WeightKind::PowerOfTwo, 3, 0b01_0100), Some(-48));
        assert_eq!(word_dot(Mode::Word16, WeightKind::PowerOfTwo, 3, 0b10_0000), Some(0));
    }
}
