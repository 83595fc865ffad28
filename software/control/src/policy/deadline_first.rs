//! Earliest deadline first, at full precision.

use super::{Decision, Policy, View};
use crate::Point;

/// The request that is due first, at full precision and the top clock: what a deadline scheduler
/// does that knows neither clocks nor precisions.
#[derive(Debug, Clone, Default)]
pub struct DeadlineFirst;

impl DeadlineFirst {
    /// The policy; it has no parameters.
    pub fn new() -> Self {
        Self
    }
}

impl Policy for DeadlineFirst {
    fn name(&self) -> &str {
        "EDF"
    }

    fn decide(&mut self, view: &View<'_>) -> Option<Decision> {
        let point = Point { precision: 0, level: view.estimates.levels() - 1 };
        (!view.queue.is_empty()).then_some(Decision { index: 0, point })
    }
}
