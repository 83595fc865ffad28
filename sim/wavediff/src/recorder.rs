//! Collects mismatches: runs of equal differences, grouped by signal.

use std::collections::HashMap;

use crate::options::Options;
use crate::plan::{Comparison, Plan};
use crate::policy::{XPolicy, real, reals_match};
use crate::report::Mismatch;
use crate::trace::Kind;
use crate::value;

/// Signals whose first mismatch is kept whatever the limit of the list; the rest are counted.
const MAX_FIRSTS: usize = 100_000;
/// Differing bits that a mismatch names.
const MAX_BITS: usize = 64;

/// Where and when a sample was taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) position: i64,
    pub(crate) golden_time: i64,
    pub(crate) dut_time: i64,
}

/// All mismatches of one comparison.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) mismatches: u64,
    pub(crate) span: u64,
    pub(crate) listed: Vec<Mismatch>,
    /// Start of the run that is not over yet.
    since: i64,
    /// Whether that run is the last of the list.
    since_listed: bool,
}

/// Judges values and remembers differences.
pub(crate) struct Recorder<'a> {
    plan: &'a Plan,
    policy: XPolicy,
    tolerance: f64,
    max_listed: usize,
    listed: usize,
    open: Vec<bool>,
    /// Whether any golden value said anything, under a policy where x says nothing.
    pub(crate) meant_something: bool,
    pub(crate) groups: HashMap<u32, Group>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(plan: &'a Plan, options: &Options) -> Self {
        Self {
            plan,
            policy: options.policy,
            tolerance: options.real_tolerance,
            max_listed: options.max_listed,
            listed: 0,
            open: vec![false; plan.comparisons.len()],
            meant_something: options.policy != XPolicy::GoldenX,
            groups: HashMap::new(),
        }
    }

    pub(crate) fn policy(&self) -> XPolicy {
        self.policy
    }

    fn matches(&mut self, comparison: &Comparison, golden: &[u8], found: &[u8]) -> bool {
        if comparison.kind == Kind::Real {
            self.meant_something = true;
            return reals_match(real(golden), real(found), self.tolerance);
        }
        if !self.meant_something {
            self.meant_something = golden.iter().any(|bit| *bit != b'x');
        }
        self.policy.bits_match(golden, found)
    }

    /// Notes the values that hold from a place on.
    #[inline]
    pub(crate) fn observe(
        &mut self,
        index: u32,
        (golden, found): (&[u8], &[u8]),
        place: Place,
        context: impl Fn(usize) -> Vec<u8>,
    ) {
        let plan = self.plan;
        let equal = self.matches(&plan.comparisons[index as usize], golden, found);
        if self.open[index as usize] {
            self.close(index, place.position);
        }
        if !equal {
            self.open[index as usize] = true;
            let since_listed = self.add(index, (golden, found), place, context);
            let group = self.groups.entry(index).or_default();
            (group.since, group.since_listed) = (place.position, since_listed);
        }
    }

    /// Notes the values of a single transaction.
    pub(crate) fn transaction(
        &mut self,
        index: u32,
        (golden, found): (&[u8], &[u8]),
        place: Place,
        context: impl Fn(usize) -> Vec<u8>,
    ) {
        let plan = self.plan;
        if !self.matches(&plan.comparisons[index as usize], golden, found) {
            self.add(index, (golden, found), place, context);
            self.groups.entry(index).or_default().span += 1;
        }
    }

    /// Ends all runs.
    pub(crate) fn finish(&mut self, position: i64) {
        for index in 0..self.open.len() {
            if self.open[index] {
                self.close(index as u32, position);
            }
        }
    }

    #[cold]
    fn close(&mut self, index: u32, position: i64) {
        self.open[index as usize] = false;
        let group = self.groups.entry(index).or_default();
        let span = position.abs_diff(group.since);
        group.span += span;
        if group.since_listed
            && let Some(last) = group.listed.last_mut()
        {
            last.span = span;
        }
    }

    /// Counts a mismatch and lists it if there is room.
    #[cold]
    fn add(
        &mut self,
        index: u32,
        values: (&[u8], &[u8]),
        place: Place,
        context: impl Fn(usize) -> Vec<u8>,
    ) -> bool {
        let firsts = self.groups.len();
        let group = self.groups.entry(index).or_default();
        group.mismatches += 1;
        let first = group.listed.is_empty() && group.mismatches == 1 && firsts < MAX_FIRSTS;
        if !first && self.listed >= self.max_listed {
            return false;
        }
        self.listed += 1;
        let mismatch = self.describe(index, values, place, context);
        self.groups.entry(index).or_default().listed.push(mismatch);
        true
    }

    fn describe(
        &self,
        index: u32,
        (golden, found): (&[u8], &[u8]),
        place: Place,
        context: impl Fn(usize) -> Vec<u8>,
    ) -> Mismatch {
        let comparison = &self.plan.comparisons[index as usize];
        let bits = match comparison.kind {
            Kind::Bits => self.differing_bits(golden, found),
            _ => Vec::new(),
        };
        let annotations = &self.plan.annotations;
        let entry = comparison.annotation;
        Mismatch {
            position: place.position,
            span: 1,
            golden_time: place.golden_time,
            dut_time: place.dut_time,
            expected: value::show(golden, comparison.kind),
            found: value::show(found, comparison.kind),
            meaning: entry.map_or_else(Vec::new, |entry| annotations.meaning(entry, context)),
            fields: entry
                .map_or_else(Vec::new, |entry| annotations.fields(entry, (golden, found), &bits)),
            bits,
        }
    }

    fn differing_bits(&self, golden: &[u8], found: &[u8]) -> Vec<u32> {
        let pairs = golden.iter().rev().zip(found.iter().rev());
        let differing = (0..).zip(pairs).filter(|(_, (g, f))| !self.policy.bit_matches(**g, **f));
        differing.map(|(bit, _)| bit).take(MAX_BITS).collect()
    }
}
