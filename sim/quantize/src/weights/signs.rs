//! Ternary and binary: signs, with a scalar per filter.

use bitladder_spec::{SpecError, WeightFormat, Weights};

use super::{ScaledWeights, filter_scale, filters, scales_without_zero};

/// -1 and +1; the scalar is the mean magnitude, which has the least squared error.
pub(super) fn binary(values: &[f32], shape: [usize; 4]) -> Result<ScaledWeights, SpecError> {
    let signs: Vec<i32> = values.iter().map(|v| if *v < 0.0 { -1 } else { 1 }).collect();
    let mean = |filter: &[f32]| {
        filter.iter().map(|v| f64::from(v.abs())).sum::<f64>() / filter.len() as f64
    };
    let scales = scales_without_zero(&filters(values, shape).map(mean).collect::<Vec<f64>>());
    let weights = Weights::from_values(WeightFormat::Binary, shape, &signs, vec![])?;
    Ok(ScaledWeights { weights, scales })
}

/// -1, 0, +1 with threshold and scalar of least squared error, per filter.
pub(super) fn ternary(values: &[f32], shape: [usize; 4]) -> Result<ScaledWeights, SpecError> {
    let mut signs = Vec::with_capacity(values.len());
    let mut scales = Vec::new();
    for filter in filters(values, shape) {
        let (threshold, scalar) = best_threshold(filter);
        signs.extend(filter.iter().map(|v| match v.abs() {
            magnitude if magnitude < threshold || magnitude == 0.0 => 0,
            _ if *v < 0.0 => -1,
            _ => 1,
        }));
        scales.push(filter_scale(scalar));
    }
    let weights = Weights::from_values(WeightFormat::Ternary, shape, &signs, vec![])?;
    Ok(ScaledWeights { weights, scales })
}

/// Keeping the k largest magnitudes at their mean leaves the error `sum w^2 - (sum kept)^2 / k`;
/// the best k is found by trying all of them in order of magnitude.
fn best_threshold(filter: &[f32]) -> (f32, f64) {
    let mut magnitudes: Vec<f32> = filter.iter().map(|v| v.abs()).collect();
    magnitudes.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut best) = (0.0f64, (0.0f64, f32::INFINITY, 0.0f64));
    for (kept, magnitude) in (1..).zip(&magnitudes) {
        sum += f64::from(*magnitude);
        let gain = sum * sum / f64::from(kept);
        if gain > best.0 {
            best = (gain, *magnitude, sum / f64::from(kept));
        }
    }
    (best.1, best.2)
}
