//! Softmax cross entropy.

/// Loss and hits summed over a chunk of samples.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Sum of the losses.
    pub loss: f64,
    /// Samples whose largest logit is the right one.
    pub correct: usize,
    /// Samples.
    pub samples: usize,
}

impl Score {
    /// The scores of two chunks together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            loss: self.loss + other.loss,
            correct: self.correct + other.correct,
            samples: self.samples + other.samples,
        }
    }

    /// Mean loss of a sample.
    pub fn mean_loss(self) -> f64 {
        self.loss / self.samples.max(1) as f64
    }

    /// Share of the samples that are right.
    pub fn accuracy(self) -> f64 {
        self.correct as f64 / self.samples.max(1) as f64
    }
}

/// Scores logits and turns them in place into the gradient of the summed loss.
pub fn softmax_cross_entropy(logits: &mut [f32], labels: &[u8]) -> Score {
    let classes = logits.len() / labels.len().max(1);
    let mut score = Score::default();
    for (sample, &label) in logits.chunks_exact_mut(classes.max(1)).zip(labels) {
        let label = usize::from(label);
        score.samples += 1;
        score.correct += usize::from(argmax(sample) == label);
        // Subtracting the maximum keeps the exponentials in range.
        let maximum = sample.iter().copied().fold(f32::MIN, f32::max);
        let logit = sample[label] - maximum;
        sample.iter_mut().for_each(|value| *value = (*value - maximum).exp());
        let total: f32 = sample.iter().sum();
        score.loss += f64::from(total.ln() - logit);
        sample.iter_mut().for_each(|value| *value /= total);
        sample[label] -= 1.0;
    }
    score
}

/// Index of the largest value; the first one on a tie.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, &value) in values.iter().enumerate() {
        if value > values[best] {
            best = index;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_logits_cost_the_logarithm_of_the_classes() {
        let score = softmax_cross_entropy(&mut [7.0; 4], &[2]);
        assert!((score.loss - 4f64.ln()).abs() < 1e-6);
        assert_eq!((score.correct, score.samples), (0, 1), "a tie goes to the first class");
    }

    #[test]
    fn huge_logits_stay_finite() {
        let mut logits = [1e30, 0.0, -1e30, 0.0];
        let score = softmax_cross_entropy(&mut logits, &[0, 1]);
        assert_eq!((score.loss, score.correct), (0.0, 2));
        assert!(logits.iter().all(|gradient| gradient.is_finite()));
    }

    #[test]
    fn scores_add_up() {
        let one = Score { loss: 1.0, correct: 1, samples: 1 };
        let sum = one.plus(Score { loss: 2.0, correct: 1, samples: 3 });
        assert_eq!((sum.mean_loss(), sum.accuracy()), (0.75, 0.5));
        assert_eq!(Score::default().accuracy(), 0.0);
    }
}
