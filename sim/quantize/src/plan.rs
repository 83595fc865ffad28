//! Which format each layer is to have, and how formats are written in text.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use bitladder_spec::{IntType, SplitMix64, ValueRounding, VectorAxis, VectorLayout};

use crate::{QuantizeError, Scalable};

/// The syntax, for error messages and help texts.
pub(crate) const SYNTAX: &str = "`16`, `8`, `4`, `2` (weights and inputs), `wWaA` such as \
     `w4a8`, or `nested16`, `nested8`, `nested4` (one store for all three), `pow2`, `qsq`, `ternary`, \
     `binary` with an optional input width such as `pow2a8`, `levels2` (1 to 8 bits without a zero), \
     and `qsq.c16.o4`: vectors of 16 along channels (f: filters; 0: all), largest factor 1, 2 or 4, \
     then `.d150g30` (delta and gamma in percent, `m` about the mean) and `.eq9` if wanted";

/// How a layer's weights are to be coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightScheme {
    /// Two's complement with a radix point for the tensor.
    Fixed {
        /// Width, 2 to 16.
        bits: u8,
    },
    /// Two's complement of 16 bits whose rounding to `bits` is used. The radix point is the same for
    /// all widths, so that one store serves them.
    Nested {
        /// Width in use: 16, 8 or 4.
        bits: u8,
    },
    /// Signed powers of two over a radix point for the tensor.
    PowerOfTwo,
    /// The 3-bit code.
    Qsq {
        /// Its vectors.
        layout: VectorLayout,
        /// Width of its scalars.
        scalar_bits: u8,
    },
    /// The 3-bit or 2-bit code with chosen levels, thresholds and scalars.
    Scalable(Scalable),
    /// Evenly spread values without a zero: equation 3 of paper 003.
    Levels {
        /// Bits, 1 to 8; one more is stored.
        bits: u8,
    },
    /// -1, 0, +1 with a scalar per filter.
    Ternary,
    /// -1, +1 with a scalar per filter.
    Binary,
}

/// Weights and inputs of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerFormat {
    /// Coding of the weights.
    pub weights: WeightScheme,
    /// Width of the values the layer reads.
    pub input_bits: u8,
}

impl LayerFormat {
    /// Fixed point for weights and inputs.
    pub fn fixed(bits: u8) -> Self {
        Self { weights: WeightScheme::Fixed { bits }, input_bits: bits }
    }
}

impl FromStr for LayerFormat {
    type Err = QuantizeError;

    fn from_str(text: &str) -> Result<Self, QuantizeError> {
        let bad = |problem: &str| QuantizeError::Syntax {
            text: text.to_owned(),
            problem: problem.to_owned(),
        };
        let bits = |digits: &str, lo: u8, what: &str| match digits.parse::<u8>() {
            Ok(bits) if (lo..=16).contains(&bits) => Ok(bits),
            _ => Err(bad(&format!("{what} must be {lo} to 16 bits"))),
        };
        if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
            return bits(text, 2, "the width").map(Self::fixed);
        }
        if let Some((weights, inputs)) = text.strip_prefix('w').and_then(|t| t.split_once('a')) {
            let weights = WeightScheme::Fixed { bits: bits(weights, 2, "weights")? };
            return Ok(Self { weights, input_bits: bits(inputs, 1, "inputs")? });
        }
        if text.starts_with("qsq.") || text.starts_with("levels") {
            // No part of these names has an `a` but the one before the inputs.
            let (name, inputs) = match text.split_once('a') {
                Some((name, digits)) => (name, bits(digits, 1, "inputs")?),
                None => (text, 8),
            };
            return Ok(Self { weights: weights_by(name).map_err(bad)?, input_bits: inputs });
        }
        // Default input widths: 16 bits where paper 004 has them, 8 elsewhere.
        let layout = VectorLayout { axis: VectorAxis::Channel, length: 16 };
        let coded = [
            ("pow2", WeightScheme::PowerOfTwo, 16),
            ("nested16", WeightScheme::Nested { bits: 16 }, 16),
            ("nested8", WeightScheme::Nested { bits: 8 }, 8),
            ("nested4", WeightScheme::Nested { bits: 4 }, 4),
            ("qsq", WeightScheme::Qsq { layout, scalar_bits: 8 }, 8),
            ("ternary", WeightScheme::Ternary, 8),
            ("binary", WeightScheme::Binary, 16),
        ];
        for (name, weights, input_bits) in coded {
            match text.strip_prefix(name) {
                Some("") => return Ok(Self { weights, input_bits }),
                Some(rest) if rest.starts_with('a') => {
                    return Ok(Self { weights, input_bits: bits(&rest[1..], 1, "inputs")? });
                }
                _ => {}
            }
        }
        Err(bad("unknown name"))
    }
}

/// The codings whose names have numbers in them.
fn weights_by(name: &str) -> Result<WeightScheme, &'static str> {
    match name.strip_prefix("levels") {
        None => Ok(WeightScheme::Scalable(name.parse()?)),
        Some(digits) => match digits.parse() {
            Ok(bits @ 1..=8) => Ok(WeightScheme::Levels { bits }),
            _ => Err("levels have 1 to 8 bits"),
        },
    }
}

impl fmt::Display for LayerFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs = self.input_bits;
        match self.weights {
            WeightScheme::Fixed { bits } if bits == inputs => write!(f, "{bits}"),
            WeightScheme::Fixed { bits } => write!(f, "w{bits}a{inputs}"),
            WeightScheme::Nested { bits } => write!(f, "nested{bits}a{inputs}"),
            WeightScheme::PowerOfTwo => write!(f, "pow2a{inputs}"),
            WeightScheme::Qsq { .. } => write!(f, "qsqa{inputs}"),
            WeightScheme::Scalable(code) => write!(f, "{code}a{inputs}"),
            WeightScheme::Levels { bits } => write!(f, "levels{bits}a{inputs}"),
            WeightScheme::Ternary => write!(f, "ternarya{inputs}"),
            WeightScheme::Binary => write!(f, "binarya{inputs}"),
        }
    }
}

/// How a radix point is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RadixRule {
    /// The largest value just fits.
    Maximum,
    /// The squared error is least: a few large values may saturate so that the many get finer
    /// steps.
    #[default]
    LeastError,
}

/// What is wanted of the whole network.
#[derive(Debug, Clone, PartialEq)]
pub struct FormatPlan {
    /// For layers not named below.
    pub default: LayerFormat,
    /// Layers with a format of their own, by name.
    pub layers: BTreeMap<String, LayerFormat>,
    /// Placement of radix points.
    pub radix: RadixRule,
    /// Whether values that are never negative lose their sign bit.
    pub unsigned: bool,
    /// Rounding of weights. Activations are rounded by their output stages.
    pub rounding: ValueRounding,
}

impl FormatPlan {
    /// One format for all layers and the defaults for everything else.
    pub fn uniform(default: LayerFormat) -> Self {
        Self {
            default,
            layers: BTreeMap::new(),
            radix: RadixRule::default(),
            unsigned: true,
            rounding: ValueRounding::default(),
        }
    }

    /// The format of a layer.
    pub fn of(&self, layer: &str) -> LayerFormat {
        self.layers.get(layer).copied().unwrap_or(self.default)
    }

    /// The rounding of a layer's weights: a stochastic one draws a sequence of its own per layer.
    pub(crate) fn rounding_of(&self, layer: usize) -> ValueRounding {
        match self.rounding {
            ValueRounding::Stochastic { seed } => {
                let mut seeds = SplitMix64::new(seed);
                let own = (0..=layer).fold(seed, |_, _| seeds.next_u64());
                ValueRounding::Stochastic { seed: own }
            }
            named => named,
        }
    }

    /// The type of a value of that many bits, given whether it is ever negative.
    pub(crate) fn value_type(&self, bits: u8, ever_negative: bool) -> IntType {
        let signed = ever_negative || !self.unsigned;
        // One signed bit would hold only 0 and -1.
        let bits = if signed { bits.max(2) } else { bits };
        IntType::new(bits, signed).unwrap_or(IntType::ACCUMULATOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_in_text() {
        for (text, shown) in [
            ("16", "16"),
            ("w4a8", "w4a8"),
            ("w8a8", "8"),
            ("pow2", "pow2a16"),
            ("pow2a8", "pow2a8"),
            ("nested8", "nested8a8"),
            ("nested4a8", "nested4a8"),
            ("qsq", "qsqa8"),
            ("qsq.c16.o4", "qsq.c16.o4a8"),
            ("qsq.f0.o1.eq9a16", "qsq.f0.o1.eq9a16"),
            ("qsq.c8.o2.d150g30m.eq9", "qsq.c8.o2.d150g30m.eq9a8"),
            ("levels2a4", "levels2a4"),
            ("ternary", "ternarya8"),
            ("binarya1", "binarya1"),
        ] {
            let format: LayerFormat = text.parse().unwrap();
            assert_eq!(format.to_string(), shown);
            assert_eq!(shown.parse::<LayerFormat>().unwrap(), format);
        }
    }

    #[test]
    fn bad_formats_say_what_is_allowed() {
        for text in [
            "",
            "1",
            "17",
            "999",
            "w4",
            "w1a8",
            "w4a17",
            "pow3",
            "pow2b8",
            "qsqa",
            "fp32",
            "qsq.x4.o4",
            "qsq.c16",
            "qsq.c16.o3",
            "qsq.c16.o4.d90g30",
            "qsq.c.o4",
            "levels9",
            "levelsa8",
        ] {
            let message = text.parse::<LayerFormat>().unwrap_err().to_string();
            assert!(message.starts_with(&format!("`{text}` is not a format: ")), "{message}");
            assert!(message.contains("`pow2`, `qsq`, `ternary`, `binary`"), "{message}");
        }
    }
}
