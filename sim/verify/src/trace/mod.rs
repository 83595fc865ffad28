//! Golden traces: what the machine's signals should show, computed without RTL.
//!
//! The interpreter executes a program; what it does is written as a value change dump with the
//! names that the RTL's signals have, together with a signal map for the wave diff that says which
//! layer, tile and lane a value belongs to.
//!
//! | [`Level`] | shows | time |
//! |---|---|---|
//! | `Tile` | layers, the end of each pass over a tile, results, decisions | one event per cycle |
//! | `Transaction` | the same, and every row of sums, row of results and pooled group | one row per cycle |
//! | `Cycle` | the same | layers begin and end when the cycle model says so |
//!
//! Order and values are exact at each level; comparing by streams ignores time. The cycle model's
//! layers take between 4/5 of the RTL's and 32 cycles more or less, see `docs/verification.md`.

mod collect;
mod event;
mod map;
mod signals;
mod wave;

use std::io::{self, Write};

use bitladder_golden::IntBatch;
use bitladder_machine::isa::{DescriptorError, Operation};
use bitladder_machine::{InterpretError, Machine, Program, descriptor_cycles, start_cycles};
use thiserror::Error;

use collect::Collector;
use event::Beat;
use signals::Signals;
use wave::Wave;

/// How much a golden trace shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Layers, ends of passes, results, decisions.
    Tile,
    /// Every row that leaves the array and every row or group that is written.
    Transaction,
    /// The same at the cycle model's times.
    Cycle,
}

/// A golden trace that cannot be made.
#[derive(Debug, Error)]
pub enum TraceError {
    /// The interpreter refuses the program.
    #[error("the interpreter cannot run the program: {0}")]
    Interpret(#[from] InterpretError),
    /// A descriptor that cannot be read.
    #[error("the program's descriptors: {0}")]
    Descriptor(#[from] DescriptorError),
    /// The trace cannot be written.
    #[error("the trace cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The signal map for the wave diff.
    pub map: String,
    /// Transactions in the trace.
    pub transactions: u64,
    /// Cycles from the first to the last.
    pub cycles: u64,
    /// The cycle in which each layer ends, by the order of descriptors.
    pub layer_ends: Vec<u64>,
}

/// Writes the golden trace of a program on a batch.
pub fn golden_trace(
    program: &Program,
    inputs: &[IntBatch],
    level: Level,
    out: &mut dyn Write,
) -> Result<Written, TraceError> {
    let config = &program.config;
    let mut machine = Machine::new(config, program.memories.clone());
    machine.load(program, inputs)?;
    let signals = Signals::of(config, level);
    let mut wave = Wave::start(out, &signals)?;
    let mut at = start_cycles();
    let mut layer_ends = Vec::new();
    for d in program.descriptors()? {
        let mut collector = Collector::new(&d, config);
        machine.execute(&d, &mut collector)?;
        let beats = collector.finish(&machine, level);
        let cycles = descriptor_cycles(&d, config);
        place(&mut wave, &beats, (level == Level::Cycle).then_some((at, cycles)))?;
        at += cycles;
        if d.operation != Operation::End {
            layer_ends.push(wave.now());
        }
    }
    let (transactions, cycles) = wave.end()?;
    Ok(Written { map: map::text(program, &signals), transactions, cycles, layer_ends })
}

/// Writes a layer's beats: one after the other, or spread over the cycles it takes. The first is
/// its begin, after its descriptor has been read; the last is its end.
fn place(wave: &mut Wave, beats: &[Beat], span: Option<(u64, u64)>) -> io::Result<()> {
    let last = beats.len().saturating_sub(1) as u64;
    for (index, beat) in (0..).zip(beats) {
        let cycle = span.map_or(0, |(at, cycles)| {
            let setup = cycles.min(bitladder_machine::isa::DESCRIPTOR_WORDS as u64);
            at + setup + (cycles - setup).saturating_sub(1) * index / last.max(1)
        });
        wave.beat(beat, cycle)?;
    }
    Ok(())
}
