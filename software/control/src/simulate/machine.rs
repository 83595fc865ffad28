//! The simulated machine.

use std::convert::Infallible;

use bitladder_spec::SplitMix64;

use crate::{Block, Cost, Machine, Platform, Request};

/// How much measured times stray from the platform's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disturbance {
    /// Blocks take between 1 - `spread` and 1 + `spread` of their time.
    pub spread: f64,
    /// Share of blocks that stall.
    pub stalls: f64,
    /// How many times longer a stalled block takes.
    pub stall_factor: f64,
    /// Fixes the sequence.
    pub seed: u64,
}

/// Runs requests in simulated time, from one event to the next.
#[derive(Debug, Clone)]
pub struct SimulatedMachine<'a> {
    platform: &'a Platform,
    requests: &'a [Request],
    arrived: usize,
    now: f64,
    idle_joules: f64,
    disturbance: Option<(Disturbance, SplitMix64)>,
}

impl<'a> SimulatedMachine<'a> {
    /// A machine at time 0 that will receive `requests`, which are in order of arrival.
    pub fn new(platform: &'a Platform, requests: &'a [Request]) -> Self {
        Self { platform, requests, arrived: 0, now: 0.0, idle_joules: 0.0, disturbance: None }
    }

    /// The same machine with run times that stray.
    pub fn disturbed(mut self, disturbance: Disturbance) -> Self {
        self.disturbance = Some((disturbance, SplitMix64::new(disturbance.seed)));
        self
    }

    /// Joules spent while waiting.
    pub fn idle_joules(&self) -> f64 {
        self.idle_joules
    }

    fn stray(&mut self) -> f64 {
        let Some((disturbance, rng)) = &mut self.disturbance else { return 1.0 };
        let stalled = rng.unit() < disturbance.stalls;
        let spread = 1.0 + disturbance.spread * (2.0 * rng.unit() - 1.0);
        if stalled { spread * disturbance.stall_factor } else { spread }
    }
}

impl Machine for SimulatedMachine<'_> {
    type Error = Infallible;

    fn now(&self) -> f64 {
        self.now
    }

    fn arrivals(&mut self, into: &mut Vec<Request>) {
        let rest = &self.requests[self.arrived..];
        let count = rest.iter().take_while(|request| request.arrival <= self.now).count();
        into.extend_from_slice(&rest[..count]);
        self.arrived += count;
    }

    fn wait(&mut self) -> Result<bool, Infallible> {
        let Some(next) = self.requests.get(self.arrived) else { return Ok(false) };
        let idle = (next.arrival - self.now).max(0.0);
        self.idle_joules += idle * self.platform.idle_watts();
        self.now = self.now.max(next.arrival);
        Ok(true)
    }

    fn run(&mut self, block: &Block) -> Result<Cost, Infallible> {
        let seconds = self.platform.seconds(block.point) * block.images as f64 * self.stray();
        self.now += seconds;
        Ok(Cost { seconds, joules: seconds * self.platform.watts(block.point) })
    }
}
