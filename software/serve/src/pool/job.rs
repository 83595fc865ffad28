//! A request on its way.

use std::time::Instant;

use bitladder_control::{Point, Request};
use bitladder_golden::FloatBatch;
use tokio::sync::oneshot;

use crate::{Answer, Refusal};

/// A request with everything that belongs to it. Its reply is sent at most once: sending takes
/// the job.
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) images: FloatBatch,
    /// Which precisions may answer.
    pub(super) allowed: Vec<bool>,
    pub(super) submitted: Instant,
    pub(super) attempts: u32,
    /// What the last device that failed on it said.
    pub(super) failure: Option<(String, String)>,
    pub(super) reply: oneshot::Sender<Result<Answer, Refusal>>,
}

impl Job {
    /// Whether nobody waits any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    /// Sends the reply; who has gone does not get it.
    pub(super) fn finish(self, result: Result<Answer, Refusal>) {
        let _ = self.reply.send(result);
    }
}

/// Requests that run together: the chosen one, and others that fill its last batch.
pub(super) struct Load {
    pub(super) jobs: Vec<Job>,
    pub(super) point: Point,
    /// When it was taken out of the queue, in the pool's time.
    pub(super) started: f64,
}

impl Load {
    /// Images of all jobs.
    pub(super) fn images(&self) -> usize {
        self.jobs.iter().map(|job| job.images.images()).sum()
    }

    /// One image by its number over all jobs.
    pub(super) fn image(&self, mut number: usize) -> &[f32] {
        for job in &self.jobs {
            if number < job.images.images() {
                return job.images.image(number);
            }
            number -= job.images.images();
        }
        &[]
    }
}
