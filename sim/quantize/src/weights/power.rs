//! Signed powers of two.

use bitladder_spec::weight_code::MAX_POWER;
use bitladder_spec::{Scale, SpecError, WeightFormat, Weights};

use super::ScaledWeights;

/// The largest weight gets the largest power, which leaves 2^15 of range below it: everything
/// smaller is nearer to zero than a network notices.
pub(super) fn quantize(values: &[f32], shape: [usize; 4]) -> Result<ScaledWeights, SpecError> {
    let most = values.iter().fold(0.0f32, |most, v| most.max(v.abs()));
    let top = if most > 0.0 { nearest_power(f64::from(most)) } else { 0 };
    let frac = i32::from(MAX_POWER) - top;
    let integers: Vec<i32> = values.iter().map(|v| code(f64::from(*v), frac)).collect();
    let weights = Weights::from_values(WeightFormat::PowerOfTwo, shape, &integers, vec![])?;
    Ok(ScaledWeights { weights, scales: vec![Scale::Radix(frac as i16)] })
}

/// Exponent of the power of two nearest to a positive value; of two equally near the smaller.
fn nearest_power(value: f64) -> i32 {
    let below = value.log2().floor() as i32;
    // The middle between 2^e and 2^(e+1) is 1.5 * 2^e.
    if value > 1.5 * f64::from(below).exp2() { below + 1 } else { below }
}

/// `+-2^e` for the stored e, or 0.
fn code(value: f64, frac: i32) -> i32 {
    let steps = value.abs() * f64::from(frac).exp2();
    if steps <= 0.5 {
        return 0;
    }
    let power = nearest_power(steps).clamp(0, i32::from(MAX_POWER));
    if value < 0.0 { -(1 << power) } else { 1 << power }
}
