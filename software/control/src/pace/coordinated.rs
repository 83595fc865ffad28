//! coordinatedDVFS, the paper's clock governor.

use std::collections::VecDeque;

use super::{BlockTime, Pace, Progress};

/// Knobs of [`CoordinatedDvfs`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoordinatedOptions {
    /// Batches whose times are averaged (the paper's K).
    pub average: usize,
    /// Share of the expected response time that must be spare before the clock goes down. At 0,
    /// as in the paper, the clock moves after every block; more keeps it still near the goal.
    pub hysteresis: f64,
}

impl Default for CoordinatedOptions {
    fn default() -> Self {
        Self { average: 10, hysteresis: 0.0 }
    }
}

/// One level up when the present pace misses the deadline, otherwise one level down.
///
/// The present pace is the average over the last K batches, at whatever clocks they ran: so it
/// lags, and the clock swings about the level that would do. The paper wants it so, "to avoid
/// excessive change".
#[derive(Debug, Clone)]
pub struct CoordinatedDvfs {
    options: CoordinatedOptions,
    /// Images and seconds of the last K batches.
    batches: VecDeque<(f64, f64)>,
}

impl CoordinatedDvfs {
    /// A governor; an average over nothing is taken as one over a single batch.
    pub fn new(options: CoordinatedOptions) -> Self {
        let average = options.average.max(1);
        let options = CoordinatedOptions { average, ..options };
        Self { options, batches: VecDeque::with_capacity(average) }
    }

    fn remember(&mut self, block: &BlockTime) {
        let keep = self.options.average;
        let batches = block.batches.max(1);
        let share = 1.0 / batches as f64;
        for _ in 0..batches.min(keep as u64) {
            if self.batches.len() == keep {
                self.batches.pop_front();
            }
            self.batches.push_back((block.images as f64 * share, block.seconds * share));
        }
    }

    fn seconds_per_image(&self) -> f64 {
        let sum = |(a, b): (f64, f64), (x, y): &(f64, f64)| (a + x, b + y);
        let (images, seconds) = self.batches.iter().fold((0.0, 0.0), sum);
        seconds / images
    }
}

impl Pace for CoordinatedDvfs {
    fn begin(&mut self) {
        self.batches.clear();
    }

    fn next_level(&mut self, last: &BlockTime, progress: &Progress<'_>) -> usize {
        self.remember(last);
        let level = progress.point.level;
        let expected = progress.request.expected;
        let elapsed = progress.request.queued(progress.now);
        let response = elapsed + self.seconds_per_image() * progress.remaining as f64;
        if response > expected {
            (level + 1).min(progress.estimates.levels() - 1)
        } else if response <= expected * (1.0 - self.options.hysteresis) {
            level.saturating_sub(1)
        } else {
            level
        }
    }
}
