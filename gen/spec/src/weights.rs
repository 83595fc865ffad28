//! Weight tensors as they are stored: codes, and scalars where a format has them.

use serde::{Deserialize, Serialize};

use crate::csd;
use crate::nested::{NESTED_BITS, NESTED_MAX, NESTED_MIN, nested_round};
use crate::weight_code as code;
use crate::{Span, SpecError, VectorLayout};

/// How a layer's weights are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum WeightFormat {
    /// Two's complement.
    Fixed {
        /// Width, 2 to 16.
        bits: u8,
    },
    /// Two's complement of 16 bits, of which a rounding is used: see [`crate::nested`].
    Nested {
        /// Width in use: 16, 8 or 4.
        bits: u8,
    },
    /// `+-2^e` with e from 0 to 15, or 0: six bits.
    PowerOfTwo,
    /// The 3-bit code times an unsigned scalar per vector.
    Qsq {
        /// The vectors.
        layout: VectorLayout,
        /// Width of the scalars, 1 to 13: four times the largest still fits 16 bits with sign.
        scalar_bits: u8,
    },
    /// -1, 0, +1; the scalar per filter is part of the requantisation.
    Ternary,
    /// -1, +1; the scalar per filter is part of the requantisation.
    Binary,
}

impl WeightFormat {
    /// Width of one stored code.
    pub fn code_bits(self) -> u8 {
        match self {
            Self::Fixed { bits } => bits,
            Self::Nested { .. } => 16,
            Self::PowerOfTwo => 6,
            Self::Qsq { .. } => 3,
            Self::Ternary => 2,
            Self::Binary => 1,
        }
    }

    /// A short name for reports: `fixed8`, `nested8`, `pow2`, `qsq3`, `ternary`, `binary`.
    pub fn name(self) -> String {
        match self {
            Self::Fixed { bits } => format!("fixed{bits}"),
            Self::Nested { bits } => format!("nested{bits}"),
            Self::PowerOfTwo => "pow2".into(),
            Self::Qsq { .. } => "qsq3".into(),
            Self::Ternary => "ternary".into(),
            Self::Binary => "binary".into(),
        }
    }

    /// Every integer a weight of this format can stand for lies in this span.
    pub fn span(self) -> Span {
        match self {
            Self::Fixed { bits } | Self::Nested { bits } => {
                Span::new(-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1)
            }
            Self::PowerOfTwo => Span::new(-(1 << code::MAX_POWER), 1 << code::MAX_POWER),
            Self::Qsq { scalar_bits, .. } => {
                let most = 4 * ((1i64 << scalar_bits) - 1);
                Span::new(-most, most)
            }
            Self::Ternary | Self::Binary => Span::new(-1, 1),
        }
    }

    /// Checks the parameters' ranges.
    pub fn validate(self) -> Result<(), SpecError> {
        let bad = |what, found: u8, allowed| {
            Err(SpecError::Parameter { what, found: u64::from(found), allowed })
        };
        match self {
            Self::Fixed { bits } if !(2..=16).contains(&bits) => {
                bad("weight bits", bits, "2 to 16 (one bit is the format `binary`)")
            }
            Self::Nested { bits } if !NESTED_BITS.contains(&bits) => {
                bad("bits of nested weights", bits, "16, 8 or 4")
            }
            Self::Qsq { scalar_bits, .. } if !(1..=13).contains(&scalar_bits) => {
                bad("scalar bits", scalar_bits, "1 to 13")
            }
            _ => Ok(()),
        }
    }

    fn decode(self, stored: u16) -> Option<i32> {
        match self {
            Self::Fixed { bits } => {
                (stored >> (bits - 1) <= 1).then(|| code::fixed_decode(stored, bits))
            }
            Self::Nested { bits } => {
                let stored = code::fixed_decode(stored, 16);
                (stored <= NESTED_MAX).then(|| nested_round(stored, bits))
            }
            Self::PowerOfTwo => code::power_decode(stored),
            Self::Qsq { .. } => code::qsq_decode(stored),
            Self::Ternary => code::ternary_decode(stored),
            Self::Binary => code::binary_decode(stored),
        }
    }

    fn encode(self, value: i32) -> Option<u16> {
        match self {
            Self::Fixed { bits } => {
                self.span().contains(i64::from(value)).then(|| code::fixed_encode(value, bits))
            }
            Self::Nested { .. } => {
                (NESTED_MIN..=NESTED_MAX).contains(&value).then(|| code::fixed_encode(value, 16))
            }
            Self::PowerOfTwo => code::power_encode(value),
            Self::Qsq { .. } => code::qsq_encode(value),
            Self::Ternary => code::ternary_encode(value),
            Self::Binary => code::binary_encode(value),
        }
    }
}

/// A weight tensor in its stored form, shaped `[outputs, inputs, height, width]`.
///
/// Built only through [`Weights::from_codes`] and [`Weights::from_values`], so a value of this
/// type always has codes that mean something and as many of them as its shape needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    format: WeightFormat,
    shape: [usize; 4],
    codes: Vec<u16>,
    scalars: Vec<u16>,
    quality: u8,
}

impl Weights {
    /// From stored codes (and, for the 3-bit code, one scalar per vector).
    pub fn from_codes(
        format: WeightFormat,
        shape: [usize; 4],
        codes: Vec<u16>,
        scalars: Vec<u16>,
    ) -> Result<Self, SpecError> {
        format.validate()?;
        let wanted = shape
            .iter()
            .try_fold(1usize, |product, extent| product.checked_mul(*extent))
            .unwrap_or(usize::MAX);
        check_count("weight codes", codes.len(), wanted, shape)?;
        check_scalars(format, shape, &scalars)?;
        if let Some(index) = codes.iter().position(|c| format.decode(*c).is_none()) {
            let format = format.name();
            return Err(SpecError::Code { index, code: codes[index], format });
        }
        Ok(Self { format, shape, codes, scalars, quality: 0 })
    }

    /// From values: the integers themselves, for nested weights those that are stored, for the 3-bit
    /// code the factors 0, +-1, +-2, +-4.
    pub fn from_values(
        format: WeightFormat,
        shape: [usize; 4],
        values: &[i32],
        scalars: Vec<u16>,
    ) -> Result<Self, SpecError> {
        format.validate()?;
        let codes = values
            .iter()
            .enumerate()
            .map(|(index, value)| {
                let format_name = || format.name();
                format.encode(*value).ok_or_else(|| SpecError::Code {
                    index,
                    code: *value as u16,
                    format: format_name(),
                })
            })
            .collect::<Result<Vec<u16>, _>>()?;
        Self::from_codes(format, shape, codes, scalars)
    }

    /// The format.
    pub fn format(&self) -> WeightFormat {
        self.format
    }

    /// The same weights, of which so many canonic signed digits are used; 0 uses all. Only two's
    /// complement has digits to drop.
    pub fn with_quality(mut self, digits: u8) -> Result<Self, SpecError> {
        let dropped = digits != 0;
        match self.format {
            WeightFormat::Fixed { .. } | WeightFormat::Nested { .. } => {}
            _ if dropped => {
                let (what, found) = ("digits of weights", u64::from(digits));
                let allowed = "0 (all), unless weights are two's complement";
                return Err(SpecError::Parameter { what, found, allowed });
            }
            _ => {}
        }
        self.quality = digits;
        Ok(self)
    }

    /// Signed digits used of each weight, the most significant ones; 0 for all.
    pub fn quality(&self) -> u8 {
        self.quality
    }

    /// `[outputs, inputs per group, height, width]`.
    pub fn shape(&self) -> [usize; 4] {
        self.shape
    }

    /// The stored codes, row-major.
    pub fn codes(&self) -> &[u16] {
        &self.codes
    }

    /// The scalars of the 3-bit code; empty for other formats.
    pub fn scalars(&self) -> &[u16] {
        &self.scalars
    }

    /// Weights per output.
    pub fn per_output(&self) -> usize {
        self.shape[1] * self.shape[2] * self.shape[3]
    }

    /// The integers that enter the products, row-major, at the quality that is set. For the 3-bit code this is factor times
    /// scalar: scaling once at the end of a vector gives the same sum, since integers are exact.
    pub fn integers(&self) -> Vec<i32> {
        let factors = self.codes.iter().map(|c| self.format.decode(*c).unwrap_or(0));
        let WeightFormat::Qsq { layout, .. } = self.format else {
            return match (self.quality, self.format) {
                (1.., WeightFormat::Fixed { bits } | WeightFormat::Nested { bits }) => {
                    factors.map(|weight| csd::truncate(weight, bits, self.quality)).collect()
                }
                _ => factors.collect(),
            };
        };
        let [_, channels, height, width] = self.shape;
        factors
            .enumerate()
            .map(|(index, factor)| {
                let (w, rest) = (index % width, index / width);
                let (h, rest) = (rest % height, rest / height);
                let (i, o) = (rest % channels, rest / channels);
                factor * i32::from(self.scalars[layout.vector_of(self.shape, [o, i, h, w])])
            })
            .collect()
    }

    /// Bits the tensor occupies in memory, scalars included.
    pub fn stored_bits(&self) -> u64 {
        let codes = self.codes.len() as u64 * u64::from(self.format.code_bits());
        match self.format {
            WeightFormat::Qsq { scalar_bits, .. } => {
                codes + self.scalars.len() as u64 * u64::from(scalar_bits)
            }
            _ => codes,
        }
    }
}

fn check_count(
    what: &'static str,
    found: usize,
    wanted: usize,
    shape: [usize; 4],
) -> Result<(), SpecError> {
    if found == wanted {
        return Ok(());
    }
    Err(SpecError::Count { what, found, wanted, shape: shape.to_vec() })
}

fn check_scalars(
    format: WeightFormat,
    shape: [usize; 4],
    scalars: &[u16],
) -> Result<(), SpecError> {
    let WeightFormat::Qsq { layout, scalar_bits } = format else {
        return check_count("scalars", scalars.len(), 0, shape);
    };
    check_count("scalars of the 3-bit code", scalars.len(), layout.vectors(shape), shape)?;
    match scalars.iter().find(|s| **s >> scalar_bits != 0) {
        Some(scalar) => Err(SpecError::Parameter {
            what: "scalar of the 3-bit code",
            found: u64::from(*scalar),
            allowed: "less than 2 to the power of its scalar bits",
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "weights_tests.rs"]
mod tests;
