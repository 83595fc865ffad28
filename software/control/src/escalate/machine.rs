//! A machine that escalates: a cascade served like a plain precision.

use super::{EscalationError, Ladder, Outcome, Runner, climb};
use crate::{Block, Cost, Machine, Request};

/// Puts a ladder over a machine that is also a [`Runner`].
///
/// Blocks at precision `cascade` climb the ladder, at the clock they were given; all others go
/// straight to the machine. Number precisions as in [`crate::Platform::with_cascade`]: the machine
/// is never asked to run precision `cascade`. Every outcome goes to `sink`, with its block.
#[derive(Debug)]
pub struct EscalatingMachine<M, S> {
    machine: M,
    ladder: Ladder,
    cascade: usize,
    sink: S,
    images: Vec<u64>,
}

impl<M, S: FnMut(&Block, &Outcome)> EscalatingMachine<M, S> {
    /// Wraps a machine.
    pub fn new(machine: M, ladder: Ladder, cascade: usize, sink: S) -> Self {
        Self { machine, ladder, cascade, sink, images: Vec::new() }
    }
}

impl<M, S, E> Machine for EscalatingMachine<M, S>
where
    E: std::error::Error + 'static,
    M: Machine<Error = E> + Runner<Error = E>,
    S: FnMut(&Block, &Outcome),
{
    type Error = EscalationError<E>;

    fn now(&self) -> f64 {
        self.machine.now()
    }

    fn arrivals(&mut self, into: &mut Vec<Request>) {
        self.machine.arrivals(into);
    }

    fn wait(&mut self) -> Result<bool, Self::Error> {
        let precision = self.cascade;
        self.machine.wait().map_err(|source| EscalationError::Runner { precision, source })
    }

    fn run(&mut self, block: &Block) -> Result<Cost, Self::Error> {
        let precision = block.point.precision;
        if precision != self.cascade {
            let failed = |source| EscalationError::Runner { precision, source };
            return self.machine.run(block).map_err(failed);
        }
        self.images.clear();
        self.images.extend(block.first..block.first + block.images);
        let Self { machine, ladder, images, .. } = self;
        let outcome = climb(ladder, machine, block.request, images, block.point.level)?;
        (self.sink)(block, &outcome);
        Ok(outcome.cost)
    }
}
