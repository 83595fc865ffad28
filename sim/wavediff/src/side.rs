//! One trace while it is compared: its state, advanced time step by time step.

use std::sync::Arc;

use crate::error::{DiffError, SetupError};
use crate::layout::{Dirty, Layout, Operand};
use crate::options::Edge;
use crate::timescale::Timescale;
use crate::trace::{Changes, Item, Trace};

/// A trace's current state and the changes still to come.
///
/// The changes of one moment are staged first, so that the state just before a clock edge can be
/// looked at after the edge is known, and committed later.
pub(crate) struct Side {
    file: String,
    layout: Arc<Layout>,
    changes: Changes,
    current: Vec<u8>,
    staged: Vec<u8>,
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    scale: Scale,
    /// Time steps seen.
    pub(crate) steps: u64,
}

struct Scale {
    factor: i64,
    unit: Timescale,
}

/// A clock: the local number of its signal and the edge that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) local: u32,
    pub(crate) edge: Edge,
}

/// What the next moment of a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Changes at this time, in the unit of both traces.
    Step(i64),
    /// The end, at this time.
    End(i64),
}

impl Side {
    /// Starts reading a trace whose times are in `unit`, and gives them in units of `common`.
    pub(crate) fn start(
        trace: Trace,
        layout: Arc<Layout>,
        unit: Timescale,
        common: Timescale,
    ) -> Result<Self, DiffError> {
        layout.check(&trace.file)?;
        let file = trace.file.clone();
        // Units too far apart for 64 bits fail with the first time that is not zero.
        let scale = Scale { factor: unit.factor(common).unwrap_or(i64::MAX), unit };
        let changes = trace.changes(Arc::clone(&layout.wanted))?;
        let is_touched = vec![false; layout.slots.len()];
        Ok(Self {
            file,
            changes,
            staged: Vec::new(),
            current: layout.initial_state(),
            touched: Vec::new(),
            is_touched,
            layout,
            scale,
            steps: 0,
        })
    }

    /// Bytes of the file that were read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.changes.progress.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn time(&self, time: u64) -> Result<i64, SetupError> {
        let scaled = i64::try_from(time).ok().and_then(|time| time.checked_mul(self.scale.factor));
        // Half of the range is left for offsets.
        scaled.filter(|time| *time < i64::MAX / 2).ok_or_else(|| SetupError::TimeRange {
            file: self.file.clone(),
            time,
            unit: self.scale.unit.to_string(),
        })
    }

    /// What comes next.
    pub(crate) fn peek(&mut self) -> Result<Next, DiffError> {
        match self.changes.peek()? {
            Item::Time(time) => Ok(Next::Step(self.time(time)?)),
            Item::End(time) => Ok(Next::End(self.time(time)?)),
            // Steps are always read to their end.
            Item::Change(..) => {
                self.changes.advance();
                self.peek()
            }
        }
    }

    /// Reads the changes of the next moment without making them current.
    pub(crate) fn stage(&mut self) -> Result<(), DiffError> {
        self.steps += 1;
        if self.staged.is_empty() {
            // Comparing by time never stages, and saves the memory.
            self.staged.clone_from(&self.current);
        }
        self.changes.advance();
        while let Item::Change(local, at) = self.changes.peek()? {
            let (start, length) = self.layout.slots[local as usize];
            let value = self.changes.value(at, length as usize);
            self.staged[start as usize..][..length as usize].copy_from_slice(value);
            if !self.is_touched[local as usize] {
                self.is_touched[local as usize] = true;
                self.touched.push(local);
            }
            self.changes.advance();
        }
        Ok(())
    }

    /// Makes staged changes current and marks the comparisons that they concern.
    pub(crate) fn commit(&mut self, dirty: &mut Dirty) {
        for local in self.touched.drain(..) {
            self.is_touched[local as usize] = false;
            let (start, length) = self.layout.slots[local as usize];
            let range = start as usize..(start + length) as usize;
            let (current, staged) = (&mut self.current[range.clone()], &self.staged[range]);
            if current != staged {
                current.copy_from_slice(staged);
                for comparison in self.layout.users(local) {
                    dirty.mark(*comparison);
                }
            }
        }
    }

    /// Reads the changes of the next moment and makes them current at once.
    pub(crate) fn apply(&mut self, dirty: &mut Dirty) -> Result<(), DiffError> {
        self.steps += 1;
        self.changes.advance();
        while let Item::Change(local, at) = self.changes.peek()? {
            let (start, length) = self.layout.slots[local as usize];
            let value = self.changes.value(at, length as usize);
            let current = &mut self.current[start as usize..][..length as usize];
            if current != value {
                current.copy_from_slice(value);
                for comparison in self.layout.users(local) {
                    dirty.mark(*comparison);
                }
            }
            self.changes.advance();
        }
        Ok(())
    }

    /// True if the staged changes hold the clock's edge.
    ///
    /// Leaving x is no edge, or the start of a trace would count as one.
    pub(crate) fn is_edge(&self, clock: Clock) -> bool {
        let at = self.layout.slots[clock.local as usize].0 as usize;
        let rises = (self.current[at], self.staged[at]) == (b'0', b'1');
        let falls = (self.current[at], self.staged[at]) == (b'1', b'0');
        match clock.edge {
            Edge::Rising => rises,
            Edge::Falling => falls,
            Edge::Both => rises || falls,
        }
    }

    /// The current value of one signal.
    #[inline]
    pub(crate) fn signal(&self, local: u32) -> &[u8] {
        let (start, length) = self.layout.slots[local as usize];
        &self.current[start as usize..(start + length) as usize]
    }

    /// The current value of an operand, put together in `scratch` if it is split.
    #[inline]
    pub(crate) fn value<'a>(&'a self, operand: &Operand, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        match operand {
            Operand::Whole(local) => self.signal(*local),
            Operand::Split(locals) => {
                scratch.clear();
                for local in locals {
                    scratch.extend_from_slice(self.signal(*local));
                }
                scratch
            }
        }
    }
}
