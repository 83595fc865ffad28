//! SLURM's priority scheduling, the paper's baseline.

use super::{Decision, Policy, View, smallest_by_key};
use crate::Point;

/// What a second or an image counts in a priority.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlurmWeights {
    /// Per second in the queue (w1).
    pub age: f64,
    /// Per image (w2); negative prefers small requests.
    pub size: f64,
    /// Per second of expected response time (w3).
    pub expected: f64,
}

/// The request with the highest w1 * TQ + w2 * NI + w3 * ExRT, at full precision.
#[derive(Debug, Clone)]
pub struct Slurm {
    name: &'static str,
    weights: SlurmWeights,
    dvfs: bool,
}

impl Slurm {
    /// Starts every request at the top clock.
    pub fn top_clock(weights: SlurmWeights) -> Self {
        Self { name: "SLURM", weights, dvfs: false }
    }

    /// Starts every request at the lowest clock, for a pace that raises it.
    pub fn with_dvfs(weights: SlurmWeights) -> Self {
        Self { name: "SLURM_DVFS", weights, dvfs: true }
    }
}

impl Policy for Slurm {
    fn name(&self) -> &str {
        self.name
    }

    fn decide(&mut self, view: &View<'_>) -> Option<Decision> {
        let requests = view.queue.requests();
        let SlurmWeights { age, size, expected } = self.weights;
        let priority = |index: usize| {
            let request = &requests[index];
            age * request.queued(view.now)
                + size * request.images as f64
                + expected * request.expected
        };
        let index = smallest_by_key(view.queue, |index| -priority(index))?;
        let level = if self.dvfs { 0 } else { view.estimates.levels() - 1 };
        Some(Decision { index, point: Point { precision: 0, level } })
    }
}
