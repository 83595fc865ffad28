//! The thread of a device.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bitladder_control::escalate::{Runner, climb};
use bitladder_control::{BlockTime, Cost, Point, Progress, Request};
use bitladder_device::Device;

use super::Unit;
use super::job::Load;
use super::runner::{LoadRunner, NOTHING};
use super::state::Shared;
use crate::history::Sample;
use crate::model::Choice;
use crate::{Answer, Verdict};

/// Pauses between attempts to open a device, growing from the first to the last.
const PAUSES: [u64; 4] = [100, 500, 2000, 5000];

pub(super) struct Worker {
    shared: Arc<Shared>,
    index: usize,
    unit: Unit,
}

/// What a load gave and took.
struct Done {
    verdicts: Vec<Verdict>,
    used: Cost,
    point: Point,
    /// The clock of the last block.
    level: usize,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>, index: usize, unit: Unit) -> Self {
        Self { shared, index, unit }
    }

    /// Opens the device and serves, again after each failure, until the pool ends.
    pub(super) fn work(mut self) {
        let mut failures = 0;
        loop {
            match (self.unit.open)() {
                Ok(mut device) => {
                    self.stands(None);
                    tracing::info!(device = self.unit.name, "device is up");
                    let served = self.serve(device.as_mut());
                    let Err(message) = served else { return };
                    failures = 0;
                    self.stands(Some(message));
                }
                Err(message) => self.stands(Some(message)),
            }
            let pause = PAUSES[failures.min(PAUSES.len() - 1)];
            failures += 1;
            if !self.shared.pause(Duration::from_millis(pause)) {
                return;
            }
        }
    }

    /// Tells everybody whether the device is up.
    fn stands(&self, error: Option<String>) {
        if let Some(message) = &error {
            tracing::warn!(device = self.unit.name, error = message, "device is down");
        }
        let mut state = self.shared.lock();
        let unit = &mut state.units[self.index];
        (unit.up, unit.error, unit.running) = (error.is_none(), error, None);
    }

    /// Works off loads until the pool ends, or the device fails.
    fn serve(&mut self, device: &mut dyn Device) -> Result<(), String> {
        while let Some(load) = self.shared.next(self.index, self.unit.policy.as_mut()) {
            let done = self.run(device, &load);
            self.shared.lock().units[self.index].running = None;
            match done {
                Ok(done) => self.answer(load, &done),
                Err(message) => {
                    self.shared.retry(load, &self.unit.name, &message);
                    return Err(message);
                }
            }
        }
        Ok(())
    }

    fn run(&mut self, device: &mut dyn Device, load: &Load) -> Result<Done, String> {
        let shared = self.shared.clone();
        let count = load.images();
        let mut runner = LoadRunner {
            model: &shared.model,
            device,
            load,
            verdicts: vec![None; count],
            level: load.point.level,
            used: NOTHING,
        };
        self.unit.pace.begin();
        let batch = shared.model.programs()[0].batch;
        let mut point = load.point;
        for first in (0..count).step_by(batch) {
            let images: Vec<u64> = (first..count.min(first + batch)).map(|i| i as u64).collect();
            let cost = block(&shared, &mut runner, &images, point)?;
            let left = count - first - images.len();
            let used = Point { level: runner.level, ..point };
            point = self.between(load, used, images.len(), left, cost);
        }
        let LoadRunner { verdicts, used, level, .. } = runner;
        // Every block says something about each of its images.
        let verdicts: Option<Vec<Verdict>> = verdicts.into_iter().collect();
        let verdicts = verdicts.ok_or("the device left images without an answer")?;
        Ok(Done { verdicts, used, point, level })
    }

    /// Learns from a block and chooses the clock of the next.
    fn between(
        &mut self,
        load: &Load,
        point: Point,
        images: usize,
        left: usize,
        cost: Cost,
    ) -> Point {
        let shared = &self.shared;
        let now = shared.now();
        let mut state = shared.lock();
        let waiting = state.queue.len();
        let state = &mut *state;
        let unit = &mut state.units[self.index];
        unit.estimates.observe(point, images as u64, cost.seconds, cost.joules);
        let sample = Sample {
            seconds: now,
            unit: self.index,
            precision: point.precision,
            clock_mhz: shared.model.clock_mhz(point.level),
            watts: shared.model.platform().watts(point),
            images,
            waiting,
        };
        shared.history.lock().unwrap_or_else(PoisonError::into_inner).block(sample);
        let mut next = point;
        if left > 0 {
            let time = BlockTime { images: images as u64, batches: 1, seconds: cost.seconds };
            let first = load.jobs[0].request;
            let request = &Request { images: load.images() as u64, ..first };
            let (queue, estimates, remaining) = (&state.queue, &unit.estimates, left as u64);
            let progress = Progress { now, request, point, remaining, queue, estimates };
            let level = self.unit.pace.next_level(&time, &progress);
            next.level = level.min(shared.model.platform().top_level());
            unit.running = Some((remaining, next));
        }
        next
    }

    fn answer(&self, load: Load, done: &Done) {
        let shared = &self.shared;
        let (now, all) = (shared.now(), load.images() as f64);
        let name = shared.model.precision_name(done.point.precision).to_owned();
        let clock_mhz = shared.model.clock_mhz(done.level);
        let mut verdicts = done.verdicts.iter().cloned();
        for job in load.jobs {
            let share = job.images.images() as f64 / all;
            let own: Vec<Verdict> = verdicts.by_ref().take(job.images.images()).collect();
            for verdict in &own {
                let profile = &shared.model.package().profiles[verdict.profile].name;
                shared.metrics.image(profile);
            }
            let answer = Answer {
                verdicts: own,
                precision: name.clone(),
                clock_mhz,
                device: self.unit.name.clone(),
                queue_seconds: load.started - job.request.arrival,
                total_seconds: now - job.request.arrival,
                device_seconds: done.used.seconds * share,
                energy_joules: done.used.joules * share,
                on_time: now <= job.request.deadline(),
            };
            shared.metrics.answered(&answer);
            let mut history = shared.history.lock().unwrap_or_else(PoisonError::into_inner);
            history.answer(now, answer.total_seconds, answer.on_time);
            drop(history);
            job.finish(Ok(answer));
        }
    }
}

/// One block at one point: plainly, or up the ladder.
fn block(
    shared: &Shared,
    runner: &mut LoadRunner<'_>,
    images: &[u64],
    point: Point,
) -> Result<Cost, String> {
    let model = runner.model;
    match (model.choice(point.precision), model.ladder()) {
        (Choice::Ladder, Some(ladder)) => {
            let outcome = climb(ladder, runner, 0, images, point.level);
            let outcome = outcome.map_err(|error| error.to_string())?;
            if let Some(watch) = &shared.watch {
                watch.observe(&outcome, shared.now());
            }
            Ok(outcome.cost)
        }
        _ => {
            let done = runner.classify(0, images, point).map_err(|error| error.to_string())?;
            Ok(done.1)
        }
    }
}
