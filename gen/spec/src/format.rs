//! What a tensor's integers stand for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{IntType, Saturation, SpecError, ValueRounding};

/// The value of one integer step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// `2^-frac`: a radix point `frac` places from the right. Rescaling is a shift.
    Radix(i16),
    /// Any positive number, as imported models have. Rescaling is a multiplier and a shift.
    Real(f64),
}

impl Scale {
    /// A real scale; refuses zero, negatives, infinities and NaN.
    pub fn real(scale: f64) -> Result<Self, SpecError> {
        if scale.is_finite() && scale > 0.0 {
            Ok(Self::Real(scale))
        } else {
            Err(SpecError::Scale { scale })
        }
    }

    /// The step as a number.
    pub fn step(self) -> f64 {
        match self {
            Self::Radix(frac) => (-f64::from(frac)).exp2(),
            Self::Real(step) => step,
        }
    }

    /// The scale of a product of two tensors.
    pub fn times(self, other: Scale) -> Scale {
        match (self, other) {
            (Self::Radix(a), Self::Radix(b)) => Self::Radix(a + b),
            _ => Self::Real(self.step() * other.step()),
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Radix(frac) => write!(f, "2^{}", -i32::from(*frac)),
            Self::Real(step) => write!(f, "{step:.6e}"),
        }
    }
}

/// Format of an activation tensor: `real = (integer - zero_point) * scale`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorFormat {
    /// The stored integers.
    pub ty: IntType,
    /// The value of one step.
    pub scale: Scale,
    /// The integer that stands for 0.0; always 0 in formats this project chooses itself.
    pub zero_point: i32,
}

impl TensorFormat {
    /// Fixed point with a radix point and no zero point.
    pub fn fixed(ty: IntType, frac: i16) -> Self {
        Self { ty, scale: Scale::Radix(frac), zero_point: 0 }
    }

    /// Checks scale and zero point; every format read from outside goes through here.
    pub fn validate(&self) -> Result<(), SpecError> {
        let step = self.scale.step();
        if !(step.is_finite() && step > 0.0) {
            return Err(SpecError::Scale { scale: step });
        }
        let span = self.ty.span();
        if span.hi > i64::from(i32::MAX) {
            return Err(SpecError::Unstorable { ty: self.ty.to_string() });
        }
        if !span.contains(i64::from(self.zero_point)) {
            return Err(SpecError::ZeroPoint {
                zero_point: self.zero_point,
                ty: self.ty.to_string(),
                lo: span.lo,
                hi: span.hi,
            });
        }
        Ok(())
    }

    /// The integer for a real value; `index` is the element's place (for stochastic rounding).
    ///
    /// The quotient is taken in single precision when the scale is not a power of two, as ONNX's
    /// `QuantizeLinear` does; with a radix point it is exact. NaN becomes the zero point.
    pub fn quantize(&self, value: f32, rounding: ValueRounding, index: u64) -> i32 {
        let steps = match self.scale {
            Scale::Radix(frac) => f64::from(value) * f64::from(frac).exp2(),
            Scale::Real(step) => f64::from(value / step as f32),
        };
        let rounded = rounding.real(steps, index) + f64::from(self.zero_point);
        if rounded.is_nan() {
            return self.zero_point;
        }
        // `as` saturates at the ends of i64, far outside any IntType.
        Saturation::Saturate.apply(rounded as i64, self.ty) as i32
    }

    /// The real value of an integer.
    pub fn dequantize(&self, value: i32) -> f32 {
        (f64::from(value - self.zero_point) * self.scale.step()) as f32
    }

    /// The values of the type less the zero point: what enters a multiplier.
    pub fn centered_span(&self) -> crate::Span {
        self.ty.span().minus(i64::from(self.zero_point))
    }
}

impl fmt::Display for TensorFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.ty, self.scale)?;
        if self.zero_point != 0 {
            write!(f, " zero {}", self.zero_point)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rounding;

    fn u8_with(scale: Scale, zero_point: i32) -> TensorFormat {
        TensorFormat { ty: IntType::new(8, false).unwrap(), scale, zero_point }
    }

    #[test]
    fn quantize_saturates_and_centres() {
        let format = u8_with(Scale::Real(0.5), 128);
        let q = |v| format.quantize(v, ValueRounding::default(), 0);
        assert_eq!(q(0.0), 128);
        assert_eq!(q(1e30), 255);
        assert_eq!(q(f32::NEG_INFINITY), 0);
        assert_eq!(q(f32::NAN), 128);
        assert_eq!(q(0.25), 128, "0.5 steps: half to even");
        assert_eq!(format.dequantize(130), 1.0);
    }

    #[test]
    fn radix_points_are_exact() {
        let i8 = IntType::new(8, true).unwrap();
        let format = TensorFormat::fixed(i8, 5);
        let half_up = ValueRounding::Named(Rounding::HalfUp);
        assert_eq!(format.quantize(1.0, half_up, 0), 32);
        assert_eq!(format.quantize(-1.0 / 64.0, half_up, 0), 0);
        assert_eq!(TensorFormat::fixed(i8, -3).dequantize(-2), -16.0);
        assert_eq!(format.to_string(), "i8 x 2^-5");
    }

    #[test]
    fn bad_formats_are_refused() {
        let message = u8_with(Scale::Real(0.5), 300).validate().unwrap_err().to_string();
        assert_eq!(message, "zero point 300 lies outside u8, which holds 0 to 255");
        let wide = TensorFormat::fixed(IntType::new(32, false).unwrap(), 0);
        let message = wide.validate().unwrap_err().to_string();
        assert!(message.starts_with("a tensor cannot hold u32: "), "{message}");
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Scale::real(scale).is_err());
            assert!(u8_with(Scale::Real(scale), 0).validate().is_err());
        }
        assert!(u8_with(Scale::Radix(2000), 0).validate().is_err(), "underflows to zero");
    }
}
