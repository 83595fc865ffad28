//! What a run leaves behind.

use crate::{Block, Cost, Listener, Point, Request};

/// One request that was served.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The request.
    pub request: Request,
    /// Its precision.
    pub precision: usize,
    /// When it left the queue.
    pub start: f64,
    /// When it was done.
    pub finish: f64,
    /// Seconds it ran.
    pub run_seconds: f64,
    /// Joules it took.
    pub joules: f64,
    /// Number of blocks, after each of which the clock could change.
    pub blocks: u64,
}

impl Completed {
    /// From submission to completion.
    pub fn response(&self) -> f64 {
        self.finish - self.request.arrival
    }

    /// Whether it was done in its expected response time.
    pub fn on_time(&self) -> bool {
        self.finish <= self.request.deadline()
    }
}

/// From `start` to `end` the machine ran at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The request.
    pub request: u64,
    /// When it began.
    pub start: f64,
    /// When it ended.
    pub end: f64,
    /// Precision and clock.
    pub point: Point,
}

/// Listens to a controller and keeps what happens.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Served requests, in order of completion.
    pub completed: Vec<Completed>,
    /// Requests that were turned away.
    pub rejected: Vec<Request>,
    /// Precision and clock over time, if asked for.
    pub steps: Vec<Step>,
    keep_steps: bool,
    running: Option<Completed>,
}

impl Record {
    /// Keeps one line per request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps one line per block as well.
    pub fn with_steps() -> Self {
        Self { keep_steps: true, ..Self::default() }
    }

    /// Mean of something over the served requests; 0 if there are none.
    pub fn mean(&self, of: impl Fn(&Completed) -> f64) -> f64 {
        let sum: f64 = self.completed.iter().map(of).sum();
        sum / self.completed.len().max(1) as f64
    }

    /// Joules of all served requests.
    pub fn joules(&self) -> f64 {
        self.completed.iter().map(|done| done.joules).sum()
    }

    /// Average power while requests ran.
    pub fn watts(&self) -> f64 {
        self.joules() / self.completed.iter().map(|done| done.run_seconds).sum::<f64>()
    }

    /// Number of requests on time; one turned away is not.
    pub fn on_time(&self) -> usize {
        self.completed.iter().filter(|done| done.on_time()).count()
    }
}

impl Listener for Record {
    fn rejected(&mut self, _now: f64, request: &Request) {
        self.rejected.push(*request);
    }

    fn started(&mut self, now: f64, request: &Request, point: Point) {
        self.running = Some(Completed {
            request: *request,
            precision: point.precision,
            start: now,
            finish: now,
            run_seconds: 0.0,
            joules: 0.0,
            blocks: 0,
        });
    }

    fn block(&mut self, now: f64, block: &Block, cost: Cost) {
        if let Some(running) = &mut self.running {
            running.run_seconds += cost.seconds;
            running.joules += cost.joules;
            running.blocks += 1;
        }
        if self.keep_steps {
            let Block { request, point, .. } = *block;
            self.steps.push(Step { request, start: now - cost.seconds, end: now, point });
        }
    }

    fn completed(&mut self, now: f64, _request: &Request) {
        if let Some(mut done) = self.running.take() {
            done.finish = now;
            self.completed.push(done);
        }
    }
}
