//! Compares streams: the n-th transaction of one trace with the n-th of the other.

use std::collections::VecDeque;

use crate::engine::{Engine, Limits, skips};
use crate::error::DiffError;
use crate::layout::{Dirty, Operand};
use crate::options::{SamplePoint, Tail};
use crate::plan::{Pins, Stream};
use crate::recorder::Place;
use crate::report::LengthDifference;
use crate::side::{Next, Side};

/// Transactions that one trace may be ahead of the other; what waits must fit the memory.
const MAX_AHEAD: usize = 1 << 16;

/// One transaction.
pub(crate) struct Transaction {
    pub(crate) time: i64,
    /// Values of the payload signals, and behind them those of the context signals.
    pub(crate) values: Vec<u8>,
}

/// One stream in one trace.
pub(crate) struct Port<'a> {
    pins: Pins,
    operands: Vec<&'a Operand>,
    contexts: &'a [u32],
    pub(crate) waiting: VecDeque<Transaction>,
    pub(crate) count: u64,
}

impl<'a> Port<'a> {
    pub(crate) fn new(pins: Pins, operands: Vec<&'a Operand>, contexts: &'a [u32]) -> Self {
        Self { pins, operands, contexts, waiting: VecDeque::new(), count: 0 }
    }

    /// True if the side's current state is a transaction; unknown handshakes are none.
    fn fires(&self, side: &Side) -> bool {
        let is_one = |pin: Option<u32>| pin.is_none_or(|pin| side.signal(pin) == b"1");
        is_one(self.pins.valid) && is_one(self.pins.ready)
    }

    fn capture(&self, side: &Side, time: i64) -> Transaction {
        let locals = self.operands.iter().flat_map(|operand| operand.locals());
        let mut values = Vec::new();
        for local in locals.chain(self.contexts) {
            values.extend_from_slice(side.signal(*local));
        }
        Transaction { time, values }
    }
}

/// Reads one moment and queues the transactions that it completes; false at the end.
pub(crate) fn advance(
    side: &mut Side,
    ports: &mut [Port<'_>],
    sample: SamplePoint,
    limits: Limits,
    dirty: &mut Dirty,
) -> Result<bool, DiffError> {
    side.commit(dirty);
    let time = match side.peek()? {
        Next::Step(time) if time <= limits.to => time,
        _ => return Ok(false),
    };
    side.stage()?;
    if time < limits.from {
        return Ok(true);
    }
    let edges: Vec<bool> = ports.iter().map(|port| side.is_edge(port.pins.clock)).collect();
    if sample == SamplePoint::After {
        side.commit(dirty);
    }
    for (port, _) in ports.iter_mut().zip(edges).filter(|(_, edge)| *edge) {
        if port.fires(side) {
            port.count += 1;
            port.waiting.push_back(port.capture(side, time));
        }
    }
    Ok(true)
}

/// The two ends of all streams.
pub(crate) struct Ports<'a> {
    pub(crate) golden: Vec<Port<'a>>,
    pub(crate) dut: Vec<Port<'a>>,
}

impl Ports<'_> {
    /// Which traces to read on: the one that holds up the other, or both.
    fn turns(&self, alive: [bool; 2]) -> [bool; 2] {
        let lags = |port: &Port<'_>, other: &Port<'_>| {
            port.waiting.is_empty() && !other.waiting.is_empty()
        };
        let pairs = || self.golden.iter().zip(&self.dut);
        let golden = alive[0] && pairs().any(|(golden, dut)| lags(golden, dut));
        let dut = alive[1] && pairs().any(|(golden, dut)| lags(dut, golden));
        if golden == dut { alive } else { [golden, dut] }
    }
}

impl Engine<'_> {
    /// Compares all streams, each with its own shift.
    pub(crate) fn by_streams(
        &mut self,
        streams: &[Stream],
        shifts: &[i64],
    ) -> Result<(), DiffError> {
        let plan = self.plan;
        let mut ports = plan.ports(streams);
        // Streams sample whole payloads; nothing needs to know what changed.
        let mut dirty = Dirty::all(plan.comparisons.len());
        let mut alive = [true, true];
        let mut gave_up = vec![false; streams.len()];
        while alive[0] || alive[1] {
            let turns = ports.turns(alive);
            let (limits, sample) = (self.limits, plan.sample);
            if turns[0] {
                alive[0] =
                    advance(&mut self.golden, &mut ports.golden, sample, limits, &mut dirty)?;
            }
            if turns[1] {
                alive[1] = advance(&mut self.dut, &mut ports.dut, sample, limits, &mut dirty)?;
            }
            for (index, stream) in streams.iter().enumerate() {
                let [golden_skip, dut_skip] = skips(limits.skip, shifts[index]);
                let pair = (&mut ports.golden[index], &mut ports.dut[index]);
                drop_first(pair.0, golden_skip);
                drop_first(pair.1, dut_skip);
                if !gave_up[index] {
                    self.match_up(stream, pair.0, pair.1, shifts[index]);
                }
                limit(pair, alive, &mut gave_up[index]);
            }
            self.tick();
        }
        for (index, stream) in streams.iter().enumerate() {
            let counts = [ports.golden[index].count, ports.dut[index].count];
            self.finish_stream(&stream.name, counts, shifts[index], gave_up[index]);
        }
        Ok(())
    }

    fn finish_stream(&mut self, name: &str, counts: [u64; 2], shift: i64, gave_up: bool) {
        if gave_up {
            let [golden, dut] = counts;
            let what = name.to_owned();
            self.lengths.push(LengthDifference { what, golden, dut, gave_up });
        } else if counts == [0, 0] || self.limits.tail == Tail::Ignore {
            // That nothing at all was compared is found elsewhere.
        } else {
            self.note_length(name, counts, shift);
        }
    }

    fn match_up(&mut self, stream: &Stream, golden: &mut Port<'_>, dut: &mut Port<'_>, shift: i64) {
        while !golden.waiting.is_empty() && !dut.waiting.is_empty() {
            let position = golden.count - golden.waiting.len() as u64;
            let dut_position = dut.count - dut.waiting.len() as u64;
            debug_assert_eq!(dut_position as i64 - position as i64, shift);
            let (Some(expected), Some(found)) =
                (golden.waiting.pop_front(), dut.waiting.pop_front())
            else {
                return;
            };
            self.samples += 1;
            let place = Place {
                position: position as i64,
                golden_time: expected.time,
                dut_time: found.time,
            };
            self.compare_transaction(stream, &expected.values, &found.values, place);
        }
    }

    fn compare_transaction(&mut self, stream: &Stream, golden: &[u8], dut: &[u8], place: Place) {
        let plan = self.plan;
        let length =
            |index: &u32| plan.golden.length(&plan.comparisons[*index as usize].golden) as usize;
        let payload: usize = stream.payload.iter().map(length).sum();
        let context = |number: usize| {
            let locals = &plan.annotations.contexts;
            let size = |local: &u32| plan.golden.slots[*local as usize].1 as usize;
            let start = payload + locals[..number].iter().map(size).sum::<usize>();
            golden[start..start + size(&locals[number])].to_vec()
        };
        let mut at = 0;
        for index in &stream.payload {
            let range = at..at + length(index);
            at = range.end;
            let values = (&golden[range.clone()], &dut[range]);
            self.recorder.transaction(*index, values, place, context);
        }
    }
}

impl crate::plan::Plan {
    /// Empty queues for all streams.
    pub(crate) fn ports<'a>(&'a self, streams: &[Stream]) -> Ports<'a> {
        let comparison = |index: &u32| &self.comparisons[*index as usize];
        let contexts = &self.annotations.contexts;
        let golden = streams.iter().map(|stream| {
            let operands = stream.payload.iter().map(|index| &comparison(index).golden);
            Port::new(stream.golden, operands.collect(), contexts)
        });
        let dut = streams.iter().map(|stream| {
            let operands = stream.payload.iter().map(|index| &comparison(index).dut);
            Port::new(stream.dut, operands.collect(), &[])
        });
        Ports { golden: golden.collect(), dut: dut.collect() }
    }
}

/// Leaves out the first transactions of a stream.
fn drop_first(port: &mut Port<'_>, skip: u64) {
    while port.count - (port.waiting.len() as u64) < skip && port.waiting.pop_front().is_some() {}
}

/// Keeps the queues short: a trace that has ended will never catch up, and one that lags too far
/// is given up.
fn limit<'a>((golden, dut): (&mut Port<'a>, &mut Port<'a>), alive: [bool; 2], gave_up: &mut bool) {
    let hopeless = [!alive[1] && dut.waiting.is_empty(), !alive[0] && golden.waiting.is_empty()];
    for (port, hopeless) in [golden, dut].into_iter().zip(hopeless) {
        *gave_up |= !hopeless && port.waiting.len() > MAX_AHEAD;
        if hopeless || *gave_up {
            port.waiting.clear();
        }
    }
}
