//! Walks over both traces in lockstep; constant in memory, whatever their length.

use crate::error::{DiffError, SetupError};
use crate::layout::Dirty;
use crate::options::{Options, SamplePoint, Tail};
use crate::plan::Plan;
use crate::recorder::{Place, Recorder};
use crate::report::LengthDifference;
use crate::side::{Clock, Next, Side};

/// Steps between two reports of progress.
const PROGRESS_STEPS: u64 = 1 << 12;

/// Both traces and what was found so far.
pub(crate) struct Engine<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) golden: Side,
    pub(crate) dut: Side,
    pub(crate) recorder: Recorder<'a>,
    pub(crate) limits: Limits,
    pub(crate) samples: u64,
    pub(crate) lengths: Vec<LengthDifference>,
    pub(crate) progress: &'a mut dyn FnMut(u64),
    ticks: u64,
}

/// Which part of the traces is compared, in the unit of both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) skip: u64,
    pub(crate) tail: Tail,
}

impl<'a> Engine<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        (golden, dut): (Side, Side),
        options: &Options,
        limits: Limits,
        progress: &'a mut dyn FnMut(u64),
    ) -> Self {
        let recorder = Recorder::new(plan, options);
        let lengths = Vec::new();
        Self { plan, golden, dut, recorder, limits, samples: 0, lengths, progress, ticks: 0 }
    }

    pub(crate) fn tick(&mut self) {
        self.ticks += 1;
        if self.ticks.is_multiple_of(PROGRESS_STEPS) {
            (self.progress)(self.golden.bytes_read() + self.dut.bytes_read());
        }
    }

    /// Compares what changed since the last call.
    fn compare(&mut self, dirty: &mut Dirty, scratch: &mut [Vec<u8>; 2], place: Place) {
        self.samples += 1;
        let list = dirty.take();
        let [golden_scratch, dut_scratch] = scratch;
        let (golden, dut) = (&self.golden, &self.dut);
        let contexts = &self.plan.annotations.contexts;
        for index in &list {
            let comparison = &self.plan.comparisons[*index as usize];
            let expected = golden.value(&comparison.golden, golden_scratch);
            let found = dut.value(&comparison.dut, dut_scratch);
            let context = |number: usize| golden.signal(contexts[number]).to_vec();
            self.recorder.observe(*index, (expected, found), place, context);
        }
        dirty.restore(list);
    }

    /// Compares at each moment at which either trace changes; the other one runs `shift` behind.
    pub(crate) fn by_time(&mut self, shift: i64) -> Result<(), DiffError> {
        let mut dirty = Dirty::all(self.plan.comparisons.len());
        let mut scratch = [Vec::new(), Vec::new()];
        let place =
            |at: i64| Place { position: at, golden_time: at, dut_time: at.saturating_add(shift) };
        // Shifted, one trace begins before the other.
        let from = self.limits.from.max(0).max(shift.saturating_neg());
        let mut started = false;
        let end = loop {
            let (golden, dut) = (self.golden.peek()?, back(self.dut.peek()?, shift));
            let now = match self.next_moment(golden, dut, shift) {
                Ok(now) => now,
                Err(end) => break end.min(self.limits.to),
            };
            if !started && now >= from {
                started = true;
                if now > from {
                    self.compare(&mut dirty, &mut scratch, place(from));
                }
            }
            if golden == Next::Step(now) {
                self.golden.apply(&mut dirty)?;
            }
            if dut == Next::Step(now) {
                self.dut.apply(&mut dirty)?;
            }
            if started {
                self.compare(&mut dirty, &mut scratch, place(now));
            }
            self.tick();
        };
        if !started && end >= from {
            self.compare(&mut dirty, &mut scratch, place(from));
        }
        self.recorder.finish(end);
        Ok(())
    }

    /// The next moment to look at, or where comparing ends.
    fn next_moment(&self, golden: Next, dut: Next, shift: i64) -> Result<i64, i64> {
        let ignore = self.limits.tail == Tail::Ignore;
        let (now, ended) = match (golden, dut) {
            (Next::Step(golden), Next::Step(dut)) => (golden.min(dut), None),
            // What a late trace lacks at its end is no difference, up to the latency.
            (Next::Step(now), Next::End(end)) => (now, Some((end, shift))),
            (Next::End(end), Next::Step(now)) => (now, Some((end, shift.saturating_neg()))),
            (Next::End(golden), Next::End(dut)) => return Err(golden.max(dut)),
        };
        match ended {
            Some((end, late)) if now > end && (ignore || now - end <= late) => Err(end),
            _ if now > self.limits.to => Err(self.limits.to),
            _ => Ok(now),
        }
    }

    /// Compares the n-th edges of both clocks; the other trace runs `shift` edges behind.
    pub(crate) fn by_clock(
        &mut self,
        golden_clock: Clock,
        dut_clock: Clock,
        shift: i64,
    ) -> Result<(), DiffError> {
        let mut dirty = Dirty::all(self.plan.comparisons.len());
        let mut scratch = [Vec::new(), Vec::new()];
        let (limits, sample) = (self.limits, self.plan.sample);
        let mut counts = [0u64, 0];
        let [golden_skip, dut_skip] = skips(limits.skip, shift);
        loop {
            let golden_wanted = counts[0] < golden_skip || counts[1] >= dut_skip;
            let dut_wanted = counts[1] < dut_skip || counts[0] >= golden_skip;
            let mut times = [None, None];
            if golden_wanted {
                times[0] = next_edge(&mut self.golden, golden_clock, sample, limits, &mut dirty)?;
                counts[0] += u64::from(times[0].is_some());
            }
            if dut_wanted {
                times[1] = next_edge(&mut self.dut, dut_clock, sample, limits, &mut dirty)?;
                counts[1] += u64::from(times[1].is_some());
            }
            if golden_wanted && times[0].is_none() || dut_wanted && times[1].is_none() {
                break;
            }
            let ready = counts[0] > golden_skip && counts[1] > dut_skip;
            if let ([Some(golden_time), Some(dut_time)], true) = (times, ready) {
                let position = counts[0] as i64 - 1;
                let place = Place { position, golden_time, dut_time };
                self.compare(&mut dirty, &mut scratch, place);
            }
            self.tick();
        }
        self.recorder.finish((golden_skip + self.samples) as i64);
        self.count_rest([golden_clock, dut_clock], &mut counts, &mut dirty)?;
        self.note_length("clock", counts, shift);
        Ok(())
    }

    /// Counts the edges of the longer trace that the shorter one lacks.
    fn count_rest(
        &mut self,
        clocks: [Clock; 2],
        counts: &mut [u64; 2],
        dirty: &mut Dirty,
    ) -> Result<(), DiffError> {
        if self.limits.tail == Tail::Ignore {
            return Ok(());
        }
        let sides = [&mut self.golden, &mut self.dut];
        for ((side, clock), count) in sides.into_iter().zip(clocks).zip(counts) {
            while next_edge(side, clock, self.plan.sample, self.limits, dirty)?.is_some() {
                *count += 1;
            }
        }
        Ok(())
    }

    /// Notes numbers of samples that differ by more than the latency explains.
    pub(crate) fn note_length(&mut self, what: &str, [golden, dut]: [u64; 2], shift: i64) {
        let missing = i128::from(golden) - i128::from(dut);
        // A trace that runs `shift` behind may stop as early as the other, or as late as it must.
        let late = -i128::from(shift);
        let explained = (late.min(0)..=late.max(0)).contains(&missing);
        if self.limits.tail == Tail::Strict && !explained {
            let what = what.to_owned();
            self.lengths.push(LengthDifference { what, golden, dut, gave_up: false });
        }
    }

    /// Fails if there was nothing to compare.
    pub(crate) fn check_samples(&self, files: [&str; 2], what: &str) -> Result<(), DiffError> {
        for (side, file) in [(&self.golden, files[0]), (&self.dut, files[1])] {
            if side.steps == 0 {
                let what = "there are no value changes of the compared signals".to_owned();
                return Err(SetupError::NoSamples { file: file.to_owned(), what }.into());
            }
        }
        if self.samples == 0 {
            let file = files.join(" and ");
            return Err(SetupError::NoSamples { file, what: what.to_owned() }.into());
        }
        if !self.recorder.meant_something {
            return Err(SetupError::AllDontCare { file: files[0].to_owned() }.into());
        }
        Ok(())
    }
}

/// How many samples to leave out in each trace.
pub(crate) fn skips(skip: u64, shift: i64) -> [u64; 2] {
    let late = shift.unsigned_abs();
    let both = skip.saturating_add(late);
    if shift >= 0 { [skip, both] } else { [both, skip] }
}

fn back(next: Next, shift: i64) -> Next {
    match next {
        Next::Step(time) => Next::Step(time.saturating_sub(shift)),
        Next::End(time) => Next::End(time.saturating_sub(shift)),
    }
}

/// Goes to the next edge within the limits; none at the end of the trace.
///
/// The state is then that of the sample point: just before the edge, or after its moment.
pub(crate) fn next_edge(
    side: &mut Side,
    clock: Clock,
    sample: SamplePoint,
    limits: Limits,
    dirty: &mut Dirty,
) -> Result<Option<i64>, DiffError> {
    loop {
        side.commit(dirty);
        let time = match side.peek()? {
            Next::Step(time) if time <= limits.to => time,
            _ => return Ok(None),
        };
        side.stage()?;
        if time >= limits.from && side.is_edge(clock) {
            if sample == SamplePoint::After {
                side.commit(dirty);
            }
            return Ok(Some(time));
        }
    }
}
