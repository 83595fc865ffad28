//! The loop that serves requests: queue, policy, pace, and a machine behind a trait.

use thiserror::Error;

use crate::admission::Admission;
use crate::{BlockTime, Decision, Estimates, Pace, Point, Policy, Progress, Queue, Request, View};

/// A block of images to run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// Id of the request.
    pub request: u64,
    /// Number of its images that are done.
    pub first: u64,
    /// Number of images to run now.
    pub images: u64,
    /// Precision and clock.
    pub point: Point,
}

/// What a block took, as measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Seconds.
    pub seconds: f64,
    /// Joules.
    pub joules: f64,
}

/// Something that runs images: a simulation, a golden model or a board.
pub trait Machine {
    /// What can go wrong with it.
    type Error: std::error::Error;

    /// The time, in seconds. It must never go back.
    fn now(&self) -> f64;

    /// Hands over the requests that have arrived since the last call.
    fn arrivals(&mut self, into: &mut Vec<Request>);

    /// Idles until a request arrives; `false` when none will ever come.
    fn wait(&mut self) -> Result<bool, Self::Error>;

    /// Runs a block and says what it took.
    fn run(&mut self, block: &Block) -> Result<Cost, Self::Error>;
}

/// Hears what happens. Every method has an empty default: a listener takes what it needs.
pub trait Listener {
    /// A request enters the queue.
    fn admitted(&mut self, _now: f64, _request: &Request) {}
    /// A request is turned away, since it could only be late or make others late.
    fn rejected(&mut self, _now: f64, _request: &Request) {}
    /// A request starts.
    fn started(&mut self, _now: f64, _request: &Request, _point: Point) {}
    /// A block ended at `now`.
    fn block(&mut self, _now: f64, _block: &Block, _cost: Cost) {}
    /// A request is done.
    fn completed(&mut self, _now: f64, _request: &Request) {}
}

/// Why serving stopped.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ServeError<E: std::error::Error> {
    /// The machine failed.
    #[error("request {request}: the machine failed: {source}")]
    Machine {
        /// The request that ran.
        request: u64,
        /// What the machine says.
        source: E,
    },
    /// The machine failed while it waited.
    #[error("waiting for requests failed: {0}")]
    Wait(E),
    /// A policy chose what does not exist.
    #[error(
        "policy {policy} chose request {index} of {waiting} at precision {}, level {}: correct \
         the policy", point.precision, point.level
    )]
    Decision {
        /// The policy.
        policy: String,
        /// The place in the queue it chose.
        index: usize,
        /// How many requests waited.
        waiting: usize,
        /// The point it chose.
        point: Point,
    },
}

/// How requests are cut into batches and blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocks {
    /// Images in a batch.
    pub batch: u64,
    /// Batches in a block, after which the clock may change.
    pub batches: u64,
}

/// Serves requests with a policy, a pace and estimates.
pub struct Controller<'a> {
    policy: &'a mut dyn Policy,
    pace: &'a mut dyn Pace,
    estimates: &'a mut Estimates,
    blocks: Blocks,
    admission: Admission,
    queue: Queue,
    fresh: Vec<Request>,
}

impl<'a> Controller<'a> {
    /// A controller that admits everything.
    pub fn new(
        policy: &'a mut dyn Policy,
        pace: &'a mut dyn Pace,
        estimates: &'a mut Estimates,
        blocks: Blocks,
    ) -> Self {
        let admission = Admission::Everything;
        let (queue, fresh) = (Queue::new(), Vec::new());
        Self { policy, pace, estimates, blocks, admission, queue, fresh }
    }

    /// The same controller with another admission rule.
    pub fn with_admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// Serves until no request is left and none will come.
    pub fn serve<M: Machine>(
        &mut self,
        machine: &mut M,
        listener: &mut dyn Listener,
    ) -> Result<(), ServeError<M::Error>> {
        loop {
            self.admit(machine, listener, None);
            if self.queue.is_empty() {
                if !machine.wait().map_err(ServeError::Wait)? {
                    return Ok(());
                }
                continue;
            }
            let (request, point) = self.dispatch(machine.now())?;
            listener.started(machine.now(), &request, point);
            self.run(machine, listener, &request, point)?;
            listener.completed(machine.now(), &request);
        }
    }

    fn admit<M: Machine>(
        &mut self,
        machine: &mut M,
        listener: &mut dyn Listener,
        running: Option<(u64, Point)>,
    ) {
        machine.arrivals(&mut self.fresh);
        for request in self.fresh.drain(..) {
            let now = machine.now();
            let view = View { now, queue: &self.queue, estimates: self.estimates };
            if self.admission.admits(&view, running, &request) {
                self.queue.push(request);
                listener.admitted(now, &request);
            } else {
                listener.rejected(now, &request);
            }
        }
    }

    fn dispatch<E: std::error::Error>(
        &mut self,
        now: f64,
    ) -> Result<(Request, Point), ServeError<E>> {
        let view = View { now, queue: &self.queue, estimates: self.estimates };
        let nothing = Decision { index: usize::MAX, point: Point { precision: 0, level: 0 } };
        let Decision { index, point } = self.policy.decide(&view).unwrap_or(nothing);
        let waiting = self.queue.len();
        let exists =
            point.precision < self.estimates.precisions() && point.level < self.estimates.levels();
        match self.queue.take(index) {
            Some(request) if exists => Ok((request, point)),
            _ => {
                let policy = self.policy.name().to_owned();
                Err(ServeError::Decision { policy, index, waiting, point })
            }
        }
    }

    fn run<M: Machine>(
        &mut self,
        machine: &mut M,
        listener: &mut dyn Listener,
        request: &Request,
        mut point: Point,
    ) -> Result<(), ServeError<M::Error>> {
        self.pace.begin();
        let batch = self.blocks.batch.max(1);
        let size = batch.saturating_mul(self.blocks.batches.max(1));
        let mut first = 0;
        while first < request.images {
            let images = size.min(request.images - first);
            let block = Block { request: request.id, first, images, point };
            let failed = |source| ServeError::Machine { request: request.id, source };
            let cost = machine.run(&block).map_err(failed)?;
            self.estimates.observe(point, images, cost.seconds, cost.joules);
            let now = machine.now();
            listener.block(now, &block, cost);
            first += images;
            let remaining = request.images - first;
            if remaining == 0 {
                break;
            }
            self.admit(machine, listener, Some((remaining, point)));
            let time = BlockTime { images, batches: images.div_ceil(batch), seconds: cost.seconds };
            let (queue, estimates) = (&self.queue, &*self.estimates);
            let progress = Progress { now, request, point, remaining, queue, estimates };
            point.level = self.pace.next_level(&time, &progress).min(estimates.levels() - 1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
