//! What clients wish for, and what they get.

use std::time::Duration;

use bitladder_golden::FloatBatch;

/// What a client wishes for beside its answer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Wishes {
    /// Time until the answer is wanted; the server's own if not given.
    pub deadline: Option<Duration>,
    /// Least accuracy in percent of the precision that answers.
    pub accuracy_floor: Option<f64>,
    /// Most energy per image, in joules.
    pub energy_budget: Option<f64>,
}

/// Images to classify.
#[derive(Debug, Clone)]
pub struct Inference {
    /// The images, as the network takes them.
    pub images: FloatBatch,
    /// What else is wished for.
    pub wishes: Wishes,
}

/// What the machine says about one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The best class.
    pub class: usize,
    /// Its lead over the second, in units of the scores.
    pub margin: f64,
    /// All scores.
    pub scores: Vec<f32>,
    /// The profile that said it.
    pub profile: usize,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// One verdict per image.
    pub verdicts: Vec<Verdict>,
    /// The precision that was chosen: a profile's name, or `ladder`.
    pub precision: String,
    /// Clock of the last block.
    pub clock_mhz: f64,
    /// The device.
    pub device: String,
    /// From the request's arrival to its start.
    pub queue_seconds: f64,
    /// From the request's arrival to its answer.
    pub total_seconds: f64,
    /// Time of the machine at its clock, this request's share.
    pub device_seconds: f64,
    /// Energy by the platform's model, this request's share.
    pub energy_joules: f64,
    /// Whether it was answered within its deadline.
    pub on_time: bool,
}
