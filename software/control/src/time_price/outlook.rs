//! What the deadlines of a queue allow.

use crate::Request;

/// From where deadlines are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlook {
    pub(super) now: f64,
    /// Share of the time left that budgets do not count on.
    pub(super) reserve: f64,
    /// Seconds per image at the fastest point.
    pub(super) fastest: f64,
}

/// What [`Outlook::plan`] finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    /// Seconds per image with which every deadline that can be kept is kept.
    pub(super) budget: f64,
    /// The first request that can be on time.
    pub(super) first_on_time: Option<usize>,
    /// The first request that cannot.
    pub(super) first_late: Option<usize>,
}

impl Outlook {
    /// What of some time left may be planned with.
    pub(super) fn prudent(&self, left: f64) -> f64 {
        left - self.reserve * left.abs()
    }

    /// The most that can be hoped to fit into some time left. Predictions err both ways, and be it
    /// by rounding: a deadline missed on paper by less than the reserve is not given up.
    pub(super) fn hopeful(&self, left: f64) -> f64 {
        left + self.reserve.max(1e-9) * left.abs()
    }

    /// Goes through a queue in order of deadlines, `ahead` images before it. A request that would
    /// be late even if all work ran at the fastest point is late, and no work to plan with.
    pub(super) fn plan(&self, ahead: f64, queue: &[Request]) -> Plan {
        let mut plan = Plan { budget: f64::INFINITY, first_on_time: None, first_late: None };
        let mut images = ahead;
        for (index, request) in queue.iter().enumerate() {
            let with = images + request.images as f64;
            let left = request.left(self.now);
            if self.hopeful(left) < with * self.fastest {
                plan.first_late = plan.first_late.or(Some(index));
                continue;
            }
            images = with;
            plan.first_on_time = plan.first_on_time.or(Some(index));
            plan.budget = plan.budget.min(self.prudent(left) / with);
        }
        plan
    }

    /// For how long the machine may be busy before `queue` so that no deadline is lost that could be
    /// kept after `ahead` seconds. Less than `ahead` when even that leaves no reserve.
    pub(super) fn spare<'a>(&self, ahead: f64, queue: impl Iterator<Item = &'a Request>) -> f64 {
        let (mut images, mut spare) = (0.0, f64::INFINITY);
        for request in queue {
            let with = images + request.images as f64;
            let left = request.left(self.now);
            if self.hopeful(left) - with * self.fastest >= ahead {
                images = with;
                spare = spare.min(self.prudent(left) - with * self.fastest);
            }
        }
        spare
    }
}
