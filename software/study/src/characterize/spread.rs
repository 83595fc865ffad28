//! How far the leads of easy and difficult images lie apart.

use serde::Serialize;

use super::record::{Answers, Scored};

/// Mean and standard deviation of score margins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Images.
    pub images: usize,
    /// Mean; 0 without images.
    pub mean: f64,
    /// Standard deviation; 0 with fewer than two.
    pub deviation: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        let images = values.len();
        let mean = values.iter().fold(0.0, |sum, value| sum + value) / images.max(1) as f64;
        let squares = values.iter().fold(0.0, |sum, value| sum + (value - mean).powi(2));
        let deviation = (squares / (images.max(2) - 1) as f64).sqrt();
        Self { images, mean, deviation }
    }
}

/// Score margins (in probabilities) of a width.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Margins {
    /// The width.
    pub width: String,
    /// Images it gets right.
    pub easy: Spread,
    /// Images it gets wrong although the float network gets them right.
    pub difficult: Spread,
}

impl Margins {
    /// Of training and validation images that are right in float.
    pub(super) fn new(answers: &Answers, float: &[Vec<bool>; 3]) -> Self {
        let margins = |easy: bool| {
            let fits = |(scored, right): &(&Scored, &bool)| **right && scored.correct == easy;
            let values: Vec<f64> = [0, 1]
                .into_iter()
                .flat_map(|set: usize| answers.sets[set].iter().zip(&float[set]).filter(fits))
                .map(|(scored, _)| scored.probability)
                .collect();
            Spread::of(&values)
        };
        Self { width: answers.width.clone(), easy: margins(true), difficult: margins(false) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_and_difficult_images_are_told_apart() {
        let scored = |correct, probability| Scored { correct, probability, ..Scored::default() };
        let first = vec![scored(true, 0.8), scored(true, 0.6), scored(false, 0.1)];
        let answers = Answers {
            width: "4".into(),
            step: 1.0,
            sets: [first, vec![scored(false, 0.9)], vec![scored(true, 0.0)]],
            ..Answers::default()
        };
        let margins = Margins::new(&answers, &[vec![true; 3], vec![false], vec![true]]);
        assert_eq!((margins.easy.images, margins.difficult.images), (2, 1));
        assert!((margins.easy.mean - 0.7).abs() < 1e-12, "{margins:?}");
        assert!((margins.easy.deviation - 0.02f64.sqrt()).abs() < 1e-12, "{margins:?}");
        assert_eq!(margins.difficult, Spread { images: 1, mean: 0.1, deviation: 0.0 });
    }
}
