//! Climbing a ladder with a batch of images.

use super::{Answer, EscalationError, Ladder, Runner};
use crate::{Cost, Point};

/// The final answer for an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Committed {
    /// The answer.
    pub answer: Answer,
    /// The width that gave it, 0 being the narrowest.
    pub width: usize,
}

/// What climbing gave and took.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// One answer per image, in their order.
    pub committed: Vec<Committed>,
    /// How many images ran at each width.
    pub reached: Vec<usize>,
    /// Time and energy of all widths together.
    pub cost: Cost,
}

/// Classifies images at the narrowest width, then only the doubtful ones at the next, and so on.
/// All widths run at clock `level`. The widest answer is final whatever its margin.
pub fn climb<R: Runner>(
    ladder: &Ladder,
    runner: &mut R,
    request: u64,
    images: &[u64],
    level: usize,
) -> Result<Outcome, EscalationError<R::Error>> {
    let undecided = Answer { class: 0, margin: f64::NAN };
    let mut outcome = Outcome {
        committed: vec![Committed { answer: undecided, width: 0 }; images.len()],
        reached: vec![0; ladder.len()],
        cost: Cost { seconds: 0.0, joules: 0.0 },
    };
    let mut doubtful: Vec<usize> = (0..images.len()).collect();
    for width in 0..ladder.len() {
        if doubtful.is_empty() {
            break;
        }
        let precision = ladder.precision(width);
        let batch: Vec<u64> = doubtful.iter().map(|place| images[*place]).collect();
        let (answers, cost) = runner
            .classify(request, &batch, Point { precision, level })
            .map_err(|source| EscalationError::Runner { precision, source })?;
        if answers.len() != batch.len() {
            let (found, wanted) = (answers.len(), batch.len());
            return Err(EscalationError::Answers { precision, found, wanted });
        }
        outcome.reached[width] = batch.len();
        outcome.cost.seconds += cost.seconds;
        outcome.cost.joules += cost.joules;
        let mut answers = answers.into_iter();
        doubtful.retain(|place| {
            let Some(answer) = answers.next() else { return false };
            outcome.committed[*place] = Committed { answer, width };
            !ladder.accepts(width, answer.margin)
        });
    }
    Ok(outcome)
}
