//! The exhaustive search of paper 002 for the thresholds of a layer.

use bitladder_spec::{SpecError, ValueRounding};

use crate::scalable::{Scalable, Thresholds};
use crate::weights::quantize_weights;
use crate::{RadixRule, WeightScheme};

/// Thresholds to try, in percent of a deviation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// Values of delta.
    pub delta: Vec<u16>,
    /// Values of gamma.
    pub gamma: Vec<u16>,
}

impl Default for Grid {
    /// Delta from 1 to 3 deviations, gamma from none to one.
    fn default() -> Self {
        Self {
            delta: (4..=12).map(|n| 25 * n).collect(),
            gamma: (0..=10).map(|n| 10 * n).collect(),
        }
    }
}

/// A code and its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The code.
    pub code: Scalable,
    /// Squared error of the weights relative to their squares: equation 5.
    pub error: f64,
}

/// The thresholds of least error for a layer's weights; of equals the first. `None` for a grid
/// without points.
pub fn search_thresholds(
    values: &[f32],
    shape: [usize; 4],
    base: Scalable,
    center: crate::scalable::Center,
    grid: &Grid,
) -> Result<Option<Found>, SpecError> {
    let mut best: Option<Found> = None;
    for delta in &grid.delta {
        for gamma in &grid.gamma {
            let thresholds = Some(Thresholds { delta: *delta, gamma: *gamma, center });
            let code = Scalable { thresholds, ..base };
            let found = Found { code, error: code_error(values, shape, code)? };
            if best.is_none_or(|best| found.error < best.error) {
                best = Some(found);
            }
        }
    }
    Ok(best)
}

/// Squared error of coded weights relative to the squares; 0 for weights that are all zero.
pub fn code_error(values: &[f32], shape: [usize; 4], code: Scalable) -> Result<f64, SpecError> {
    let scheme = WeightScheme::Scalable(code);
    let (rule, rounding) = (RadixRule::default(), ValueRounding::default());
    let coded = quantize_weights(values, shape, scheme, rule, rounding)?.dequantized();
    let lost: f64 = values.iter().zip(coded).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    let all: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
    Ok(if all > 0.0 { lost / all } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalable::Center;
    use bitladder_spec::SplitMix64;

    #[test]
    fn the_search_finds_the_best_of_its_grid() {
        let mut rng = SplitMix64::new(9);
        let values: Vec<f32> =
            (0..1024).map(|_| (0..12).map(|_| rng.unit()).sum::<f64>() as f32 - 6.0).collect();
        let (shape, base) = ([16, 64, 1, 1], "qsq.c16.o4".parse().unwrap());
        let search = |grid: &Grid| search_thresholds(&values, shape, base, Center::Zero, grid);
        let best = search(&Grid::default()).unwrap().unwrap();
        for (delta, gamma) in [(150, 30), (200, 50), (100, 0)] {
            let one = Grid { delta: vec![delta], gamma: vec![gamma] };
            assert!(search(&one).unwrap().unwrap().error >= best.error);
        }
        assert!(best.error < 0.1, "{best:?}");
        assert_eq!(search(&Grid { delta: vec![], gamma: vec![0] }).unwrap(), None);
    }
}
