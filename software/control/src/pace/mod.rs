//! Which clock a running request has, block by block.

mod coordinated;

pub use coordinated::{CoordinatedDvfs, CoordinatedOptions};

use crate::{Estimates, Point, Queue, Request};

/// A block of batches that has just run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockTime {
    /// Images in it.
    pub images: u64,
    /// Batches in it; the last one may be smaller than the others.
    pub batches: u64,
    /// What it took, in seconds.
    pub seconds: f64,
}

/// Where a running request stands.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// The time, in seconds.
    pub now: f64,
    /// The request that runs.
    pub request: &'a Request,
    /// The point at which its last block ran.
    pub point: Point,
    /// Images it still has to do; at least one.
    pub remaining: u64,
    /// Everything that waits behind it.
    pub queue: &'a Queue,
    /// Expected run times and powers.
    pub estimates: &'a Estimates,
}

/// Sets the clock between blocks.
pub trait Pace {
    /// A request begins: what was measured for the one before says nothing about it.
    fn begin(&mut self);

    /// The clock level of the next block.
    fn next_level(&mut self, last: &BlockTime, progress: &Progress<'_>) -> usize;
}

/// The level a request started with, all the way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Constant;

impl Pace for Constant {
    fn begin(&mut self) {}

    fn next_level(&mut self, _: &BlockTime, progress: &Progress<'_>) -> usize {
        progress.point.level
    }
}

#[cfg(test)]
mod tests;
