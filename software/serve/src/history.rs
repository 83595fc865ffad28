//! The last minutes, for the live page.

use std::collections::VecDeque;

use serde::Serialize;

use crate::watch::RungSnapshot;

/// Entries that are kept: some minutes of a busy server.
const KEPT: usize = 1200;

/// How things stand.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    /// Since the start.
    pub seconds: f64,
    /// Requests that wait.
    pub waiting_requests: usize,
    /// Their images.
    pub waiting_images: usize,
    /// Whether no more are taken.
    pub draining: bool,
    /// The devices.
    pub units: Vec<UnitSnapshot>,
    /// The rungs of the ladder that images climb from, if somebody watches them.
    pub ladder: Vec<RungSnapshot>,
}

/// How a device stands.
#[derive(Debug, Clone, Serialize)]
pub struct UnitSnapshot {
    /// Its name.
    pub name: String,
    /// Whether it answers.
    pub up: bool,
    /// What it said last, if it does not.
    pub error: Option<String>,
    /// The precision it runs at; nothing while it idles.
    pub precision: Option<String>,
    /// Its clock.
    pub clock_mhz: Option<f64>,
    /// Power by the platform's model.
    pub watts: f64,
}

/// A block that ran.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sample {
    /// Its end, since the start of the server.
    pub seconds: f64,
    /// The device.
    pub unit: usize,
    /// The precision.
    pub precision: usize,
    /// The clock.
    pub clock_mhz: f64,
    /// Power by the platform's model.
    pub watts: f64,
    /// Images of the block.
    pub images: usize,
    /// Requests that waited then.
    pub waiting: usize,
}

/// A request that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Response {
    /// When, since the start of the server.
    pub seconds: f64,
    /// From arrival to answer.
    pub took: f64,
    /// Within its deadline.
    pub on_time: bool,
}

/// Blocks and answers, the oldest first.
#[derive(Debug, Clone, Default, Serialize)]
pub struct History {
    /// Blocks.
    pub blocks: VecDeque<Sample>,
    /// Answers.
    pub responses: VecDeque<Response>,
}

impl History {
    pub(crate) fn block(&mut self, sample: Sample) {
        keep(&mut self.blocks, sample);
    }

    pub(crate) fn answer(&mut self, seconds: f64, took: f64, on_time: bool) {
        keep(&mut self.responses, Response { seconds, took, on_time });
    }
}

fn keep<T>(entries: &mut VecDeque<T>, entry: T) {
    if entries.len() == KEPT {
        entries.pop_front();
    }
    entries.push_back(entry);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first() {
        let mut history = History::default();
        (0..KEPT + 3).for_each(|i| history.answer(i as f64, 0.1, true));
        assert_eq!(history.responses.len(), KEPT);
        assert_eq!(history.responses[0].seconds, 3.0);
    }
}
