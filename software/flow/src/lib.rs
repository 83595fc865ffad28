//! The tool flow around the golden model, as a library: what the command line does, without its
//! terminal.
//!
//! ```text
//! model.onnx --Model::read--> Model --calibrate--> Calibration --make_profile--> Profile ...
//!                                                                                   |
//! images --Samples--> evaluate, evaluate_float, find_ladder <------------ Package <-+
//! ```
//!
//! Long work reports its progress to a [`Progress`] callback and runs on as many threads as asked.

mod calibrate;
mod error;
mod evaluate;
mod ladder;
mod model;
mod profile;
mod report;
mod samples;

pub use calibrate::calibrate;
pub use error::FlowError;
pub use evaluate::{Decision, Evaluated, decide, decide_by, evaluate, evaluate_float};
pub use ladder::find_ladder;
pub use model::Model;
pub use profile::{Made, fingerprint, make_profile};
pub use report::{TensorReport, report};
pub use samples::Samples;

/// Told how many images are done.
pub type Progress<'a> = &'a mut dyn FnMut(usize);

/// Images per step: progress is reported, and intermediate values are held, for this many.
pub(crate) const STEP: usize = 64;
