//! What the modes mean.

use bitladder_spec::{Rounding, Saturation};

use super::{Mode, RoundingCode, SaturationCode, WeightKind};

impl Mode {
    /// Operands per word, which is also the products per lane and cycle.
    pub fn parts(self) -> usize {
        match self {
            Self::Word16 => 1,
            Self::Word8 => 2,
            Self::Word4 => 4,
            Self::Binary => 16,
        }
    }

    /// Width of an operand.
    pub fn bits(self) -> u8 {
        (16 / self.parts()) as u8
    }

    /// The narrowest mode other than [`Mode::Binary`] whose operands hold `bits` bits.
    pub fn for_bits(bits: u8) -> Option<Self> {
        [Self::Word4, Self::Word8, Self::Word16].into_iter().find(|mode| mode.bits() >= bits)
    }
}

impl WeightKind {
    /// Sub-words per word of weight memory: codes narrower than operands lie several words to one.
    pub fn sub_words(self, mode: Mode) -> usize {
        match self {
            Self::Fixed => 1,
            Self::PowerOfTwo => 2,
            Self::Qsq => 4,
            Self::Ternary => 8 / mode.parts().min(8),
        }
    }

    /// Bits of a code.
    pub fn code_bits(self, mode: Mode) -> u32 {
        match self {
            Self::Fixed => u32::from(mode.bits()),
            Self::PowerOfTwo => 6,
            Self::Ternary => 2,
            Self::Qsq => 3,
        }
    }
}

impl From<Rounding> for RoundingCode {
    fn from(rounding: Rounding) -> Self {
        match rounding {
            Rounding::HalfUp => Self::HalfUp,
            Rounding::HalfEven => Self::HalfEven,
            Rounding::HalfAway => Self::HalfAway,
            Rounding::TowardZero => Self::TowardZero,
            Rounding::Floor => Self::Floor,
        }
    }
}

impl From<RoundingCode> for Rounding {
    fn from(code: RoundingCode) -> Self {
        match code {
            RoundingCode::HalfUp => Self::HalfUp,
            RoundingCode::HalfEven => Self::HalfEven,
            RoundingCode::HalfAway => Self::HalfAway,
            RoundingCode::TowardZero => Self::TowardZero,
            RoundingCode::Floor => Self::Floor,
        }
    }
}

impl From<Saturation> for SaturationCode {
    fn from(saturation: Saturation) -> Self {
        match saturation {
            Saturation::Saturate => Self::Saturate,
            Saturation::Symmetric => Self::Symmetric,
            Saturation::Wrap => Self::Wrap,
        }
    }
}

impl From<SaturationCode> for Saturation {
    fn from(code: SaturationCode) -> Self {
        match code {
            SaturationCode::Saturate => Self::Saturate,
            SaturationCode::Symmetric => Self::Symmetric,
            SaturationCode::Wrap => Self::Wrap,
        }
    }
}
