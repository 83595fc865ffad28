//! Weights as their codes stand for them: what the quantised forward pass sees.

use bitladder_network::DeclaredWeights;
use bitladder_quantize::{RadixRule, WeightScheme, quantize_weights, scales_without_zero};
use bitladder_spec::{IntType, Scale, SpecError, TensorFormat, ValueRounding};

use crate::format::{Coding, VECTORS};

/// Coded weights.
#[derive(Debug, Clone)]
pub(crate) struct Coded {
    /// The real numbers the codes stand for.
    pub(crate) values: Vec<f32>,
    /// Fraction bits of two's complement weights.
    pub(crate) radix: Option<i16>,
    /// The integers, where the quantiser has no scheme for them.
    pub(crate) declared: Option<DeclaredWeights>,
}

/// Codes weights shaped `[outputs, inputs, height, width]`; two's complement ones over the radix
/// point `held`, if one was chosen before.
pub(crate) fn code(
    values: &[f32],
    shape: [usize; 4],
    coding: Coding,
    held: Option<i16>,
) -> Result<Coded, SpecError> {
    let scheme = match coding {
        Coding::Levels { bits } => return Ok(levels(values, shape, bits)),
        Coding::Equation9 { divisor } => {
            let values = equation9(values, shape, divisor);
            return Ok(Coded { values, radix: None, declared: None });
        }
        Coding::Scheme(scheme) => scheme,
    };
    if let (WeightScheme::Fixed { bits }, Some(radix)) = (scheme, held) {
        let values = code_at(values, bits, radix)?;
        return Ok(Coded { values, radix: held, declared: None });
    }
    let rounding = ValueRounding::default();
    let coded = quantize_weights(values, shape, scheme, RadixRule::default(), rounding)?;
    let radix = match (scheme, coded.scales.as_slice()) {
        (WeightScheme::Fixed { .. }, [Scale::Radix(frac)]) => Some(*frac),
        _ => None,
    };
    Ok(Coded { values: coded.dequantized(), radix, declared: None })
}

/// Coded weights that the quantiser, given them as floats, codes as they are.
///
/// Only the 3-bit code needs this: where a vector uses 1 and 2 times its scalar alone, 2 and 4
/// times half of it is as good, and the quantiser may take that, which rounds the scalar again.
pub(crate) fn settled(
    coded: Coded,
    shape: [usize; 4],
    scheme: WeightScheme,
) -> Result<Coded, SpecError> {
    /// From 1 to 4 the scalar halves twice; the last round finds nothing to change.
    const ROUNDS: usize = 4;
    let WeightScheme::Qsq { .. } = scheme else { return Ok(coded) };
    let mut coded = coded;
    for _ in 0..ROUNDS {
        let again = code(&coded.values, shape, Coding::Scheme(scheme), None)?;
        if again.values == coded.values {
            break;
        }
        coded.values = again.values;
    }
    Ok(coded)
}

/// Two's complement weights over a known radix point.
fn code_at(values: &[f32], bits: u8, radix: i16) -> Result<Vec<f32>, SpecError> {
    let format = TensorFormat::fixed(IntType::new(bits, true)?, radix);
    let rounding = ValueRounding::default();
    Ok(values.iter().map(|v| format.dequantize(format.quantize(*v, rounding, 0))).collect())
}

fn mean_magnitude(values: &[f32]) -> f64 {
    let sum: f64 = values.iter().map(|v| f64::from(v.abs())).sum();
    sum / values.len().max(1) as f64
}

/// Equation 3 with halves going up, as a floor would never give 1: level `j` of `0..2^k` stands
/// for `2j / (2^k - 1) - 1`, an odd integer over `2^k - 1`.
fn levels(values: &[f32], shape: [usize; 4], bits: u8) -> Coded {
    let steps = f64::from((1u32 << bits) - 1);
    let level = |v: f32| ((f64::from(v).clamp(-1.0, 1.0) + 1.0) / 2.0 * steps + 0.5).floor();
    let integers: Vec<i32> = values.iter().map(|v| (2.0 * level(*v) - steps) as i32).collect();
    let per_output = (shape[1] * shape[2] * shape[3]).max(1);
    let means: Vec<f64> =
        values.chunks(per_output).map(|filter| mean_magnitude(filter) / steps).collect();
    // Files and engines hold scales in single precision.
    let single = |scale: Scale| f64::from(scale.step() as f32);
    let scales: Vec<f64> = scales_without_zero(&means).into_iter().map(single).collect();
    let real =
        |(index, integer): (usize, &i32)| (f64::from(*integer) * scales[index / per_output]) as f32;
    let values = integers.iter().enumerate().map(real).collect();
    let declared = DeclaredWeights { integers, bits: bits + 1, scales, bias: None };
    Coded { values, radix: None, declared: Some(declared) }
}

/// The 3-bit code with scalars of the mean magnitude over `divisor`, kept in eight bits over one
/// radix point, and the nearest of 0, +-1, +-2, +-4 times the scalar.
fn equation9(values: &[f32], shape: [usize; 4], divisor: f64) -> Vec<f32> {
    let mut sums = vec![(0.0f64, 0usize); VECTORS.vectors(shape)];
    let vectors: Vec<usize> = (0..values.len()).map(|index| vector_of(shape, index)).collect();
    for (value, vector) in values.iter().zip(&vectors) {
        sums[*vector].0 += f64::from(value.abs());
        sums[*vector].1 += 1;
    }
    let scalar = |(sum, count): &(f64, usize)| sum / (divisor * (*count).max(1) as f64);
    let scalars: Vec<f64> = sums.iter().map(scalar).collect();
    let most = scalars.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let step = (-(255.0 / most).log2().floor().clamp(-120.0, 120.0)).exp2();
    let stored: Vec<f64> =
        scalars.iter().map(|s| (s / step).round_ties_even().clamp(0.0, 255.0) * step).collect();
    let near = |(value, vector): (&f32, &usize)| nearest(f64::from(*value), stored[*vector]) as f32;
    values.iter().zip(&vectors).map(near).collect()
}

/// The vector of a weight by its place in the tensor.
fn vector_of(shape: [usize; 4], index: usize) -> usize {
    let [_, channels, height, width] = shape;
    let (w, rest) = (index % width, index / width);
    let (h, rest) = (rest % height, rest / height);
    VECTORS.vector_of(shape, [rest / channels, rest % channels, h, w])
}

/// Of two equally near multiples the smaller.
fn nearest(value: f64, scalar: f64) -> f64 {
    if scalar <= 0.0 {
        return 0.0;
    }
    let factor = match value.abs() / scalar {
        r if r <= 0.5 => 0.0,
        r if r <= 1.5 => 1.0,
        r if r <= 3.0 => 2.0,
        _ => 4.0,
    };
    factor * scalar * value.signum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::TrainFormat;
    use crate::rng::SplitMix64;

    const SHAPE: [usize; 4] = [6, 20, 3, 3];

    fn weights() -> Vec<f32> {
        let mut rng = SplitMix64::new(11);
        (0..SHAPE.iter().product()).map(|_| rng.symmetric(0.3) * rng.symmetric(1.0)).collect()
    }

    /// What makes an exported network keep its accuracy: coding coded weights changes nothing.
    #[test]
    fn coding_twice_is_coding_once() {
        let formats =
            ["16", "8", "5", "4", "3", "2", "pow2", "qsq", "qsq9:2", "qsq9:4", "ternary", "binary"];
        for text in formats {
            let format = text.parse::<TrainFormat>().unwrap();
            let scheme = format.layer_format().weights;
            let once = code(&weights(), SHAPE, format.coding, None).unwrap();
            let once = settled(once, SHAPE, scheme).unwrap().values;
            let twice = code(&once, SHAPE, Coding::Scheme(scheme), None).unwrap().values;
            assert!(once == twice, "{text}");
        }
    }

    /// Weights that moved away from the radix point they began with, in either direction.
    #[test]
    fn weights_on_a_held_grid_are_found_there() {
        for bits in [2, 3, 4, 8, 16] {
            let scheme = Coding::Scheme(WeightScheme::Fixed { bits });
            let searched = code(&weights(), SHAPE, scheme, None).unwrap().radix.unwrap();
            for held in searched - 2..=searched + 2 {
                let once = code(&weights(), SHAPE, scheme, Some(held)).unwrap().values;
                let twice = code(&once, SHAPE, scheme, None).unwrap().values;
                assert!(once == twice, "{bits} bits, radix {held}");
            }
        }
    }

    #[test]
    fn a_known_radix_gives_the_searched_result() {
        for bits in [2, 4, 8, 16] {
            let scheme = Coding::Scheme(WeightScheme::Fixed { bits });
            let searched = code(&weights(), SHAPE, scheme, None).unwrap();
            let found = code_at(&weights(), bits, searched.radix.unwrap()).unwrap();
            assert_eq!(found, searched.values);
        }
    }

    #[test]
    fn levels_follow_equation_3() {
        let values = [-2.0, -1.0, -0.34, -0.33, 0.0, 0.33, 0.34, 1.0];
        let coded = levels(&values, [1, 8, 1, 1], 2);
        let declared = coded.declared.unwrap();
        // Levels -1, -1/3, 1/3, 1; zero lies between two and goes up.
        assert_eq!(declared.integers, [-3, -3, -1, -1, 1, 1, 1, 3]);
        assert_eq!(declared.bits, 3);
        let mean = values.iter().map(|v: &f32| f64::from(v.abs())).sum::<f64>() / 8.0;
        assert!((declared.scales[0] - mean / 3.0).abs() < 1e-6);
        let signs = levels(&[-0.1, 0.0, 0.1], [1, 3, 1, 1], 1).declared.unwrap().integers;
        assert_eq!(signs, [-1, 1, 1]);
    }

    #[test]
    fn equation_9_takes_the_mean_magnitude() {
        // One vector: mean 0.5, O = 2, so the scalar is 0.25 exactly.
        let values = [0.1, -0.3, 0.6, 1.0];
        assert_eq!(equation9(&values, [1, 4, 1, 1], 2.0), [0.0, -0.25, 0.5, 1.0]);
        assert_eq!(equation9(&[0.0; 4], [1, 4, 1, 1], 2.0), [0.0; 4]);
    }

    #[test]
    fn a_filter_of_zeros_can_be_coded() {
        for text in ["4", "pow2", "qsq", "qsq9:2", "ternary", "binary", "kbit2"] {
            let coding = text.parse::<TrainFormat>().unwrap().coding;
            let coded = code(&[0.0; 18], [2, 1, 3, 3], coding, None).unwrap();
            // Codings without a zero have a scalar that makes it vanish.
            assert!(coded.values.iter().all(|v| v.abs() <= 3.0 / 65536.0), "{text}");
        }
    }
}
