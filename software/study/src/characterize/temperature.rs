//! One number per width that makes its probabilities honest: temperature scaling.

use bitladder_spec::decision::{probability_margin, softmax};
use serde::{Deserialize, Serialize};

/// Bins of confidence in which it is compared with the share that is right.
const BINS: usize = 15;

/// Halvings of the bracket around the best temperature: to a part in 10 000.
const STEPS: usize = 40;

/// A width's temperature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Temperature {
    /// Logits are divided by this. Above 1, the width was too sure of itself.
    pub value: f64,
    /// Mean difference between confidence and share that is right, on the test images, without it.
    pub error_without: f64,
    /// The same with it.
    pub error_with: f64,
}

/// The logits of images, and their labels.
pub(super) struct Judged<'a> {
    pub(super) logits: &'a [Vec<i32>],
    pub(super) labels: &'a [u16],
    /// Value of one integer.
    pub(super) step: f64,
}

impl Judged<'_> {
    /// Mean negative logarithm of the labels' probabilities.
    fn surprise(&self, temperature: f64) -> f64 {
        let of = |(logits, label): (&Vec<i32>, &u16)| {
            let right = softmax(logits, self.step / temperature).get(usize::from(*label)).copied();
            -right.unwrap_or(0.0).max(f64::MIN_POSITIVE).ln()
        };
        self.logits.iter().zip(self.labels).map(of).sum::<f64>() / self.labels.len().max(1) as f64
    }

    /// The temperature of least surprise, from a twentieth to twenty. The surprise has one minimum
    /// over the inverse temperature, so a bracket that shrinks finds it.
    pub(super) fn fit(&self) -> f64 {
        let (mut low, mut high) = (-(20f64.ln()), 20f64.ln());
        for _ in 0..STEPS {
            let third = (high - low) / 3.0;
            let (left, right) = (low + third, high - third);
            if self.surprise(left.exp()) <= self.surprise(right.exp()) {
                high = right;
            } else {
                low = left;
            }
        }
        ((low + high) / 2.0).exp()
    }

    /// Mean difference between confidence and share that is right, over bins of confidence.
    pub(super) fn error(&self, temperature: f64) -> f64 {
        let mut bins = [0.0f64; BINS];
        for (logits, label) in self.logits.iter().zip(self.labels) {
            let probabilities = softmax(logits, self.step / temperature);
            let best = probabilities.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((class, confidence)) = best else { continue };
            let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
            bins[bin] += confidence - f64::from(u8::from(class == usize::from(*label)));
        }
        bins.iter().map(|bin| bin.abs()).sum::<f64>() / self.labels.len().max(1) as f64
    }
}

/// The lead in probabilities after scaling.
pub(super) fn margin(logits: &[i32], step: f64, temperature: f64) -> f64 {
    probability_margin(&softmax(logits, step / temperature))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images whose logits say 98 % while three of four are right.
    #[test]
    fn a_width_that_is_too_sure_gets_a_high_temperature() {
        let logits = vec![vec![4, 0]; 400];
        let labels: Vec<u16> = (0..400).map(|image| u16::from(image % 4 == 0)).collect();
        let judged = Judged { logits: &logits, labels: &labels, step: 1.0 };
        let found = judged.fit();
        // ln 3 is the lead that three of four deserve.
        assert!((found - 4.0 / 3f64.ln()).abs() < 0.01, "{found}");
        assert!((judged.error(1.0) - 0.232).abs() < 0.001, "{}", judged.error(1.0));
        assert!(judged.error(found) < 1e-3);
        assert!((margin(&[4, 0], 1.0, found) - 0.5).abs() < 1e-3);
        let nothing = Judged { logits: &[], labels: &[], step: 1.0 };
        assert!(nothing.fit().is_finite() && nothing.error(1.0) == 0.0);
    }
}
