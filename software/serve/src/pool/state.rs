//! What the threads of a pool share.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bitladder_control::{Estimates, Point, Policy, Queue, Request, View};
use tokio::sync::oneshot;

use super::choose::offers;
use super::job::{Job, Load};
use super::{Limits, Reply};
use crate::history::{History, Snapshot, UnitSnapshot};
use crate::metrics::Metrics;
use crate::watch::LadderWatch;
use crate::{Inference, Model, Refusal, StartError};

pub(super) struct Shared {
    pub(super) model: Model,
    pub(super) limits: Limits,
    pub(super) metrics: Metrics,
    pub(super) watch: Option<LadderWatch>,
    pub(super) history: Mutex<History>,
    pub(super) start: Instant,
    state: Mutex<State>,
    /// Something arrived, or the pool drains.
    changed: Condvar,
}

pub(super) struct State {
    pub(super) queue: Queue,
    pub(super) jobs: HashMap<u64, Job>,
    next: u64,
    waiting_images: usize,
    draining: bool,
    pub(super) units: Vec<UnitState>,
}

/// What everybody may know about a device.
pub(super) struct UnitState {
    pub(super) name: String,
    pub(super) up: bool,
    pub(super) error: Option<String>,
    pub(super) estimates: Estimates,
    /// Images to do and their point, while it runs.
    pub(super) running: Option<(u64, Point)>,
}

impl Shared {
    pub(super) fn new(
        model: Model,
        names: Vec<String>,
        limits: Limits,
    ) -> Result<Self, StartError> {
        let unit = |name| UnitState {
            name,
            up: false,
            error: None,
            estimates: Estimates::learning(model.platform(), 1.0),
            running: None,
        };
        let units = names.into_iter().map(unit).collect();
        let state = State {
            queue: Queue::new(),
            jobs: HashMap::new(),
            next: 0,
            waiting_images: 0,
            draining: false,
            units,
        };
        Ok(Self {
            watch: LadderWatch::new(model.package(), limits.drift)?,
            model,
            limits,
            metrics: Metrics::default(),
            history: Mutex::default(),
            start: Instant::now(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    /// A thread that panicked leaves a state that is still whole: each change is one step.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    pub(super) fn submit(&self, inference: Inference) -> Result<Reply, Refusal> {
        let Inference { images, wishes } = inference;
        let (count, most) = (images.images(), self.limits.request_images);
        if count > most {
            return Err(Refusal::TooMany { images: count, most });
        }
        let allowed = self.model.allowed(wishes.accuracy_floor, wishes.energy_budget);
        if !allowed.contains(&true) {
            return Err(Refusal::Impossible { what: offers(&self.model) });
        }
        let mut state = self.lock();
        if state.draining {
            return Err(Refusal::Draining);
        }
        let (waiting, most) = (state.waiting_images, self.limits.waiting_images);
        if waiting + count > most {
            return Err(Refusal::Full { waiting, most });
        }
        let expected = wishes.deadline.unwrap_or(self.limits.deadline).as_secs_f64();
        let (arrival, id) = (self.now(), state.next);
        let request = Request { id, arrival, images: count as u64, expected };
        if wishes.deadline.is_some() && !self.admits(&state, &request) {
            return Err(Refusal::NotInTime);
        }
        let (reply, receiver) = oneshot::channel();
        let (submitted, attempts, failure) = (Instant::now(), 0, None);
        let job = Job { request, images, allowed, submitted, attempts, failure, reply };
        state.next += 1;
        state.enqueue(job);
        drop(state);
        self.changed.notify_one();
        Ok(receiver)
    }

    /// Asks the device that will be free first.
    fn admits(&self, state: &State, request: &Request) -> bool {
        let mut able = state.units.iter().filter(|unit| unit.up).peekable();
        if able.peek().is_none() {
            return true;
        }
        able.any(|unit| {
            let view = View { now: self.now(), queue: &state.queue, estimates: &unit.estimates };
            self.limits.admission.admits(&view, unit.running, request)
        })
    }

    /// Waits for work; `None` when there will be none.
    pub(super) fn next(&self, unit: usize, policy: &mut dyn Policy) -> Option<Load> {
        let mut state = self.lock();
        loop {
            state.expire(self);
            if let Some(load) = state.take(unit, policy, self) {
                return Some(load);
            }
            if state.draining {
                return None;
            }
            let tick = Duration::from_millis(200);
            let waited = self.changed.wait_timeout(state, tick);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Keeps time while a device is away; `false` when the pool ends.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        let mut state = self.lock();
        loop {
            state.expire(self);
            let left = end.saturating_duration_since(Instant::now());
            if state.draining && state.queue.is_empty() {
                return false;
            }
            if left.is_zero() {
                return true;
            }
            let tick = left.min(Duration::from_millis(100));
            let waited = self.changed.wait_timeout(state, tick);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Puts jobs a device failed on back into the queue, or gives up on them.
    pub(super) fn retry(&self, load: Load, device: &str, message: &str) {
        let mut state = self.lock();
        for mut job in load.jobs {
            job.attempts += 1;
            let attempts = job.attempts;
            if attempts >= self.limits.attempts {
                self.metrics.refused("failed");
                let (device, message) = (device.to_owned(), message.to_owned());
                job.finish(Err(Refusal::Device { attempts, device, message }));
            } else {
                self.metrics.retried();
                job.failure = Some((device.to_owned(), message.to_owned()));
                state.enqueue(job);
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn drain(&self) {
        self.lock().draining = true;
        self.changed.notify_all();
    }

    /// Refuses everything that still waits.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        while let Some(job) = state.dequeue(0) {
            self.metrics.refused("draining");
            job.finish(Err(Refusal::Draining));
        }
        self.changed.notify_all();
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        let unit = |unit: &UnitState| UnitSnapshot {
            name: unit.name.clone(),
            up: unit.up,
            error: unit.error.clone(),
            precision: unit.running.map(|(_, p)| self.model.precision_name(p.precision).into()),
            clock_mhz: unit.running.map(|(_, point)| self.model.clock_mhz(point.level)),
            watts: unit.running.map_or(self.model.platform().idle_watts(), |(_, point)| {
                unit.estimates.watts(point)
            }),
        };
        Snapshot {
            seconds: self.now(),
            waiting_requests: state.queue.len(),
            waiting_images: state.waiting_images,
            draining: state.draining,
            units: state.units.iter().map(unit).collect(),
            ladder: self.watch.as_ref().map(LadderWatch::snapshot).unwrap_or_default(),
        }
    }
}

impl State {
    fn enqueue(&mut self, job: Job) {
        self.waiting_images += job.images.images();
        self.queue.push(job.request);
        self.jobs.insert(job.request.id, job);
    }

    pub(super) fn dequeue(&mut self, index: usize) -> Option<Job> {
        let request = self.queue.take(index)?;
        let job = self.jobs.remove(&request.id)?;
        self.waiting_images -= job.images.images();
        Some(job)
    }

    /// Answers those who have waited too long, and forgets those who have gone.
    fn expire(&mut self, shared: &Shared) {
        let patience = shared.limits.patience;
        let over = |job: &Job| job.is_abandoned() || job.submitted.elapsed() >= patience;
        let mut index = 0;
        while let Some(request) = self.queue.requests().get(index) {
            if !self.jobs.get(&request.id).is_some_and(over) {
                index += 1;
                continue;
            }
            let Some(job) = self.dequeue(index) else { continue };
            let last = job.failure.clone().map(|(device, message)| format!("{device}: {message}"));
            let down = || self.units.iter().find_map(|unit| unit.error.clone());
            let last = last.or_else(down).unwrap_or_else(|| "all were busy".into());
            shared.metrics.refused(if job.is_abandoned() { "gone" } else { "expired" });
            job.finish(Err(Refusal::Expired { seconds: patience.as_secs_f64(), last }));
        }
    }
}
