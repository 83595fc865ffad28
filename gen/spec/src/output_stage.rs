//! The end of every computing layer: requantise, add the zero point, saturate, clamp.

use serde::{Deserialize, Serialize};

use crate::{IntType, Requant, Rounding, Saturation, Span, SpecError};

/// From accumulators to stored integers, in this order:
///
/// 1. multiply and shift ([`Requant`]), with the named rounding;
/// 2. add the output's zero point;
/// 3. bring the sum into the type by the named saturation;
/// 4. clamp, which is where ReLU and Clip live: they cost two comparisons and no layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputStage {
    /// One for the whole tensor, or one per output channel.
    pub requant: Vec<Requant>,
    /// Rounding of the requantisation.
    pub rounding: Rounding,
    /// Added after the rounding.
    pub zero_point: i32,
    /// The stored type.
    pub ty: IntType,
    /// What happens to values the type cannot hold.
    pub saturation: Saturation,
    /// The activation function's bounds, within the type.
    pub clamp: Span,
}

impl OutputStage {
    /// Accumulators handed out as they are, in 32 bits.
    pub fn raw() -> Self {
        Self {
            requant: vec![Requant::IDENTITY],
            rounding: Rounding::HalfUp,
            zero_point: 0,
            ty: IntType::ACCUMULATOR,
            saturation: Saturation::Saturate,
            clamp: IntType::ACCUMULATOR.span(),
        }
    }

    /// The requantisation of a channel.
    pub fn requant_of(&self, channel: usize) -> Requant {
        if self.requant.len() == 1 { self.requant[0] } else { self.requant[channel] }
    }

    /// One output. `divisor` is a pooling window's element count, and 1 elsewhere.
    pub fn finish(&self, accumulator: i64, channel: usize, divisor: u32) -> i32 {
        let scaled = self.requant_of(channel).apply(accumulator, divisor, self.rounding);
        let placed = scaled.saturating_add(i64::from(self.zero_point));
        self.clamp.clamp(self.saturation.apply(placed, self.ty)) as i32
    }

    /// Checks the stage against its number of channels: a stage that passes can be applied to any
    /// accumulator of any channel, and its results lie in the type.
    pub fn validate(&self, channels: usize) -> Result<(), SpecError> {
        if self.requant.len() != 1 && self.requant.len() != channels {
            return Err(SpecError::Count {
                what: "requantisations",
                found: self.requant.len(),
                wanted: channels,
                shape: vec![channels],
            });
        }
        let span = self.ty.span();
        let outside = [i64::from(self.zero_point), self.clamp.lo, self.clamp.hi]
            .into_iter()
            .find(|value| !span.contains(*value));
        match outside {
            Some(value) => Err(SpecError::ZeroPoint {
                zero_point: value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32,
                ty: self.ty.to_string(),
                lo: span.lo,
                hi: span.hi,
            }),
            None if self.clamp.lo > self.clamp.hi => Err(SpecError::Parameter {
                what: "lower clamp bound, above the upper one: clamp width",
                found: 0,
                allowed: "lo <= hi",
            }),
            None => Ok(()),
        }
    }

    /// Widest multiplier in use.
    pub fn multiplier_bits(&self) -> u8 {
        self.requant.iter().map(|r| r.multiplier_bits()).max().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage() -> OutputStage {
        let ty = IntType::new(8, false).unwrap();
        OutputStage {
            requant: vec![Requant::shift(1).unwrap(), Requant::new(3, 2).unwrap()],
            rounding: Rounding::HalfUp,
            zero_point: 10,
            ty,
            saturation: Saturation::Saturate,
            clamp: Span::new(10, 200),
        }
    }

    #[test]
    fn the_order_of_steps() {
        let stage = stage();
        assert_eq!(stage.finish(5, 0, 1), 13, "2.5 -> 3, plus 10");
        assert_eq!(stage.finish(5, 1, 1), 14, "3.75 -> 4, plus 10");
        assert_eq!(stage.finish(-50, 0, 1), 10, "ReLU");
        assert_eq!(stage.finish(1_000_000, 0, 1), 200, "Clip");
        assert_eq!(stage.finish(9, 0, 3), 12, "9 / (2 * 3) = 1.5 -> 2, plus 10");
    }

    #[test]
    fn wrapping_happens_before_the_clamp() {
        let wrapping = OutputStage { saturation: Saturation::Wrap, ..stage() };
        assert_eq!(wrapping.finish(2 * 246 + 2, 0, 1), 10, "247 + 10 = 257 wraps to 1");
    }

    #[test]
    fn stages_that_cannot_be_applied_are_refused() {
        let channels = stage().validate(3).unwrap_err().to_string();
        assert_eq!(channels, "requantisations: 2 given, but the shape [3] needs 3");
        let clamp = OutputStage { clamp: Span { lo: 0, hi: 256 }, ..stage() };
        assert!(clamp.validate(2).unwrap_err().to_string().contains("256 lies outside u8"));
        let reversed = OutputStage { clamp: Span { lo: 9, hi: 3 }, ..stage() };
        assert!(reversed.validate(2).unwrap_err().to_string().contains("lo <= hi"));
        assert_eq!(stage().validate(2), Ok(()));
        let empty = OutputStage { requant: vec![], ..stage() };
        assert!(empty.validate(2).is_err());
    }

    #[test]
    fn raw_is_the_identity() {
        for value in [-(1i64 << 31), -1, 0, (1 << 31) - 1] {
            assert_eq!(i64::from(OutputStage::raw().finish(value, 7, 1)), value);
        }
    }
}
