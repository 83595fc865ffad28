//! Formats that layers can be trained in, and how they are written.

use std::fmt;
use std::str::FromStr;

use bitladder_quantize::{LayerFormat, WeightScheme};
use bitladder_spec::{VectorAxis, VectorLayout};
use serde::{Deserialize, Serialize};

/// Width of the scalars of the 3-bit code.
const SCALAR_BITS: u8 = 8;

/// How a layer's weights are coded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Coding {
    /// As the quantiser does it.
    Scheme(WeightScheme),
    /// The 3-bit code with the scalar of paper 002's equation 9: the mean magnitude over `divisor`.
    Equation9 {
        /// The equation's O.
        divisor: f64,
    },
    /// Paper 003's equation 3: `2^bits` levels from -1 to 1, times the mean magnitude of a filter.
    Levels {
        /// Its k, 1 to 8.
        bits: u8,
    },
}

/// Vectors of the 3-bit code, as the quantiser has them.
pub(crate) const VECTORS: VectorLayout = VectorLayout { axis: VectorAxis::Channel, length: 16 };

/// Weights and inputs of a layer in training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TrainFormat {
    /// Coding of the weights.
    pub coding: Coding,
    /// Width of the values the layer reads.
    pub input_bits: u8,
}

impl TrainFormat {
    /// What the quantiser is to be asked for.
    pub(crate) fn layer_format(self) -> LayerFormat {
        let weights = match self.coding {
            Coding::Scheme(scheme) => scheme,
            Coding::Equation9 { .. } => {
                WeightScheme::Qsq { layout: VECTORS, scalar_bits: SCALAR_BITS }
            }
            // Odd numbers from -(2^k - 1) to 2^k - 1, which are declared, not chosen.
            Coding::Levels { bits } => WeightScheme::Fixed { bits: bits + 1 },
        };
        LayerFormat { weights, input_bits: self.input_bits }
    }

    /// A layer whose weights and inputs are one bit each.
    pub fn is_binary(self) -> bool {
        let weights = matches!(
            self.coding,
            Coding::Scheme(WeightScheme::Binary) | Coding::Levels { bits: 1 }
        );
        weights && self.input_bits == 1
    }
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{plain}. For training there are also `kbitK` (equation 3 with K bits, 1 to 8) and `qsq9:O` \
     (the 3-bit code with equation 9's scalar), each with an optional input width such as `kbit2a2`"
)]
pub struct FormatError {
    /// What the quantiser says about the text.
    plain: String,
}

impl FromStr for TrainFormat {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let refused =
            |error: bitladder_quantize::QuantizeError| FormatError { plain: error.to_string() };
        let own = text
            .strip_prefix("kbit")
            .map(levels)
            .or_else(|| text.strip_prefix("qsq9:").map(equation9));
        match own {
            Some(Some(format)) => Ok(format),
            // Let the quantiser word the refusal: the text means nothing to it either.
            Some(None) | None => {
                let LayerFormat { weights, input_bits } = text.parse().map_err(refused)?;
                Ok(Self { coding: Coding::Scheme(weights), input_bits })
            }
        }
    }
}

/// `2`, `2a4`: a number and an optional input width.
fn split(text: &str) -> Option<(&str, Option<u8>)> {
    match text.split_once('a') {
        None => Some((text, None)),
        Some((number, inputs)) => {
            let bits = inputs.parse().ok().filter(|bits| (1..=16).contains(bits))?;
            Some((number, Some(bits)))
        }
    }
}

fn levels(text: &str) -> Option<TrainFormat> {
    let (number, inputs) = split(text)?;
    let bits = number.parse().ok().filter(|bits| (1..=8).contains(bits))?;
    Some(TrainFormat { coding: Coding::Levels { bits }, input_bits: inputs.unwrap_or(bits) })
}

fn equation9(text: &str) -> Option<TrainFormat> {
    let (number, inputs) = split(text)?;
    let divisor: f64 = number.parse().ok()?;
    let usable = divisor.is_finite() && divisor > 0.0;
    let coding = Coding::Equation9 { divisor };
    usable.then_some(TrainFormat { coding, input_bits: inputs.unwrap_or(8) })
}

impl fmt::Display for TrainFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs = self.input_bits;
        match self.coding {
            Coding::Scheme(weights) => LayerFormat { weights, input_bits: inputs }.fmt(f),
            Coding::Equation9 { divisor } => write!(f, "qsq9:{divisor}a{inputs}"),
            Coding::Levels { bits } => write!(f, "kbit{bits}a{inputs}"),
        }
    }
}

impl From<TrainFormat> for String {
    fn from(format: TrainFormat) -> Self {
        format.to_string()
    }
}

impl TryFrom<String> for TrainFormat {
    type Error = FormatError;

    fn try_from(text: String) -> Result<Self, FormatError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_read_what_they_print() {
        let table = [
            ("4", "4"),
            ("pow2a8", "pow2a8"),
            ("qsq", "qsqa8"),
            ("qsq9:2.5", "qsq9:2.5a8"),
            ("qsq9:4a16", "qsq9:4a16"),
            ("kbit2", "kbit2a2"),
            ("kbit4a8", "kbit4a8"),
            ("binarya1", "binarya1"),
        ];
        for (text, shown) in table {
            let format: TrainFormat = text.parse().unwrap();
            assert_eq!(format.to_string(), shown);
            assert_eq!(shown.parse::<TrainFormat>().unwrap(), format);
        }
    }

    #[test]
    fn only_one_bit_on_both_sides_is_binary() {
        let binary = |text: &str| text.parse::<TrainFormat>().unwrap().is_binary();
        assert!(binary("binarya1") && binary("kbit1"));
        assert!(!binary("binary") && !binary("w2a1") && !binary("kbit2a1"));
    }

    #[test]
    fn bad_formats_say_what_is_allowed() {
        for text in
            ["1", "kbit", "kbit0", "kbit9", "kbit2a17", "qsq9:", "qsq9:-1", "qsq9:0", "fp32"]
        {
            let message = text.parse::<TrainFormat>().unwrap_err().to_string();
            assert!(message.starts_with(&format!("`{text}` is not a format")), "{message}");
            assert!(message.contains("`kbitK`") && message.contains("`pow2`"), "{message}");
        }
    }
}
