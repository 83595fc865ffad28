//! How good a network is.

use bitladder_spec::decision::{TopTwo, top_two};

use crate::IntBatch;

/// The two best classes of every image.
pub fn classify(logits: &IntBatch) -> Vec<Option<TopTwo>> {
    (0..logits.images()).map(|image| top_two(logits.image(image))).collect()
}

/// Accuracy and confusion matrix, counted up image by image.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Evaluation {
    /// Images counted.
    pub images: u64,
    /// Of these, classified correctly.
    pub correct: u64,
    /// `confusion[label][decision]`.
    pub confusion: Vec<Vec<u64>>,
}

impl Evaluation {
    /// Nothing counted yet.
    pub fn new(classes: usize) -> Self {
        Self { images: 0, correct: 0, confusion: vec![vec![0; classes]; classes] }
    }

    /// Counts one image. A label or decision beyond the classes counts as wrong and stays out of
    /// the matrix.
    pub fn add(&mut self, label: usize, decision: usize) {
        self.images += 1;
        self.correct += u64::from(label == decision);
        if let Some(cell) = self.confusion.get_mut(label).and_then(|row| row.get_mut(decision)) {
            *cell += 1;
        }
    }

    /// Share of correct images; 0 without images.
    pub fn accuracy(&self) -> f64 {
        if self.images == 0 { 0.0 } else { self.correct as f64 / self.images as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting() {
        let mut evaluation = Evaluation::new(2);
        for (label, decision) in [(0, 0), (0, 1), (1, 1), (5, 0)] {
            evaluation.add(label, decision);
        }
        assert_eq!(evaluation.accuracy(), 0.5);
        assert_eq!(evaluation.confusion, [[1, 1], [0, 1]]);
        assert_eq!(Evaluation::new(3).accuracy(), 0.0);
    }

    #[test]
    fn classes_of_a_batch() {
        let logits = IntBatch::new(2, vec![3], vec![1, 5, 5, 9, -1, 0]).unwrap();
        let best: Vec<usize> = classify(&logits).into_iter().map(|t| t.unwrap().first).collect();
        assert_eq!(best, [1, 0]);
    }
}
