//! What coded weights consist of: zeros and signed digits.

use bitladder_spec::Weights;
use bitladder_spec::csd::Csd;

/// Wide enough for every coding's integers, the largest power of two included.
const WIDTH: u8 = 24;

/// Counts over weights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeStatistics {
    /// Weights.
    pub weights: u64,
    /// Those that are zero.
    pub zeros: u64,
    /// Weights by their number of non-zero canonic signed digits; the first entry counts zeros.
    pub digits: Vec<u64>,
}

impl CodeStatistics {
    /// Adds the weights of a layer.
    pub fn add(&mut self, weights: &Weights) {
        for value in weights.integers() {
            // The width holds every integer that weights can be.
            let digits = Csd::recode(value, WIDTH).map_or(0, |csd| csd.non_zero());
            if self.digits.len() <= digits {
                self.digits.resize(digits + 1, 0);
            }
            self.digits[digits] += 1;
            self.weights += 1;
            self.zeros += u64::from(value == 0);
        }
    }

    /// Share of weights that are zero; 0 without weights.
    pub fn zero_share(&self) -> f64 {
        self.zeros as f64 / self.weights.max(1) as f64
    }

    /// Mean number of non-zero digits: shifted additions per weight.
    pub fn mean_digits(&self) -> f64 {
        let sum: u64 = (0..).zip(&self.digits).map(|(digits, count)| digits * count).sum();
        sum as f64 / self.weights.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_spec::WeightFormat;

    #[test]
    fn zeros_and_digits_are_counted() {
        let format = WeightFormat::Fixed { bits: 8 };
        let weights =
            Weights::from_values(format, [1, 5, 1, 1], &[0, 0, 64, 23, -7], vec![]).unwrap();
        let mut found = CodeStatistics::default();
        found.add(&weights);
        assert_eq!((found.weights, found.zeros), (5, 2));
        assert_eq!(
            found.digits,
            [2, 1, 1, 1],
            "64 has one, -7 = -8 + 1 two, 23 = 32 - 8 - 1 three"
        );
        assert!((found.mean_digits() - 1.2).abs() < 1e-12 && found.zero_share() == 0.4);
    }
}
