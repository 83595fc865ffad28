//! Whom to turn away when deadlines cannot be met.

use crate::{Estimates, Point, Request, View};

/// Which requests enter the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Admission {
    /// All of them; those that cannot be on time will be late.
    #[default]
    Everything,
    /// Only those with which every deadline that can be kept now can still be kept, with all
    /// work at the fastest point. Better a refusal at once than a late answer.
    OnTimeOnly,
}

impl Admission {
    /// Whether `request` may enter. `running` is what the running request still has to do: images
    /// and its present point; its precision stays as it is.
    pub fn admits(self, view: &View<'_>, running: Option<(u64, Point)>, request: &Request) -> bool {
        match self {
            Self::Everything => true,
            Self::OnTimeOnly => on_time_with(view, running, request),
        }
    }
}

fn on_time_with(view: &View<'_>, running: Option<(u64, Point)>, fresh: &Request) -> bool {
    let per_image = fastest_seconds(view.estimates);
    let busy = running.map_or(0.0, |(images, point)| {
        let top = view.estimates.top_seconds(point.precision);
        images as f64 * top.min(view.estimates.seconds(point))
    });
    let run_time = |request: &Request| request.images as f64 * per_image;
    let (mut without, mut placed) = (view.now + busy, false);
    let delay = run_time(fresh);
    for request in view.queue.requests() {
        if !placed && request.deadline() > fresh.deadline() {
            placed = true;
            if without + delay > fresh.deadline() {
                return false;
            }
        }
        without += run_time(request);
        let spoiled = without <= request.deadline() && without + delay > request.deadline();
        if placed && spoiled {
            return false;
        }
    }
    placed || without + delay <= fresh.deadline()
}

/// Seconds per image at the fastest point there is.
pub(crate) fn fastest_seconds(estimates: &Estimates) -> f64 {
    estimates.points().map(|point| estimates.seconds(point)).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests;
