//! What happens to a value that its type cannot hold, by name.

use serde::{Deserialize, Serialize};

use crate::{IntType, Span};

/// How a value outside a type's range is brought into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Saturation {
    /// The nearest value the type holds.
    #[default]
    Saturate,
    /// As `Saturate`, but a signed type gives up its most negative value, so that every value has
    /// its negative.
    Symmetric,
    /// The low bits are kept. Cheapest, and wrong by a whole range when it happens.
    Wrap,
}

impl Saturation {
    /// The values that can come out.
    pub fn span(self, ty: IntType) -> Span {
        let full = ty.span();
        match self {
            Self::Symmetric if ty.is_signed() => Span::new(-full.hi, full.hi),
            _ => full,
        }
    }

    /// Brings `value` into `ty`.
    pub fn apply(self, value: i64, ty: IntType) -> i64 {
        match self {
            Self::Saturate | Self::Symmetric => self.span(ty).clamp(value),
            Self::Wrap => ty.wrap(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_at_the_borders_of_four_bits() {
        let i4 = IntType::new(4, true).unwrap();
        let at = |s: Saturation| [-9, -8, -7, 7, 8].map(|v| s.apply(v, i4));
        assert_eq!(at(Saturation::Saturate), [-8, -8, -7, 7, 7]);
        assert_eq!(at(Saturation::Symmetric), [-7, -7, -7, 7, 7]);
        assert_eq!(at(Saturation::Wrap), [7, -8, -7, 7, -8]);
        let u4 = IntType::new(4, false).unwrap();
        assert_eq!([-1, 16].map(|v| Saturation::Symmetric.apply(v, u4)), [0, 15]);
    }
}
