//! What a device does next, and in which precision.

use bitladder_control::{Decision, Point, Policy, View};

use super::job::{Job, Load};
use super::state::{Shared, State};
use crate::Model;

impl State {
    /// The next load for a device, by its policy.
    pub(super) fn take(
        &mut self,
        unit: usize,
        policy: &mut dyn Policy,
        shared: &Shared,
    ) -> Option<Load> {
        let now = shared.now();
        let view = View { now, queue: &self.queue, estimates: &self.units[unit].estimates };
        let Decision { index, mut point } = policy.decide(&view)?;
        let first = self.dequeue(index)?;
        if !first.allowed[point.precision] {
            point.precision = nearest(&first.allowed, point.precision);
        }
        let batch = shared.model.programs()[0].batch;
        let mut room = (batch - first.images.images() % batch) % batch;
        let mut jobs = vec![first];
        let mut index = 0;
        // Whoever fits beside it runs along, the most urgent first.
        while room > 0 && index < self.queue.len() {
            let id = self.queue.requests()[index].id;
            let fits = |job: &Job| job.allowed[point.precision] && job.images.images() <= room;
            if self.jobs.get(&id).is_some_and(fits) {
                let Some(job) = self.dequeue(index) else { break };
                room -= job.images.images();
                jobs.push(job);
            } else {
                index += 1;
            }
        }
        let images = jobs.iter().map(|job| job.request.images).sum();
        self.units[unit].running = Some((images, point));
        Some(Load { jobs, point, started: now })
    }
}

/// The allowed precision closest to the one a policy chose, rather a cheaper one.
fn nearest(allowed: &[bool], wanted: usize) -> usize {
    let able = (0..allowed.len()).filter(|precision| allowed[*precision]);
    able.min_by_key(|precision| (precision.abs_diff(wanted), *precision < wanted)).unwrap_or(0)
}

/// The precisions there are, for a client whose wishes none fulfils.
pub(super) fn offers(model: &Model) -> String {
    let platform = model.platform();
    let level = platform.top_level();
    let offer = |(precision, of): (usize, &bitladder_control::platform::Precision)| {
        let joules = platform.joules(Point { precision, level });
        format!("{} has {:.2} % and takes {:.3} uJ per image", of.name, of.top1, joules * 1e6)
    };
    platform.precisions().iter().enumerate().map(offer).collect::<Vec<_>>().join("; ")
}
