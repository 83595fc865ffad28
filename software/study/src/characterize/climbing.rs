//! Climbing a ladder with recorded answers.

use std::convert::Infallible;

use bitladder_control::escalate::{Answer, EscalationError, Ladder, Rung, Runner, climb};
use bitladder_control::{Cost, Point};
use serde::Serialize;

use super::record::{Answers, Scored};
use super::{Interval, Score};
use crate::StudyError;
use crate::energy::PowerTable;

/// Recorded answers as the runner of a ladder. Precisions count the widths of the study, 0 being
/// the widest.
struct Recorded<'a> {
    answers: &'a [Answers],
    set: usize,
    score: Score,
}

impl Runner for Recorded<'_> {
    type Error = Infallible;

    fn classify(
        &mut self,
        _request: u64,
        images: &[u64],
        point: Point,
    ) -> Result<(Vec<Answer>, Cost), Infallible> {
        let answers = &self.answers[point.precision];
        let of = |image: &u64| {
            let scored = &answers.sets[self.set][*image as usize];
            Answer { class: usize::from(scored.correct), margin: self.score.of(scored, answers) }
        };
        let cost = Cost { seconds: 0.0, joules: 0.0 };
        Ok((images.iter().map(of).collect(), cost))
    }
}

/// What a ladder does to a set of images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Climbed {
    /// Images.
    pub images: usize,
    /// Images that end in the right class.
    pub correct: usize,
    /// Share of images that ran at each width, from narrow to wide.
    pub reached: Vec<f64>,
    /// Share of images lost against the float network, with its 95 % interval.
    pub loss: Interval,
    /// Mean power at constant throughput: the energy of an image, up to a constant.
    pub milliwatts: f64,
}

impl Climbed {
    /// Share of images that end in the right class.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images.max(1) as f64
    }
}

/// All a ladder is judged by: recorded answers from wide to narrow, the float network's, and
/// power.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) answers: &'a [Answers],
    pub(super) bits: &'a [u8],
    pub(super) float: &'a [Vec<bool>; 3],
    pub(super) power: &'a PowerTable,
    /// Whether a loss counts with the upper end of its interval.
    pub(super) sure: bool,
    /// What thresholds of arrangements are compared with.
    pub(super) score: Score,
}

impl Judge<'_> {
    /// The loss that a limit is held against.
    pub(super) fn counted(&self, climbed: &Climbed) -> f64 {
        if self.sure { climbed.loss.high } else { climbed.loss.value }
    }

    /// Climbs with a set over the widths `rungs` (numbers, from narrow to wide), all of them with
    /// one threshold.
    pub(super) fn climb(
        &self,
        set: usize,
        rungs: &[usize],
        score: Score,
        threshold: f64,
    ) -> Result<Climbed, StudyError> {
        let (widest, narrow) = rungs.split_last().unwrap_or((&0, &[]));
        let rung = |precision: &usize| Rung { precision: *precision, threshold };
        let ladder = Ladder::new(narrow.iter().map(rung).collect(), *widest)?;
        let mut runner = Recorded { answers: self.answers, set, score };
        let float = &self.float[set];
        let images: Vec<u64> = (0..float.len() as u64).collect();
        let outcome =
            climb(&ladder, &mut runner, 0, &images, 0).map_err(|error| no_ladder(&error))?;
        let right: Vec<bool> = outcome.committed.iter().map(|c| c.answer.class == 1).collect();
        let count = images.len().max(1) as f64;
        let reached: Vec<f64> = outcome.reached.iter().map(|n| *n as f64 / count).collect();
        let mut milliwatts = 0.0;
        for (width, share) in rungs.iter().zip(&reached) {
            milliwatts += self.power.milliwatts(self.bits[*width])? * share;
        }
        Ok(Climbed {
            images: images.len(),
            correct: right.iter().filter(|right| **right).count(),
            reached,
            loss: Interval::of_loss(float, &right),
            milliwatts,
        })
    }

    /// The margins of all rungs but the widest, on a set, in units of the score; smallest first.
    pub(super) fn margins(&self, set: usize, rungs: &[usize], score: Score) -> Vec<f64> {
        let narrow = rungs.split_last().map_or(&[][..], |(_, narrow)| narrow);
        let of = |width: &usize| {
            let answers = &self.answers[*width];
            answers.sets[set].iter().map(move |scored| score.of(scored, answers))
        };
        let mut margins: Vec<f64> = narrow.iter().flat_map(of).filter(|m| m.is_finite()).collect();
        margins.sort_by(f64::total_cmp);
        margins.dedup();
        margins
    }
}

impl Score {
    pub(super) fn of(self, scored: &Scored, answers: &Answers) -> f64 {
        match self {
            Self::Logits if scored.margin == u64::MAX => f64::INFINITY,
            Self::Logits => scored.margin as f64 * answers.step,
            Self::Probability => scored.probability,
            Self::Calibrated => scored.calibrated,
        }
    }
}

/// The recorded runner neither fails nor loses answers; a ladder that says so is wrong itself.
fn no_ladder(error: &EscalationError<Infallible>) -> StudyError {
    StudyError::Widths { problem: error.to_string() }
}
