//! Finds how far one trace runs behind the other: the shift with the fewest mismatches.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::engine::{Limits, next_edge};
use crate::error::{DiffError, SetupError};
use crate::layout::{Dirty, Operand};
use crate::options::Options;
use crate::plan::{Comparison, Mode, Plan, Stream};
use crate::policy::{XPolicy, real, reals_match};
use crate::side::{Next, Side};
use crate::streams;
use crate::trace::{Kind, Trace};

/// Signals that are looked at, evenly spread over all.
const MAX_SIGNALS: usize = 1024;
/// Bytes of values that are kept per trace.
const MAX_BYTES: usize = 64 << 20;
/// Changes of a signal that propose shifts in time.
const PROPOSING: usize = 64;
/// Proposed shifts in time that are tried.
const TRIED: usize = 256;

/// What is searched.
pub(crate) struct Search {
    /// Samples, transactions or moments at the start of both traces.
    pub(crate) window: u64,
    /// Largest shift in samples.
    pub(crate) most: u64,
    pub(crate) limits: Limits,
}

/// A position and the value from there on.
type Change = (i64, Box<[u8]>);

/// Values of some comparisons over the first samples of one trace.
#[derive(Default)]
struct History {
    start: i64,
    end: i64,
    changes: HashMap<u32, Vec<Change>>,
    bytes: usize,
}

impl History {
    fn push(&mut self, comparison: u32, at: i64, value: &[u8]) {
        self.bytes += value.len();
        self.changes.entry(comparison).or_default().push((at, value.into()));
    }

    fn is_full(&self) -> bool {
        self.bytes > MAX_BYTES
    }
}

impl Search {
    /// The best shift of each stream, or of the whole trace.
    pub(crate) fn run(
        &self,
        paths: [&Path; 2],
        plan: &Plan,
        options: &Options,
    ) -> Result<Vec<i64>, DiffError> {
        let mut sides = Vec::new();
        for (path, layout) in paths.into_iter().zip([&plan.golden, &plan.dut]) {
            let trace = Trace::open(path)?;
            let unit = trace.header.timescale;
            sides.push(Side::start(trace, Arc::clone(layout), unit, plan.common)?);
        }
        let judge = Judge { plan, policy: options.policy, tolerance: options.real_tolerance };
        let [golden, dut] = sides.as_mut_slice() else { return Ok(Vec::new()) };
        let golden = self.histories(golden, plan, true)?;
        let dut = self.histories(dut, plan, false)?;
        let pairs = golden.iter().zip(&dut);
        pairs
            .map(|(golden, dut)| {
                let shifts = match plan.mode {
                    Mode::Time => judge.proposals(golden, dut),
                    _ => self.shifts(),
                };
                Ok(judge.best(golden, dut, shifts).ok_or(SetupError::NoLatency(self.most))?)
            })
            .collect()
    }

    fn shifts(&self) -> Vec<i64> {
        let most = self.most.min(1 << 20) as i64;
        (-most..=most).collect()
    }

    fn histories(
        &self,
        side: &mut Side,
        plan: &Plan,
        golden: bool,
    ) -> Result<Vec<History>, DiffError> {
        match &plan.mode {
            Mode::Streams(streams) => self.transactions(side, plan, streams, golden),
            _ => Ok(vec![self.samples(side, plan, golden)?]),
        }
    }

    /// Values at the first clock edges, or at the first moments of change.
    fn samples(&self, side: &mut Side, plan: &Plan, golden: bool) -> Result<History, DiffError> {
        let mut history = History::default();
        let mut dirty = Dirty::all(plan.comparisons.len());
        let stride = plan.comparisons.len().div_ceil(MAX_SIGNALS) as u32;
        let mut scratch = Vec::new();
        let mut count = 0;
        while count < self.window.saturating_add(self.limits.skip) && !history.is_full() {
            let at = match &plan.mode {
                Mode::Clock { golden: golden_clock, dut } => {
                    let clock = if golden { *golden_clock } else { *dut };
                    next_edge(side, clock, plan.sample, self.limits, &mut dirty)?
                        .map(|_| count as i64)
                }
                _ => next_moment(side, self.limits, &mut dirty)?,
            };
            let Some(at) = at else { break };
            count += 1;
            if count <= self.limits.skip {
                continue;
            }
            let list = dirty.take();
            for &index in list.iter().filter(|index| **index % stride == 0) {
                let operand = plan.comparisons[index as usize].operand(golden);
                history.push(index, at, side.value(operand, &mut scratch));
            }
            dirty.restore(list);
            history.start = if count == self.limits.skip + 1 { at } else { history.start };
            history.end = at + 1;
        }
        Ok(history)
    }

    /// Payloads of the first transactions of each stream.
    fn transactions(
        &self,
        side: &mut Side,
        plan: &Plan,
        streams: &[Stream],
        golden: bool,
    ) -> Result<Vec<History>, DiffError> {
        let both = plan.ports(streams);
        let mut ports = if golden { both.golden } else { both.dut };
        let mut histories: Vec<History> = streams.iter().map(|_| History::default()).collect();
        let mut dirty = Dirty::all(plan.comparisons.len());
        let enough = self.window.saturating_add(self.limits.skip);
        while ports.iter().any(|port| port.count < enough)
            && !histories.iter().any(History::is_full)
            && streams::advance(side, &mut ports, plan.sample, self.limits, &mut dirty)?
        {
            for ((port, stream), history) in ports.iter_mut().zip(streams).zip(&mut histories) {
                let Some(transaction) = port.waiting.pop_front() else { continue };
                let at = port.count as i64 - 1;
                if port.count <= self.limits.skip || port.count > enough {
                    continue;
                }
                let mut from = 0;
                for &index in &stream.payload {
                    let comparison = &plan.comparisons[index as usize];
                    let length = plan.golden.length(&comparison.golden) as usize;
                    history.push(index, at, &transaction.values[from..from + length]);
                    from += length;
                }
                history.start = self.limits.skip as i64;
                history.end = at + 1;
            }
        }
        Ok(histories)
    }
}

impl Comparison {
    fn operand(&self, golden: bool) -> &Operand {
        if golden { &self.golden } else { &self.dut }
    }
}

fn next_moment(
    side: &mut Side,
    limits: Limits,
    dirty: &mut Dirty,
) -> Result<Option<i64>, DiffError> {
    loop {
        match side.peek()? {
            Next::Step(time) if time <= limits.to => {
                side.apply(dirty)?;
                if time >= limits.from {
                    return Ok(Some(time));
                }
            }
            _ => return Ok(None),
        }
    }
}

struct Judge<'a> {
    plan: &'a Plan,
    policy: XPolicy,
    tolerance: f64,
}

impl Judge<'_> {
    fn equal(&self, comparison: u32, golden: &[u8], found: &[u8]) -> bool {
        match self.plan.comparisons[comparison as usize].kind {
            Kind::Real => reals_match(real(golden), real(found), self.tolerance),
            _ => self.policy.bits_match(golden, found),
        }
    }

    /// Shifts in time that would bring equal changes together, the most frequent first.
    fn proposals(&self, golden: &History, dut: &History) -> Vec<i64> {
        let mut votes: HashMap<i64, u64> = HashMap::new();
        for (index, changes) in &golden.changes {
            // The first value of a trace is no change.
            let found = dut.changes.get(index).map_or(&[][..], Vec::as_slice);
            let found = found.iter().skip(1).take(PROPOSING);
            for (at, value) in changes.iter().skip(1).take(PROPOSING) {
                for (found_at, found) in found.clone() {
                    if self.equal(*index, value, found) {
                        *votes.entry(found_at - at).or_default() += 1;
                    }
                }
            }
        }
        let mut votes: Vec<_> = votes.into_iter().collect();
        votes.sort_unstable_by_key(|(shift, votes)| {
            (std::cmp::Reverse(*votes), shift.abs(), *shift)
        });
        let best = votes.into_iter().take(TRIED).map(|(shift, _)| shift);
        best.chain(std::iter::once(0)).collect()
    }

    /// The shift with the smallest share of mismatches; the smallest shift of several.
    fn best(&self, golden: &History, dut: &History, shifts: Vec<i64>) -> Option<i64> {
        let shortest = (golden.end - golden.start).min(dut.end - dut.start);
        let judged = shifts.into_iter().filter_map(|shift| {
            let from = golden.start.max(dut.start - shift);
            let to = golden.end.min(dut.end - shift);
            // A shift that leaves little to compare proves little.
            if to <= from || (to - from) * 2 < shortest {
                return None;
            }
            let wrong = self.mismatches(golden, dut, shift, (from, to));
            Some((wrong as f64 / (to - from) as f64, shift.abs(), shift))
        });
        let best = judged.min_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        best.map(|(_, _, shift)| shift)
    }

    /// Over how much of a range values differ, added over all signals.
    fn mismatches(
        &self,
        golden: &History,
        dut: &History,
        shift: i64,
        (from, to): (i64, i64),
    ) -> i64 {
        let mut wrong = 0;
        for (&index, changes) in &golden.changes {
            let Some(found) = dut.changes.get(&index) else { continue };
            let (mut i, mut j, mut now) = (0, 0, from);
            while now < to {
                while i + 1 < changes.len() && changes[i + 1].0 <= now {
                    i += 1;
                }
                while j + 1 < found.len() && found[j + 1].0 - shift <= now {
                    j += 1;
                }
                let next = changes.get(i + 1).map_or(to, |(at, _)| *at);
                let next = found.get(j + 1).map_or(next, |(at, _)| next.min(at - shift)).min(to);
                if !self.equal(index, &changes[i].1, &found[j].1) {
                    wrong += next - now;
                }
                now = next;
            }
        }
        wrong
    }
}
