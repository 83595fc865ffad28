//! What can go wrong in a study.

use std::path::PathBuf;

use bitladder_control::escalate::LadderError;
use bitladder_data::DataError;
use bitladder_flow::FlowError;
use bitladder_golden::GoldenError;
use thiserror::Error;

use crate::energy::EnergyError;

/// A study that cannot be made.
#[derive(Debug, Error)]
pub enum StudyError {
    /// The images cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A step of the flow fails.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The golden model refuses network or data.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// The energy model has no answer.
    #[error(transparent)]
    Energy(#[from] EnergyError),
    /// Widths that make no ladder.
    #[error(transparent)]
    Ladder(#[from] LadderError),
    /// Data whose parts cannot be told apart.
    #[error(
        "{}: the data has no parts, and settings must not be chosen on the images they are \
         reported on; give a folder with separate training and test images",
        path.display()
    )]
    NoParts {
        /// Where the data is.
        path: PathBuf,
    },
    /// Too few images to choose and to check.
    #[error("the {part} part of {data} has {found} image(s); give at least {wanted}")]
    FewImages {
        /// The data.
        data: String,
        /// The part.
        part: &'static str,
        /// Images it has.
        found: usize,
        /// Images needed.
        wanted: usize,
    },
    /// Nothing to build a histogram of.
    #[error(
        "network `{network}`: the histogram is empty, as the float network classifies none of the \
         {images} training and validation images correctly; check labels and preprocessing"
    )]
    EmptyHistogram {
        /// The network.
        network: String,
        /// Images it was shown.
        images: usize,
    },
    /// A Delta that is too large.
    #[error(
        "Delta = {delta} selects no layer: the largest growth between inner layers is {most}; \
         give a smaller Delta"
    )]
    NothingSignificant {
        /// The Delta.
        delta: usize,
        /// The largest growth of components.
        most: usize,
    },
    /// Widths that cannot be compared.
    #[error("widths: {problem}; give at least two different ones, the widest first")]
    Widths {
        /// What is wrong.
        problem: String,
    },
    /// A model that cannot stand for a width.
    #[error(
        "`{file}` cannot be width `{width}`: {problem}; give the same network, trained further"
    )]
    Trained {
        /// The width.
        width: String,
        /// The model's file.
        file: String,
        /// What does not suit.
        problem: String,
    },
    /// A share that is none.
    #[error("{what} is {value}; give a number from 0 to 1")]
    Share {
        /// The option.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A state file of another study.
    #[error(
        "{}: belongs to another model, data or choice of widths; remove it or give another file",
        path.display()
    )]
    OtherState {
        /// The file.
        path: PathBuf,
    },
    /// A state file that cannot be understood.
    #[error("{}: is no state of a study ({what}); remove it or give another file", path.display())]
    BrokenState {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file that cannot be read or written.
    #[error("{}: cannot be {doing}: {source}", path.display())]
    Files {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: std::io::Error,
    },
}

/// Refuses what is no share.
pub(crate) fn check_share(what: &'static str, value: f64) -> Result<(), StudyError> {
    let fits = (0.0..=1.0).contains(&value);
    if fits { Ok(()) } else { Err(StudyError::Share { what, value }) }
}
