//! The queue over one or more devices, and the threads that work it off.

mod choose;
mod job;
mod runner;
mod state;
mod worker;

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bitladder_control::escalate::DriftOptions;
use bitladder_control::{Admission, Pace, Policy};
use bitladder_device::Device;
use tokio::sync::oneshot;

use crate::history::{History, Snapshot};
use crate::metrics::Metrics;
use crate::{Answer, Inference, Model, Refusal, StartError};
use state::Shared;
use worker::Worker;

/// Opens a device; called again after the device failed. The device stays in the thread that
/// opened it.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Device>, String> + Send>;

/// A device of a pool.
pub struct Unit {
    /// Its name in answers, logs and metrics.
    pub name: String,
    /// How to open it.
    pub open: Opener,
    /// Chooses the request and its precision.
    pub policy: Box<dyn Policy + Send>,
    /// Chooses the clock from block to block.
    pub pace: Box<dyn Pace + Send>,
}

/// What a pool takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Images that may wait.
    pub waiting_images: usize,
    /// Images of one request.
    pub request_images: usize,
    /// Deadline of requests that bring none.
    pub deadline: Duration,
    /// Whom to turn away.
    pub admission: Admission,
    /// Longest time from arrival to answer, good or bad.
    pub patience: Duration,
    /// How often a request is tried on devices that fail.
    pub attempts: u32,
    /// When to warn that other shares of images climb the ladder than in calibration.
    pub drift: DriftOptions,
}

/// Images between two warnings without cause, at least and on average: a server sees many.
const IMAGES_PER_FALSE_ALARM: f64 = 1e9;

impl Default for Limits {
    fn default() -> Self {
        Self {
            waiting_images: 4096,
            request_images: 1024,
            deadline: Duration::from_secs(1),
            admission: Admission::Everything,
            patience: Duration::from_secs(60),
            attempts: 3,
            drift: DriftOptions {
                images_per_false_alarm: IMAGES_PER_FALSE_ALARM,
                ..DriftOptions::default()
            },
        }
    }
}

/// A reply that will come, exactly once.
pub type Reply = oneshot::Receiver<Result<Answer, Refusal>>;

/// Devices and the requests that wait for them.
pub struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// Starts a thread for each device. Devices that cannot be opened are tried again and again.
    pub fn start(model: Model, units: Vec<Unit>, limits: Limits) -> Result<Self, StartError> {
        let names = units.iter().map(|unit| unit.name.clone()).collect();
        let shared = Arc::new(Shared::new(model, names, limits)?);
        let mut threads = Vec::new();
        for (index, unit) in units.into_iter().enumerate() {
            let device = unit.name.clone();
            let worker = Worker::new(shared.clone(), index, unit);
            let thread = std::thread::Builder::new()
                .name(format!("device {device}"))
                .spawn(move || worker.work())
                .map_err(|source| StartError::Thread { device, source })?;
            threads.push(thread);
        }
        Ok(Self { shared, threads: Mutex::new(threads) })
    }

    /// Puts a request into the queue, or says why not.
    pub fn submit(&self, inference: Inference) -> Result<Reply, Refusal> {
        let result = self.shared.submit(inference);
        if let Err(refusal) = &result {
            self.shared.metrics.refused(refusal.kind());
        }
        result
    }

    /// What is answered with.
    pub fn model(&self) -> &Model {
        &self.shared.model
    }

    /// Longest time from a request to its answer.
    pub fn patience(&self) -> Duration {
        self.shared.limits.patience
    }

    /// Counters for Prometheus.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// The last minutes.
    pub fn history(&self) -> &Mutex<History> {
        &self.shared.history
    }

    /// How things stand.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.snapshot()
    }

    /// Whether requests can be answered: a device is there, and the pool takes requests.
    pub fn is_ready(&self) -> bool {
        let snapshot = self.snapshot();
        !snapshot.draining && snapshot.units.iter().any(|unit| unit.up)
    }

    /// Takes no more requests, answers those that wait for at most `limit`, refuses the rest, and
    /// ends the threads. Blocks until then.
    pub fn drain(&self, limit: Duration) {
        let end = Instant::now() + limit;
        self.shared.drain();
        let threads = self.threads.lock().map(|mut threads| std::mem::take(&mut *threads));
        for thread in threads.unwrap_or_default() {
            while !thread.is_finished() {
                if Instant::now() >= end {
                    self.shared.abandon();
                }
                std::thread::sleep(Duration::from_millis(5));
                // A device that hangs in spite of its own limits must not hold up the end.
                if Instant::now() >= end + Duration::from_secs(5) {
                    break;
                }
            }
            if thread.is_finished() && thread.join().is_err() {
                tracing::error!("a device's thread panicked");
            }
        }
        self.shared.abandon();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.drain(Duration::ZERO);
    }
}
