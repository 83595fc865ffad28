//! Per-image precision: run narrow, look at the score margin, run wider only where in doubt.

mod cascade;
mod drift;
mod energy;
mod error;
mod machine;
mod monitor;

pub use cascade::{Committed, Outcome, climb};
pub use drift::{CalibratedShare, Direction, Drift, DriftMonitor, DriftOptions};
pub use energy::relative_energy;
pub use error::{EscalationError, LadderError};
pub use machine::EscalatingMachine;
pub use monitor::LadderMonitor;

use crate::{Cost, Point};

/// What a classifier says about one image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The class it chooses.
    pub class: usize,
    /// How far the best score is ahead of the second: in probabilities or in integer logits,
    /// whichever the thresholds of the ladder are in.
    pub margin: f64,
}

/// Something that classifies images at a precision and clock: a golden model, a simulation or a
/// board.
pub trait Runner {
    /// What can go wrong with it.
    type Error: std::error::Error;

    /// Classifies some images of a request, and says what that took. One answer per image, in the
    /// order of `images`.
    fn classify(
        &mut self,
        request: u64,
        images: &[u64],
        point: Point,
    ) -> Result<(Vec<Answer>, Cost), Self::Error>;
}

/// A width, and the margin from which its answer is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rung {
    /// The precision to run at.
    pub precision: usize,
    /// An answer with at least this margin is final; 0 accepts every one.
    pub threshold: f64,
}

/// Widths from narrow to wide.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    rungs: Vec<Rung>,
    widest: usize,
}

impl Ladder {
    /// A ladder of `rungs` below the `widest` precision, whose answers are always final.
    /// Precisions are numbered as in a platform, the most accurate first, so they must fall from
    /// rung to rung.
    pub fn new(rungs: Vec<Rung>, widest: usize) -> Result<Self, LadderError> {
        for (index, rung) in rungs.iter().enumerate() {
            let Rung { precision, threshold } = *rung;
            if !(threshold.is_finite() && threshold >= 0.0) {
                return Err(LadderError::Threshold { rung: index, threshold });
            }
            let next = rungs.get(index + 1).map_or(widest, |next| next.precision);
            if precision <= next {
                return Err(LadderError::Order { rung: index, precision, next });
            }
        }
        Ok(Self { rungs, widest })
    }

    /// Number of widths, the widest included.
    pub fn len(&self) -> usize {
        self.rungs.len() + 1
    }

    /// Never: there always is the widest one.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Precision of a width, 0 being the narrowest.
    pub fn precision(&self, width: usize) -> usize {
        self.rungs.get(width).map_or(self.widest, |rung| rung.precision)
    }

    /// Whether an answer at a width is final. A margin that is no number never is, except at the
    /// widest.
    fn accepts(&self, width: usize, margin: f64) -> bool {
        self.rungs.get(width).is_none_or(|rung| margin >= rung.threshold)
    }
}

#[cfg(test)]
mod tests;
