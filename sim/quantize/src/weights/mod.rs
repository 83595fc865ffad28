//! Weight tensors from floats to codes, one file per coding.

mod fixed;
mod levels;
mod nested;
mod power;
mod qsq;
pub(crate) mod radix;
mod scalable;
mod signs;

use bitladder_spec::{Scale, SpecError, ValueRounding, WeightFormat, Weights};

use crate::{RadixRule, WeightScheme};

pub(crate) use radix::radix;

/// Coded weights and what their integers stand for.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaledWeights {
    /// The codes.
    pub weights: Weights,
    /// One for the tensor, or one per output.
    pub scales: Vec<Scale>,
}

impl ScaledWeights {
    /// The scale of an output.
    pub fn scale_of(&self, output: usize) -> Scale {
        if self.scales.len() == 1 { self.scales[0] } else { self.scales[output] }
    }

    /// The real weights the codes stand for.
    pub fn dequantized(&self) -> Vec<f32> {
        let per_output = self.weights.per_output().max(1);
        let integers = self.weights.integers();
        let real = |(index, w): (usize, i32)| {
            (f64::from(w) * self.scale_of(index / per_output).step()) as f32
        };
        integers.into_iter().enumerate().map(real).collect()
    }
}

/// Codes a weight tensor shaped `[outputs, inputs, height, width]`.
///
/// `rounding` applies to two's complement weights; the other codings choose the nearest code, and
/// of two equally near ones the smaller in magnitude.
pub fn quantize_weights(
    values: &[f32],
    shape: [usize; 4],
    scheme: WeightScheme,
    rule: RadixRule,
    rounding: ValueRounding,
) -> Result<ScaledWeights, SpecError> {
    match scheme {
        WeightScheme::Fixed { bits } => fixed::quantize(values, shape, bits, rule, rounding),
        WeightScheme::Nested { bits } => nested::quantize(values, shape, bits, rule, rounding),
        WeightScheme::PowerOfTwo => power::quantize(values, shape),
        WeightScheme::Qsq { layout, scalar_bits } => {
            qsq::quantize(values, shape, layout, scalar_bits)
        }
        WeightScheme::Scalable(code) => scalable::quantize(values, shape, code),
        WeightScheme::Levels { bits } => levels::quantize(values, shape, bits),
        WeightScheme::Ternary => signs::ternary(values, shape),
        WeightScheme::Binary => signs::binary(values, shape),
    }
}

/// One filter's values after the other.
fn filters(values: &[f32], shape: [usize; 4]) -> impl Iterator<Item = &[f32]> {
    values.chunks((shape[1] * shape[2] * shape[3]).max(1))
}

/// The scale of a scalar per filter. A filter of zeros gets one: its products are zero anyway.
fn filter_scale(scalar: f64) -> Scale {
    Scale::real(scalar).unwrap_or(Scale::Radix(0))
}

/// Scales of codings that have no zero. There a filter of zeros adds its inputs up all the same:
/// its scalar lies so far below the tensor's largest that the sum is lost in rounding, but not so
/// far that its bias outgrows the accumulator.
pub fn scales_without_zero(scalars: &[f64]) -> Vec<Scale> {
    const FAR_BELOW: f64 = 1.0 / 65536.0;
    let most = scalars.iter().copied().fold(0.0, f64::max);
    let vanishing = if most > 0.0 { most * FAR_BELOW } else { FAR_BELOW };
    scalars.iter().map(|s| filter_scale(if *s > 0.0 { *s } else { vanishing })).collect()
}

/// Checks the parameters once, with the error of the contract.
fn checked(format: WeightFormat) -> Result<WeightFormat, SpecError> {
    format.validate().map(|()| format)
}

#[cfg(test)]
mod tests;
