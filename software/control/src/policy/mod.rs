//! Which request runs next, at which precision, and at which clock it starts.

mod deadline_first;
mod pit;
mod slurm;

pub use deadline_first::DeadlineFirst;
pub use pit::Pit;
pub use slurm::{Slurm, SlurmWeights};

use crate::{Estimates, Point, Queue};

/// What a policy may look at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The time, in seconds.
    pub now: f64,
    /// Everything that waits.
    pub queue: &'a Queue,
    /// Expected run times and powers.
    pub estimates: &'a Estimates,
}

/// What a policy decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Place of the request in [`View::queue`].
    pub index: usize,
    /// Its precision, which stays until it is done, and the clock it starts with.
    pub point: Point,
}

/// Decides whenever the machine falls free; what runs is never interrupted.
pub trait Policy {
    /// Name for tables.
    fn name(&self) -> &str;

    /// The next request; `None` only for an empty queue.
    fn decide(&mut self, view: &View<'_>) -> Option<Decision>;
}

/// Place of the smallest key; of equal ones the earliest arrival, then the smallest id.
fn smallest_by_key(queue: &Queue, key: impl Fn(usize) -> f64) -> Option<usize> {
    let requests = queue.requests();
    let (mut best, mut least) = (0, f64::INFINITY);
    for index in 0..requests.len() {
        let value = key(index);
        let tie = |a: usize, b: usize| {
            let (a, b) = (&requests[a], &requests[b]);
            a.arrival.total_cmp(&b.arrival).then(a.id.cmp(&b.id)).is_lt()
        };
        if value < least || (value == least && tie(index, best)) {
            (best, least) = (index, value);
        }
    }
    (!requests.is_empty()).then_some(best)
}

#[cfg(test)]
mod tests;
