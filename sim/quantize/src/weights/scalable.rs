//! The quality-scalable code with chosen levels, thresholds and scalars.

use bitladder_spec::{SpecError, WeightFormat, Weights};

use super::{ScaledWeights, checked, qsq};
use crate::scalable::{Center, Scalable, ScalarRule, Thresholds};

pub(super) fn quantize(
    values: &[f32],
    shape: [usize; 4],
    code: Scalable,
) -> Result<ScaledWeights, SpecError> {
    let Scalable { layout, scalar_bits, largest, .. } = code;
    if !matches!(largest, 1 | 2 | 4) {
        let (what, found) = ("largest factor of the code", u64::from(largest));
        return Err(SpecError::Parameter { what, found, allowed: "1, 2 or 4" });
    }
    let format = checked(WeightFormat::Qsq { layout, scalar_bits })?;
    let members = qsq::vectors(shape, layout);
    let coded: Vec<(f64, Vec<i32>)> = members
        .iter()
        .map(|indices| {
            let vector: Vec<f64> = indices.iter().map(|i| f64::from(values[*i])).collect();
            encode(&vector, code)
        })
        .collect();
    let scalars: Vec<f64> = coded.iter().map(|(scalar, _)| *scalar).collect();
    let stored = qsq::store(&scalars, scalar_bits);
    let mut factors = vec![0; values.len()];
    for ((indices, (_, chosen)), scalar) in members.iter().zip(&coded).zip(&stored.integers) {
        let step = f64::from(*scalar) * stored.step;
        for (place, index) in indices.iter().enumerate() {
            factors[*index] = match code.thresholds {
                // Limits come from the weights alone.
                Some(_) => chosen[place],
                // The nearest anew, for the scalar that is really stored.
                None => qsq::factor(f64::from(values[*index]), step, largest),
            };
        }
    }
    let weights = Weights::from_values(format, shape, &factors, stored.integers)?;
    Ok(ScaledWeights { weights, scales: vec![stored.scale] })
}

/// The scalar and the factors of a vector.
fn encode(vector: &[f64], code: Scalable) -> (f64, Vec<i32>) {
    let equation_9 = || {
        let sum: f64 = vector.iter().map(|v| v.abs()).sum();
        sum / (f64::from(code.largest) * vector.len().max(1) as f64)
    };
    let factors: Vec<i32> = match code.thresholds {
        Some(thresholds) => limited(vector, thresholds, code.largest),
        None => Vec::new(),
    };
    let scalar = match (code.scalar, code.thresholds) {
        (ScalarRule::Equation9, _) => equation_9(),
        (ScalarRule::LeastSquares, None) => qsq::fit(vector, code.largest),
        (ScalarRule::LeastSquares, Some(_)) => {
            let product: f64 = vector.iter().zip(&factors).map(|(v, f)| v * f64::from(*f)).sum();
            let square: f64 = factors.iter().map(|f| f64::from(*f).powi(2)).sum();
            if square > 0.0 { product / square } else { 0.0 }
        }
    };
    (scalar, factors)
}

/// Equation 10: 0 up to gamma, 1 up to a deviation, 2 up to delta, then 4. A weight on a limit
/// takes the smaller factor.
fn limited(vector: &[f64], thresholds: Thresholds, largest: u8) -> Vec<i32> {
    let side = |negative: bool| {
        let of_side = || vector.iter().filter(move |v| **v != 0.0 && (**v < 0.0) == negative);
        let count = of_side().count().max(1) as f64;
        let center = match thresholds.center {
            Center::Zero => 0.0,
            Center::Mean => of_side().sum::<f64>() / count,
        };
        (of_side().map(|v| (v - center).powi(2)).sum::<f64>() / count).sqrt()
    };
    let deviations = [side(false), side(true)];
    let factor = |value: &f64| {
        let deviation = deviations[usize::from(*value < 0.0)];
        let limit = |percent: u16| f64::from(percent) / 100.0 * deviation;
        let magnitude = match value.abs() {
            m if m <= limit(thresholds.gamma) => 0,
            m if m <= deviation => 1,
            m if m <= limit(thresholds.delta) => 2,
            _ => 4,
        };
        let magnitude = magnitude.min(i32::from(largest));
        if *value < 0.0 { -magnitude } else { magnitude }
    };
    vector.iter().map(factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_spec::{SplitMix64, VectorAxis, VectorLayout};

    const SHAPE: [usize; 4] = [8, 64, 3, 3];

    fn gaussian() -> Vec<f32> {
        let mut rng = SplitMix64::new(3);
        let number = |_| (0..12).map(|_| rng.unit()).sum::<f64>() as f32 - 6.0;
        (0..SHAPE.iter().product()).map(number).collect()
    }

    fn error(text: &str) -> f64 {
        let values = gaussian();
        let coded = quantize(&values, SHAPE, text.parse().unwrap()).unwrap();
        let pairs = values.iter().zip(coded.dequantized());
        let lost: f64 = pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum();
        lost / values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>()
    }

    /// With limits at 0.3, 1 and 1.5 deviations, equation 9's scalar is far too small.
    #[test]
    fn least_squares_follows_closer_than_equation_9() {
        let (by_mean, by_squares) = (error("qsq.c0.o4.d150g30.eq9"), error("qsq.c0.o4.d150g30"));
        assert!(by_squares < 0.09 && by_mean > 2.0 * by_squares, "{by_mean} {by_squares}");
        assert!(error("qsq.c0.o4") < by_squares, "the nearest factor is best");
    }

    #[test]
    fn more_levels_and_shorter_vectors_follow_closer() {
        let levels = ["o1", "o2", "o4"].map(|o| error(&format!("qsq.c16.{o}")));
        assert!(levels.is_sorted_by(|a, b| a > b), "{levels:?}");
        let lengths = [0, 32, 8, 2].map(|length| error(&format!("qsq.f{length}.o4")));
        assert!(lengths.is_sorted_by(|a, b| a >= b), "{lengths:?}");
    }

    #[test]
    fn limits_are_one_sided_and_belong_to_the_smaller_factor() {
        // Positive deviation about zero 2, negative 4.
        let vector = [2.0, 2.0, -4.0, -4.0, 0.5, 0.0];
        let thresholds = Thresholds { delta: 150, gamma: 30, center: Center::Zero };
        let vector_side = limited(&vector[..4], thresholds, 4);
        assert_eq!(vector_side, [1, 1, -1, -1], "on the limit of 1 and 2");
        assert_eq!(limited(&[3.0, 3.0, 1.0, -1.0], thresholds, 4)[..2], [2, 2]);
        assert_eq!(limited(&[9.0, 1.0, 1.0, 0.0], thresholds, 4), [4, 0, 0, 0]);
        assert_eq!(limited(&[9.0, 1.0, 1.0, 0.0], thresholds, 1), [1, 0, 0, 0]);
        let mean = Thresholds { center: Center::Mean, ..thresholds };
        assert_eq!(limited(&[1.0, 3.0], mean, 4), [1, 4], "a deviation of 1 about 2");
    }

    #[test]
    fn other_levels_are_refused() {
        let layout = VectorLayout { axis: VectorAxis::Channel, length: 16 };
        let code = Scalable { largest: 3, ..Scalable::new(layout) };
        let message = quantize(&gaussian(), SHAPE, code).unwrap_err().to_string();
        assert_eq!(message, "largest factor of the code = 3 is out of range: 1, 2 or 4");
    }
}
