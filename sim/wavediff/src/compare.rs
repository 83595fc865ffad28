//! The comparison as a whole.

use std::path::Path;
use std::sync::Arc;

use crate::engine::{Engine, Limits};
use crate::error::{DiffError, SetupError};
use crate::latency;
use crate::options::{Latency as Wanted, Options};
use crate::pairs::Parts;
use crate::plan::{Mode, Plan};
use crate::recorder::Group;
use crate::report::{Latency, PositionUnit, Report, SignalReport, TraceView, Verdict};
use crate::side::Side;
use crate::suggest;
use crate::trace::{Header, Trace, bit_of};

/// Two opened traces and what is to be compared.
pub struct Comparer<'a> {
    options: &'a Options,
    paths: [&'a Path; 2],
    golden: Trace,
    dut: Trace,
    plan: Plan,
    limits: Limits,
}

/// Compares two traces, calling `progress` now and then with the number of bytes read.
pub fn compare(
    golden: &Path,
    dut: &Path,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, DiffError> {
    Comparer::open([golden, dut], options)?.run(progress)
}

impl<'a> Comparer<'a> {
    /// Opens the golden trace and the other one and pairs their signals.
    pub fn open(paths: [&'a Path; 2], options: &'a Options) -> Result<Self, DiffError> {
        let (golden, dut) = (Trace::open(paths[0])?, Trace::open(paths[1])?);
        let plan = Plan::new(&golden, &dut, options)?;
        if options.require_all && !plan.pairing.golden_left.is_empty() {
            let left = &plan.pairing.golden_left;
            let examples = names(&golden.header, left);
            let file = dut.file.clone();
            return Err(SetupError::Missing { file, count: left.len(), examples }.into());
        }
        if options.skip > 0 && matches!(plan.mode, Mode::Time) {
            return Err(SetupError::SkipInTime.into());
        }
        let unit = golden.header.timescale;
        let resolve = |moment: &Option<crate::timescale::Moment>| {
            moment.as_ref().map(|moment| moment.resolve(unit, plan.common)).transpose()
        };
        let limits = Limits {
            from: resolve(&options.from)?.unwrap_or(i64::MIN),
            to: resolve(&options.to)?.unwrap_or(i64::MAX),
            skip: options.skip,
            tail: options.tail,
        };
        Ok(Self { options, paths, golden, dut, plan, limits })
    }

    /// Bytes of both files, which the progress counts towards.
    pub fn total_bytes(&self) -> u64 {
        self.golden.bytes + self.dut.bytes
    }

    /// Compares.
    pub fn run(mut self, progress: &mut dyn FnMut(u64)) -> Result<Report, DiffError> {
        let latency = self.latency()?;
        let headers =
            [std::mem::take(&mut self.golden.header), std::mem::take(&mut self.dut.header)];
        let files = [self.golden.file.clone(), self.dut.file.clone()];
        let (plan, common) = (&self.plan, self.plan.common);
        let [golden_unit, dut_unit] = [headers[0].timescale, headers[1].timescale];
        let golden = Side::start(self.golden, Arc::clone(&plan.golden), golden_unit, common)?;
        let dut = Side::start(self.dut, Arc::clone(&plan.dut), dut_unit, common)?;
        let mut engine = Engine::new(plan, (golden, dut), self.options, self.limits, progress);
        let nothing = match &plan.mode {
            Mode::Time => {
                engine.by_time(latency[0].shift)?;
                "nothing falls into the window"
            }
            Mode::Clock { golden, dut } => {
                engine.by_clock(*golden, *dut, latency[0].shift)?;
                "the clocks have no edge in common"
            }
            Mode::Streams(streams) => {
                let shifts: Vec<_> = latency.iter().map(|latency| latency.shift).collect();
                engine.by_streams(streams, &shifts)?;
                "no stream has a transaction in both traces"
            }
        };
        engine.check_samples([&files[0], &files[1]], nothing)?;
        Ok(report(engine, &headers, files, latency))
    }

    /// The shift of each stream, or the one of the whole trace.
    fn latency(&self) -> Result<Vec<Latency>, DiffError> {
        let streams: Vec<Option<String>> = match &self.plan.mode {
            Mode::Streams(streams) => {
                streams.iter().map(|stream| Some(stream.name.clone())).collect()
            }
            _ => vec![None],
        };
        let by_time = matches!(self.plan.mode, Mode::Time);
        let unit = self.golden.header.timescale;
        let shift = match &self.options.latency {
            Wanted::Auto { window, most } => {
                let search = latency::Search { window: *window, most: *most, limits: self.limits };
                let shifts = search.run(self.paths, &self.plan, self.options)?;
                let pairs = streams.into_iter().zip(shifts);
                return Ok(pairs
                    .map(|(stream, shift)| Latency { stream, shift, found: true })
                    .collect());
            }
            Wanted::Samples(count) if by_time => {
                let factor = unit.factor(self.plan.common).unwrap_or(i64::MAX);
                count.saturating_mul(factor)
            }
            Wanted::Samples(count) => *count,
            Wanted::Time(moment) if by_time => moment.resolve(unit, self.plan.common)?,
            Wanted::Time(_) => return Err(SetupError::LatencyInTime.into()),
        };
        Ok(streams.into_iter().map(|stream| Latency { stream, shift, found: false }).collect())
    }
}

fn report(
    engine: Engine<'_>,
    headers: &[Header; 2],
    [golden, dut]: [String; 2],
    latency: Vec<Latency>,
) -> Report {
    let (plan, policy) = (engine.plan, engine.recorder.policy());
    let mut groups: Vec<(u32, Group)> = engine.recorder.groups.into_iter().collect();
    groups.sort_unstable_by_key(|(index, _)| *index);
    let mismatches = groups.iter().map(|(_, group)| group.mismatches).sum();
    let differing = by_first_mismatch(&groups);
    let signals: Vec<_> = groups
        .into_iter()
        .map(|(index, group)| signal_report(plan, headers, index, group))
        .collect();
    let equal = signals.is_empty() && engine.lengths.is_empty();
    let views = trace_views(plan, headers, [&golden, &dut], &differing);
    Report {
        verdict: if equal { Verdict::Equal } else { Verdict::Different },
        golden,
        dut,
        alignment: plan.alignment.clone(),
        position_unit: match plan.mode {
            Mode::Time => PositionUnit::Time,
            Mode::Clock { .. } => PositionUnit::Cycle,
            Mode::Streams(_) => PositionUnit::Transaction,
        },
        latency,
        policy,
        time_unit: plan.common,
        samples: engine.samples,
        compared: plan.comparisons.len(),
        mismatches,
        signals,
        lengths: engine.lengths,
        notes: notes(plan, headers),
        views,
    }
}

/// Differing signals that views may show.
const MAX_VIEWED: usize = 64;

fn trace_views(
    plan: &Plan,
    headers: &[Header; 2],
    files: [&String; 2],
    differing: &[(i64, u32)],
) -> [TraceView; 2] {
    [0, 1].map(|side| {
        let header = &headers[side];
        let layout = if side == 0 { &plan.golden } else { &plan.dut };
        let parts = |(_, index): &(i64, u32)| {
            let pair = &plan.pairing.pairs[plan.comparisons[*index as usize].pair as usize];
            if side == 0 { pair.golden.vars() } else { pair.dut.vars() }
        };
        let signals = differing.iter().take(MAX_VIEWED).flat_map(parts);
        let signals = signals.map(|var| header.display(&header.vars[*var as usize]));
        let controls = plan.controls(side == 0).into_iter().filter_map(|local| {
            let signal = layout.wanted.iter().position(|wanted| *wanted == local)?;
            let var = header.vars.iter().find(|var| var.signal as usize == signal)?;
            Some(header.display(var))
        });
        TraceView {
            file: files[side].clone(),
            factor: header.timescale.factor(plan.common).unwrap_or(i64::MAX),
            controls: controls.collect(),
            signals: signals.collect(),
        }
    })
}

/// Differing comparisons with the time of their first mismatch, the earliest first.
fn by_first_mismatch(groups: &[(u32, Group)]) -> Vec<(i64, u32)> {
    let first = |group: &Group| group.listed.first().map_or(i64::MAX, |first| first.golden_time);
    let mut differing: Vec<_> =
        groups.iter().map(|(index, group)| (first(group), *index)).collect();
    differing.sort_unstable();
    differing
}

fn signal_report(plan: &Plan, headers: &[Header; 2], index: u32, group: Group) -> SignalReport {
    let comparison = &plan.comparisons[index as usize];
    let pair = &plan.pairing.pairs[comparison.pair as usize];
    SignalReport {
        name: plan.name(&headers[0], pair),
        golden: full_name(&headers[0], &pair.golden),
        dut: full_name(&headers[1], &pair.dut),
        width: match comparison.kind {
            crate::trace::Kind::Bits => plan.golden.length(&comparison.golden),
            _ => 0,
        },
        aliases: comparison.aliases,
        mismatches: group.mismatches,
        span: group.span,
        listed: group.listed,
    }
}

/// The path that a viewer knows; that of the first bit if the signal is split.
fn full_name(header: &Header, parts: &Parts) -> String {
    let vars = parts.vars();
    let name = header.display(&header.vars[vars[0] as usize]);
    match (vars, bit_of(&name)) {
        ([_, .., last], Some((base, first))) => {
            let last = header.display(&header.vars[*last as usize]);
            let last = bit_of(&last).map_or(0, |(_, index)| index);
            format!("{base}[{first}:{last}]")
        }
        _ => name,
    }
}

fn notes(plan: &Plan, headers: &[Header; 2]) -> Vec<String> {
    let pairing = &plan.pairing;
    let mut notes: Vec<String> = headers.iter().flat_map(|header| header.notes.clone()).collect();
    let left = [("golden", &pairing.golden_left), ("other", &pairing.dut_left)];
    for ((side, left), header) in left.into_iter().zip(headers) {
        if !left.is_empty() {
            let some = names(header, left).join(", ");
            let count = left.len();
            notes.push(format!("{count} names are only in the {side} trace, such as {some}"));
        }
    }
    // Streams compare their payload only, so there most entries are idle.
    if !matches!(plan.mode, Mode::Streams(_)) {
        let used = plan.comparisons.iter().filter_map(|comparison| comparison.annotation);
        let unused = plan.annotations.unused(used);
        if let Some(first) = unused.first() {
            let count = unused.len();
            notes
                .push(format!("{count} [[signal]] entries name nothing compared, such as {first}"));
        }
    }
    if pairing.repeated > 0 {
        let count = pairing.repeated;
        notes.push(format!("{count} names are declared repeatedly; the first of each is compared"));
    }
    if pairing.incomparable > 0 {
        let count = pairing.incomparable;
        notes.push(format!("{count} events and strings are not compared"));
    }
    notes
}

fn names(header: &Header, vars: &[u32]) -> Vec<String> {
    let some = vars.iter().take(suggest::SHOWN);
    some.map(|var| header.display(&header.vars[*var as usize])).collect()
}
