//! Loss and hits.

use serde::{Deserialize, Serialize};

/// Softmax cross entropy and hits, summed over samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

    /// Whether this is the better result: more hits, or on a tie the smaller loss.
    pub fn is_better_than(self, other: Self) -> bool {
        self.correct > other.correct || (self.correct == other.correct && self.loss < other.loss)
    }

    /// Share of the samples that are right.
    pub fn accuracy(self) -> f64 {
        self.correct as f64 / self.samples.max(1) as f64
    }
}

/// Scores logits, a row per label.
pub fn score(logits: &[f32], labels: &[u16]) -> Score {
    let classes = logits.len() / labels.len().max(1);
    let mut score = Score::default();
    for (sample, &label) in logits.chunks_exact(classes.max(1)).zip(labels) {
        let label = usize::from(label);
        score.samples += 1;
        score.correct += usize::from(argmax(sample) == label);
        // Subtracting the maximum keeps the exponentials in range.
        let maximum = sample.iter().copied().fold(f32::MIN, f32::max);
        let total: f64 = sample.iter().map(|value| f64::from(value - maximum).exp()).sum();
        score.loss += total.ln() - f64::from(sample[label] - maximum);
    }
    score
}

/// Index of the largest value; the first one on a tie.
fn argmax(values: &[f32]) -> usize {
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
        let score = score(&[7.0; 4], &[2]);
        assert!((score.loss - 4f64.ln()).abs() < 1e-12);
        assert_eq!((score.correct, score.samples), (0, 1), "a tie goes to the first class");
    }

    #[test]
    fn huge_logits_stay_finite() {
        let score = score(&[1e30, 0.0, -1e30, 0.0], &[0, 1]);
        assert_eq!((score.loss, score.correct), (0.0, 2));
    }

    #[test]
    fn scores_add_up() {
        let one = Score { loss: 1.0, correct: 1, samples: 1 };
        let sum = one.plus(Score { loss: 2.0, correct: 1, samples: 3 });
        assert_eq!((sum.mean_loss(), sum.accuracy()), (0.75, 0.5));
        assert_eq!(Score::default().accuracy(), 0.0);
    }

    #[test]
    fn hits_count_first_and_the_loss_on_a_tie() {
        let score = |correct, loss| Score { loss, correct, samples: 10 };
        assert!(score(9, 5.0).is_better_than(score(8, 1.0)));
        assert!(!score(8, 1.0).is_better_than(score(9, 5.0)));
        assert!(score(8, 1.0).is_better_than(score(8, 2.0)));
        assert!(!score(8, 2.0).is_better_than(score(8, 2.0)), "the earlier one wins");
    }
}
