//! The 3-bit code: 0, +-1, +-2, +-4 times a scalar per vector.

use bitladder_spec::{Scale, SpecError, VectorLayout, WeightFormat, Weights};

use super::{ScaledWeights, checked};

/// Rounds of refinement per start; the factors settle after two or three.
const ROUNDS: usize = 8;

/// The largest factor of the full code.
const LARGEST: u8 = 4;

/// Scalars by least squares, then brought to unsigned integers over one radix point, then the
/// factors chosen anew for the scalars that are really there.
pub(super) fn quantize(
    values: &[f32],
    shape: [usize; 4],
    layout: VectorLayout,
    scalar_bits: u8,
) -> Result<ScaledWeights, SpecError> {
    let format = checked(WeightFormat::Qsq { layout, scalar_bits })?;
    let members = vectors(shape, layout);
    let gather =
        |indices: &[usize]| -> Vec<f64> { indices.iter().map(|i| f64::from(values[*i])).collect() };
    let scalars: Vec<f64> = members.iter().map(|indices| fit(&gather(indices), LARGEST)).collect();
    let Stored { integers, step, scale } = store(&scalars, scalar_bits);
    let mut factors = vec![0; values.len()];
    for (indices, scalar) in members.iter().zip(&integers) {
        for index in indices {
            let scalar = f64::from(*scalar) * step;
            factors[*index] = factor(f64::from(values[*index]), scalar, LARGEST);
        }
    }
    let weights = Weights::from_values(format, shape, &factors, integers)?;
    Ok(ScaledWeights { weights, scales: vec![scale] })
}

/// Scalars as they are stored.
pub(super) struct Stored {
    /// The unsigned integers.
    pub(super) integers: Vec<u16>,
    /// What one of them stands for.
    pub(super) step: f64,
    /// The same as a scale.
    pub(super) scale: Scale,
}

/// Scalars over one radix point.
pub(super) fn store(scalars: &[f64], bits: u8) -> Stored {
    let frac = scalar_radix(scalars, bits);
    let step = (-f64::from(frac)).exp2();
    let most = f64::from((1u32 << bits) - 1);
    let integer = |s: &f64| (s / step).round_ties_even().clamp(0.0, most) as u16;
    Stored { integers: scalars.iter().map(integer).collect(), step, scale: Scale::Radix(frac) }
}

/// The weights of each vector, by index.
pub(super) fn vectors(shape: [usize; 4], layout: VectorLayout) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); layout.vectors(shape)];
    let [filters, channels, height, width] = shape;
    let mut index = 0;
    for o in 0..filters {
        for i in 0..channels {
            for h in 0..height {
                for w in 0..width {
                    members[layout.vector_of(shape, [o, i, h, w])].push(index);
                    index += 1;
                }
            }
        }
    }
    members
}

/// The nearest of 0, +-1, +-2, +-4 times `scalar` up to `largest`; of two equally near the smaller.
pub(super) fn factor(value: f64, scalar: f64, largest: u8) -> i32 {
    if scalar <= 0.0 {
        return 0;
    }
    let magnitude = match value.abs() / scalar {
        r if r <= 0.5 => 0,
        r if r <= 1.5 => 1,
        r if r <= 3.0 => 2,
        _ => 4,
    };
    let magnitude = magnitude.min(i32::from(largest));
    if value < 0.0 { -magnitude } else { magnitude }
}

/// The scalar with the least squared error found by alternating between factors and scalar, from
/// several starts.
pub(super) fn fit(vector: &[f64], largest: u8) -> f64 {
    let most = vector.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    let mut best = (f64::INFINITY, 0.0);
    for start in [most / 4.0, most / 3.0, most / 2.0, most] {
        let mut scalar = start;
        for _ in 0..ROUNDS {
            scalar = least_squares(vector, scalar, largest).unwrap_or(scalar);
        }
        let error: f64 = vector
            .iter()
            .map(|v| (v - scalar * f64::from(factor(*v, scalar, largest))).powi(2))
            .sum();
        if error < best.0 {
            best = (error, scalar);
        }
    }
    best.1
}

/// `sum(w * factor) / sum(factor^2)`; `None` when all factors are zero.
fn least_squares(vector: &[f64], scalar: f64, largest: u8) -> Option<f64> {
    let (mut product, mut square) = (0.0, 0.0);
    for value in vector {
        let factor = f64::from(factor(*value, scalar, largest));
        product += value * factor;
        square += factor * factor;
    }
    (square > 0.0).then(|| product / square)
}

/// Fraction bits at which the largest scalar just fits.
fn scalar_radix(scalars: &[f64], bits: u8) -> i16 {
    let most = scalars.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return 0;
    }
    (f64::from((1u32 << bits) - 1) / most).log2().floor().clamp(-120.0, 120.0) as i16
}
