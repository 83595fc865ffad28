//! PIT, Algorithm 1 of "Coordinated DVFS and Precision Control for Deep Neural Networks".

use super::{Decision, Policy, View, smallest_by_key};
use crate::{Point, Request};

/// Full precision while every request has slack; otherwise less precision for those without.
///
/// SLACK is the time left over the run time at the top clock. A request with SLACK < 1 steps down
/// the precisions until SLACK >= 1 or none is left (with two precisions: the paper's lines 14 to
/// 18); then the request with the least SLACK runs, from the lowest clock.
#[derive(Debug, Clone, Default)]
pub struct Pit;

impl Pit {
    /// The policy; it has no parameters of its own.
    pub fn new() -> Self {
        Self
    }
}

impl Policy for Pit {
    fn name(&self) -> &str {
        "PIT"
    }

    fn decide(&mut self, view: &View<'_>) -> Option<Decision> {
        let requests = view.queue.requests();
        let slack = |index: usize| slack_and_precision(&requests[index], view).0;
        let index = smallest_by_key(view.queue, slack)?;
        let (_, precision) = slack_and_precision(&requests[index], view);
        Some(Decision { index, point: Point { precision, level: 0 } })
    }
}

fn slack_and_precision(request: &Request, view: &View<'_>) -> (f64, usize) {
    let last = view.estimates.precisions() - 1;
    let (left, images) = (request.left(view.now), request.images as f64);
    let mut precision = 0;
    loop {
        let slack = left / (images * view.estimates.top_seconds(precision));
        if slack >= 1.0 || precision == last {
            return (slack, precision);
        }
        precision += 1;
    }
}
