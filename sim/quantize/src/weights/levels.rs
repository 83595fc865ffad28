//! k bits by equation 3 of paper 003: evenly spread over -1..1, without a zero.

use bitladder_spec::{SpecError, WeightFormat, Weights};

use super::{ScaledWeights, checked, scales_without_zero};

/// `2 round((2^k - 1) (x + 1) / 2) / (2^k - 1) - 1` for x within -1..1, rounding half up, on
/// weights relative to twice their mean magnitude per tensor, which keeps most of them within.
/// Stored as odd integers, which take k + 1 bits.
pub(super) fn quantize(
    values: &[f32],
    shape: [usize; 4],
    bits: u8,
) -> Result<ScaledWeights, SpecError> {
    if !(1..=8).contains(&bits) {
        let (what, found) = ("bits of weight levels", u64::from(bits));
        return Err(SpecError::Parameter { what, found, allowed: "1 to 8" });
    }
    let format = checked(WeightFormat::Fixed { bits: bits + 1 })?;
    let sum: f64 = values.iter().map(|v| f64::from(v.abs())).sum();
    let span = 2.0 * sum / values.len().max(1) as f64;
    let most = f64::from((1u32 << bits) - 1);
    let level = |value: &f32| {
        let relative = if span > 0.0 { f64::from(*value) / span } else { 0.0 };
        let index = (most * (relative.clamp(-1.0, 1.0) + 1.0) / 2.0 + 0.5).floor();
        (2.0 * index - most) as i32
    };
    let integers: Vec<i32> = values.iter().map(level).collect();
    let weights = Weights::from_values(format, shape, &integers, vec![])?;
    // One bit has nothing but signs: the mean magnitude is their best scalar.
    let scale = if bits == 1 { span / 2.0 } else { span / most };
    Ok(ScaledWeights { weights, scales: scales_without_zero(&[scale]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_odd_and_halves_go_up() {
        // A mean magnitude of 0.5, so that weights stand for themselves.
        let values = [0.0, 1.0, -1.0, 0.3, -0.7, 0.0];
        let coded = quantize(&values, [1, 6, 1, 1], 2).unwrap();
        assert_eq!(coded.weights.integers(), [1, 3, -3, 1, -3, 1]);
        let signs = quantize(&values, [1, 6, 1, 1], 1).unwrap();
        assert_eq!(signs.weights.integers(), [1, 1, -1, 1, -1, 1]);
        let message = quantize(&values, [1, 6, 1, 1], 9).unwrap_err().to_string();
        assert_eq!(message, "bits of weight levels = 9 is out of range: 1 to 8");
    }
}
