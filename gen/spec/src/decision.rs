//! From logits to a decision: argmax, top-2, and the score margin.
//!
//! Ties go to the lowest class number, in every implementation. Hardware works on the integer
//! logits alone; probabilities are the host's business.

use serde::{Deserialize, Serialize};

/// The two best classes of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopTwo {
    /// The winner; of several equal ones the lowest class.
    pub first: usize,
    /// Its logit.
    pub first_logit: i32,
    /// The runner-up; `None` when there is only one class.
    pub second: Option<(usize, i32)>,
}

impl TopTwo {
    /// Difference of the two best logits: the hardware's score margin. It fits 33 bits unsigned.
    pub fn margin(&self) -> Option<i64> {
        self.second.map(|(_, logit)| i64::from(self.first_logit) - i64::from(logit))
    }
}

/// The lowest class among those with the largest logit; `None` for no classes.
pub fn argmax(logits: &[i32]) -> Option<usize> {
    top_two(logits).map(|top| top.first)
}

/// The lowest class among those with the largest score; `None` for no classes. NaN never wins.
pub fn argmax_real(scores: &[f32]) -> Option<usize> {
    let numbers = (0..scores.len()).filter(|class| !scores[*class].is_nan());
    numbers.reduce(|best, class| if scores[class] > scores[best] { class } else { best })
}

/// The two best classes, in one pass as the hardware does it; `None` for no classes.
pub fn top_two(logits: &[i32]) -> Option<TopTwo> {
    let (first_logit, rest) = logits.split_first()?;
    let mut top = TopTwo { first: 0, first_logit: *first_logit, second: None };
    for (class, logit) in (1..).zip(rest.iter().copied()) {
        if logit > top.first_logit {
            top.second = Some((top.first, top.first_logit));
            (top.first, top.first_logit) = (class, logit);
        } else if top.second.is_none_or(|(_, second)| logit > second) {
            top.second = Some((class, logit));
        }
    }
    Some(top)
}

/// Softmax of logits `integer * step`, in double precision, shifted by the largest logit so that
/// nothing overflows.
pub fn softmax(logits: &[i32], step: f64) -> Vec<f64> {
    let real: Vec<f64> = logits.iter().map(|l| f64::from(*l) * step).collect();
    softmax_real(&real)
}

/// Softmax of real logits.
pub fn softmax_real(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|l| (l - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / sum).collect()
}

/// Difference of the two largest probabilities: the score margin of paper 001. 1 for one class.
pub fn probability_margin(probabilities: &[f64]) -> f64 {
    let (mut first, mut second) = (0.0f64, 0.0f64);
    for p in probabilities.iter().copied() {
        if p > first {
            (first, second) = (p, first);
        } else if p > second {
            second = p;
        }
    }
    first - second
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn real_scores_decide_as_integers_do() {
        assert_eq!(argmax_real(&[]), None);
        assert_eq!(argmax_real(&[-1.0, 3.0, 3.0]), Some(1));
        assert_eq!(argmax_real(&[f32::NAN, 0.5]), Some(1));
    }

    #[test]
    fn ties_go_to_the_lowest_class() {
        let top = top_two(&[3, 7, 7, 7]).unwrap();
        assert_eq!((top.first, top.second), (1, Some((2, 7))));
        assert_eq!(top.margin(), Some(0));
        assert_eq!(argmax(&[0, 0]), Some(0));
        assert_eq!(top_two(&[]), None);
        assert_eq!(top_two(&[4]).unwrap().margin(), None);
    }

    #[test]
    fn the_widest_margin_does_not_overflow() {
        let top = top_two(&[i32::MIN, i32::MAX]).unwrap();
        assert_eq!(top.margin(), Some((1i64 << 32) - 1));
    }

    #[test]
    fn softmax_of_large_logits_is_finite() {
        let p = softmax(&[1 << 30, 0, -(1 << 30)], 1.0);
        assert_eq!(p, [1.0, 0.0, 0.0]);
        assert_eq!(probability_margin(&p), 1.0);
        assert_eq!(probability_margin(&[0.5, 0.5]), 0.0);
        assert_eq!(probability_margin(&[1.0]), 1.0);
    }

    proptest! {
        #[test]
        fn one_pass_equals_sorting(logits in prop::collection::vec(-4i32..4, 2..12)) {
            let mut order: Vec<usize> = (0..logits.len()).collect();
            order.sort_by_key(|class| (-logits[*class], *class));
            let top = top_two(&logits).unwrap();
            prop_assert_eq!(top.first, order[0]);
            prop_assert_eq!(top.second, Some((order[1], logits[order[1]])));
            let margin = probability_margin(&softmax(&logits, 0.5));
            prop_assert_eq!(margin == 0.0, top.margin() == Some(0));
        }
    }
}
