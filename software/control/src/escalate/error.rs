//! What can be wrong with a ladder, or with climbing it.

use thiserror::Error;

/// A ladder that cannot be climbed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LadderError {
    /// A threshold no margin can be compared with.
    #[error("rung {rung}: threshold {threshold}; give a finite number, 0 to accept every answer")]
    Threshold {
        /// The rung, from 0.
        rung: usize,
        /// Its threshold.
        threshold: f64,
    },
    /// A rung that leads to no better precision.
    #[error(
        "rung {rung}: precision {precision} is followed by precision {next}, which is no better \
         (0 is the best); order the rungs from narrow to wide"
    )]
    Order {
        /// The rung, from 0.
        rung: usize,
        /// Its precision.
        precision: usize,
        /// The precision after it.
        next: usize,
    },
    /// A knob of the drift monitor that would leave it blind or always alarmed.
    #[error(
        "drift monitor: {option} is {value}; give an odds ratio above 1, at least one image per \
         false alarm, and a risk between 0 and 1"
    )]
    DriftOption {
        /// The knob.
        option: &'static str,
        /// Its value.
        value: f64,
    },
    /// A calibration that says nothing.
    #[error(
        "{climbed} of {images} calibration images climbed; give at least one image, and no more \
         climbing ones than images"
    )]
    Calibration {
        /// Images that climbed.
        climbed: u64,
        /// Images in all.
        images: u64,
    },
}

/// Why a batch has no answers.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EscalationError<E: std::error::Error> {
    /// The runner failed.
    #[error("precision {precision}: {source}")]
    Runner {
        /// Precision it ran at.
        precision: usize,
        /// What it says.
        source: E,
    },
    /// The runner gave too few or too many answers.
    #[error(
        "precision {precision}: the runner gave {found} answer(s) for {wanted} image(s); it must \
         give one for each, in order"
    )]
    Answers {
        /// Precision it ran at.
        precision: usize,
        /// Answers it gave.
        found: usize,
        /// Images it was given.
        wanted: usize,
    },
}
