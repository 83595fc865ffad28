//! Faults in the golden engine: the interpreter does something else than a descriptor, a parameter
//! or a weight says, and the oracle, which knows nothing of machines, must show it.

use std::sync::Arc;

use bitladder_machine::isa::{
    Descriptor, Operation, RoundingCode, SaturationCode, WeightKind, parameter,
};
use bitladder_machine::{Blind, Machine, Memories};

use super::Suite;
use super::case::Case;

/// What the engine takes for something else.
#[derive(Debug, Clone, Copy)]
enum Change {
    Descriptor(fn(&mut Descriptor)),
    Parameter(fn(&mut [u32])),
    Weight(fn(u16) -> u16),
    Scalar(fn(u64) -> u64),
}

/// A fault of the engine.
#[derive(Debug, Clone, Copy)]
pub struct EngineFault {
    /// What it does wrong.
    pub name: &'static str,
    change: Change,
}

/// What became of one.
#[derive(Debug, Clone)]
pub struct EngineOutcome {
    /// What the engine does wrong.
    pub name: &'static str,
    /// The first network that shows it.
    pub seen: Option<String>,
}

const fn descriptor(name: &'static str, change: fn(&mut Descriptor)) -> EngineFault {
    EngineFault { name, change: Change::Descriptor(change) }
}

fn only(d: &mut Descriptor, operation: Operation, change: impl Fn(&mut Descriptor)) {
    if d.operation == operation {
        change(d);
    }
}

/// All faults.
pub const FAULTS: [EngineFault; 42] = [
    descriptor("input signs exchanged", |d| d.input_signed = !d.input_signed),
    descriptor("second input's sign exchanged", |d| d.second_signed = !d.second_signed),
    descriptor("flip ignored", |d| d.flip = false),
    descriptor("flip always", |d| d.flip = true),
    descriptor("input zero point ignored", |d| d.input_zero_point = 0),
    descriptor("second zero point ignored", |d| d.second_zero_point = 0),
    descriptor("output zero point ignored", |d| d.output_zero_point = 0),
    descriptor("padding is zero", |d| d.padding_value = 0),
    descriptor("padding one more", |d| d.padding_value ^= 1),
    descriptor("lower clamp ignored", |d| d.clamp_lo = i32::MIN),
    descriptor("upper clamp ignored", |d| d.clamp_hi = i32::MAX),
    descriptor("lower clamp one more", |d| d.clamp_lo = d.clamp_lo.saturating_add(1)),
    descriptor("upper clamp one less", |d| d.clamp_hi = d.clamp_hi.saturating_sub(1)),
    descriptor("rounds half up", |d| d.rounding = RoundingCode::HalfUp),
    descriptor("rounds half to even", |d| d.rounding = RoundingCode::HalfEven),
    descriptor("rounds half away", |d| d.rounding = RoundingCode::HalfAway),
    descriptor("truncates", |d| d.rounding = RoundingCode::TowardZero),
    descriptor("rounds down", |d| d.rounding = RoundingCode::Floor),
    descriptor("wraps", |d| d.saturation = SaturationCode::Wrap),
    descriptor("saturates", |d| d.saturation = SaturationCode::Saturate),
    descriptor("saturates symmetrically", |d| d.saturation = SaturationCode::Symmetric),
    descriptor("result's sign exchanged", |d| d.output_signed = !d.output_signed),
    descriptor("result one bit narrower", |d| d.output_bits = (d.output_bits - 1).max(1)),
    descriptor("divisor ignored", |d| d.divisor = 1),
    descriptor("rows one later", |d| {
        only(d, Operation::Conv, |d| d.pad_top = d.pad_top.max(1) - 1)
    }),
    descriptor("columns one later", |d| only(d, Operation::MaxPool, |d| d.lead += 1)),
    descriptor("pool windows one lower", |d| only(d, Operation::MaxPool, |d| d.pad_top += 1)),
    descriptor("average windows one lower", |d| {
        only(d, Operation::AveragePool, |d| d.pad_top += 1)
    }),
    descriptor("taps of a row exchanged with gaps", |d| d.dilation_x += 1),
    descriptor("stride ignored", |d| d.step = d.channels),
    descriptor("second multiplier ignored", |d| d.second_multiplier = 1),
    descriptor("first multiplier one more", |d| only(d, Operation::Add, |d| d.multiplier += 1)),
    descriptor("vectors of scalars longer", |d| {
        if d.weight_kind == WeightKind::Qsq {
            d.vector_length += 1;
        }
    }),
    descriptor("the last pixel forgotten", |d| d.total_pixels -= u32::from(d.total_pixels > 1)),
    descriptor("the last row of the array forgotten", |d| {
        d.last_rows -= u32::from(d.last_rows > 1);
    }),
    descriptor("results one word later", |d| d.output_base += 1),
    EngineFault { name: "bias ignored", change: Change::Parameter(|e| set(e, parameter::BIAS, 0)) },
    EngineFault {
        name: "bias one more",
        change: Change::Parameter(|e| add(e, parameter::BIAS, 1)),
    },
    EngineFault {
        name: "multiplier one more",
        change: Change::Parameter(|e| add(e, parameter::MULTIPLIER, 1)),
    },
    EngineFault {
        name: "shift one more",
        change: Change::Parameter(|e| add(e, parameter::SHIFT, 1)),
    },
    EngineFault { name: "lowest bit of weights stuck", change: Change::Weight(|word| word | 1) },
    EngineFault { name: "scalars' lowest bit stuck", change: Change::Scalar(|entry| entry | 1) },
];

fn set(entry: &mut [u32], place: bitladder_machine::isa::FieldPlace, value: i64) {
    // What does not fit stays as it is: then the fault is none in this entry.
    let _ = place.insert(entry, value);
}

fn add(entry: &mut [u32], place: bitladder_machine::isa::FieldPlace, value: i64) {
    set(entry, place, place.extract(entry) + value);
}

/// Runs every case of a suite with each fault of the engine.
pub fn survey(suite: &Suite) -> Vec<EngineOutcome> {
    let outcome = |fault: &EngineFault| {
        let shows = suite.cases.iter().find(|case| shows(fault, case));
        EngineOutcome { name: fault.name, seen: shows.map(|case| case.name.clone()) }
    };
    FAULTS.iter().map(outcome).collect()
}

/// Whether an engine with the fault gives something else than the oracle, or refuses.
pub(super) fn shows(fault: &EngineFault, case: &Case) -> bool {
    run(fault, case).is_none_or(|results| results != case.results())
}

fn run(fault: &EngineFault, case: &Case) -> Option<bitladder_golden::IntBatch> {
    let program = &case.program;
    let mut memories = (*program.memories).clone();
    let descriptors = program.descriptors().ok()?;
    match fault.change {
        Change::Descriptor(_) => {}
        Change::Parameter(change) => {
            entries(&descriptors, case.program.config.array.columns, &mut memories, change)
        }
        Change::Weight(change) => {
            memories.weights.iter_mut().for_each(|word| *word = change(*word));
        }
        Change::Scalar(change) => scalars(&descriptors, &mut memories, change),
    }
    let mut machine = Machine::new(&program.config, Arc::new(memories));
    machine.load(program, &case.inputs).ok()?;
    for mut d in descriptors {
        match fault.change {
            Change::Descriptor(change) if d.operation != Operation::End => change(&mut d),
            _ => {}
        }
        machine.execute(&d, &mut Blind).ok()?;
    }
    machine.outcome(program).ok().map(|outcome| outcome.results)
}

/// Changes the parameter entries that layers read.
fn entries(layers: &[Descriptor], columns: usize, memories: &mut Memories, change: fn(&mut [u32])) {
    let mut read = std::collections::BTreeSet::new();
    let uses = |d: &&Descriptor| !matches!(d.operation, Operation::End | Operation::MaxPool);
    for d in layers.iter().filter(uses) {
        let first = d.parameter_base as usize;
        read.extend(first..first + d.passes as usize * columns);
    }
    for index in read {
        if let Some(entry) = memories.parameters.get_mut(index) {
            let mut words = [*entry as u32, (*entry >> 32) as u32];
            change(&mut words);
            *entry = u64::from(words[1]) << 32 | u64::from(words[0]);
        }
    }
}

/// Changes what lies behind the first set of scalars of a layer.
fn scalars(layers: &[Descriptor], memories: &mut Memories, change: fn(u64) -> u64) {
    for d in layers.iter().filter(|d| d.weight_kind == WeightKind::Qsq) {
        if let Some(entry) = memories.parameters.get_mut(d.scalar_base as usize) {
            *entry = change(*entry);
        }
    }
}
