//! Networks that ask for everything a machine can do.

use std::collections::BTreeMap;
use std::sync::Arc;

use bitladder_device::rust_sim_of;
use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_hdl_machine::top::machine;
use bitladder_machine::{MachineConfig, compile};
use bitladder_network::{QuantNetwork, QuantOp};
use bitladder_rtl::Module;
use bitladder_spec::nested::{NESTED_MAX, NESTED_MIN};
use bitladder_spec::{WeightFormat, Weights};

use super::case::{Case, Measure};
use super::engine::{self, EngineFault};
use super::{Dut, Seen, SuiteError, host, units};
use crate::bench::Run;

/// Seeds of the networks that are looked through.
const SEEDS: u64 = 300;
/// Further ones, for faults of the golden engine that none of those shows: few have 3-bit weights
/// whose scalars matter to the last bit.
const MORE: u64 = 1000;
/// A case of more cycles is too slow to be run on every mutant.
const LONG: u64 = 30_000;
/// Networks that ask for the same thing.
const TIMES: u32 = 2;

/// What a machine must do, and how long it takes.
#[derive(Debug)]
pub struct Suite {
    pub(crate) config: MachineConfig,
    pub(crate) top: Arc<Module>,
    pub(crate) cases: Vec<Case>,
    /// Bits of registers that change in the array's scenarios.
    activity: Vec<u64>,
}

/// What becomes of a network before it is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Variant {
    Plain,
    /// Weights as wide as a mode are nested ones.
    Nested,
}

/// Weights as wide as a mode as nested ones, with further bits below: they stay about what they are,
/// and what they are is for the oracle to say.
fn nested(weights: &Weights) -> Option<Weights> {
    let WeightFormat::Fixed { bits: bits @ (16 | 8 | 4) } = weights.format() else { return None };
    let low = 16 - u32::from(bits);
    // Less than half of the lowest bit that counts.
    let below = |index: usize| (index * 40_503 % (1 << low)) as i32 / 2;
    let stored = |(index, value): (usize, i32)| {
        ((value << low) | below(index)).clamp(NESTED_MIN, NESTED_MAX) as u16
    };
    let codes = weights.integers().into_iter().enumerate().map(stored).collect();
    Weights::from_codes(WeightFormat::Nested { bits }, weights.shape(), codes, Vec::new()).ok()
}

fn nest(network: &mut QuantNetwork) {
    for layer in &mut network.layers {
        if let QuantOp::Conv { linear, .. } | QuantOp::Dense { linear } = &mut layer.op
            && let Some(nested) = nested(&linear.weights)
        {
            linear.weights = nested;
        }
    }
}

/// A network of a seed, if the machine can run it.
fn candidate(seed: u64, variant: Variant, config: &MachineConfig) -> Option<Case> {
    let widths = vec![16, 8, 8, 8, 4, 4, 2, 1, 1, 3, 12];
    let accumulator_bits = config.array.accumulator_bits;
    let limits = Limits { layers: 4, channels: 12, side: 6, widths, accumulator_bits };
    let mut network = random_network(seed, &limits);
    if variant == Variant::Nested {
        nest(&mut network);
    }
    let images = 1 + seed as usize % 3;
    let program = compile(&network, config, images).ok()?;
    let inputs = random_inputs(&network, images, seed).ok()?;
    Case::new(&network, program, inputs)
}

/// Networks of which each asks for something that those before it did not.
fn networks(config: &MachineConfig, top: &Arc<Module>) -> Result<Vec<Case>, SuiteError> {
    let mut device = rust_sim_of(top)?;
    let (mut seen, mut cases) = (BTreeMap::<String, u32>::new(), Vec::new());
    let mut unseen: Vec<&EngineFault> = engine::FAULTS.iter().collect();
    let plain = (0..SEEDS + MORE).map(|seed| (seed, Variant::Plain));
    let nested = (0..SEEDS).filter(|_| config.array.nested).map(|seed| (seed, Variant::Nested));
    let made = |(seed, variant)| Some((seed, candidate(seed, variant, config)?));
    for (seed, mut case) in plain.chain(nested).filter_map(made) {
        let features = if seed < SEEDS { case.features() } else { Vec::new() };
        let known = |feature: &String| seen.get(feature).is_some_and(|n| *n >= TIMES);
        let shows = |fault: &&EngineFault| engine::shows(fault, &case);
        if features.iter().all(known) && !unseen.iter().any(shows) {
            continue;
        }
        case.counters = case.run(&mut device, Measure::First).map_err(unsound)?.counters;
        if case.counters.cycles <= LONG {
            features.into_iter().for_each(|feature| *seen.entry(feature).or_default() += 1);
            unseen.retain(|fault| !engine::shows(fault, &case));
            cases.push(case);
        }
    }
    // Short ones first: most faults are seen by them.
    cases.sort_by_key(|case| case.counters.cycles);
    Ok(cases)
}

fn unsound(Seen { by, what }: Seen) -> SuiteError {
    SuiteError::Unsound { by, what }
}

impl Suite {
    /// The suite of a machine; its networks are the same each time.
    pub fn new(config: &MachineConfig) -> Result<Suite, SuiteError> {
        let top = machine(config)?;
        let mut cases = networks(config, &top)?;
        if cases.is_empty() {
            return Err(SuiteError::Empty { machine: config.name.clone() });
        }
        let mut device = rust_sim_of(&top)?;
        for case in &mut cases {
            case.toggles = case.run(&mut device, Measure::Cycles).map_err(unsound)?.toggles;
        }
        let activity = units::all(&top, config, None).map_err(unsound)?;
        let suite = Suite { config: config.clone(), top, cases, activity };
        match suite.check(&suite.top)? {
            None => Ok(suite),
            Some(seen) => Err(unsound(seen)),
        }
    }

    /// The networks as runs for a bench.
    pub fn runs(&self) -> Vec<Run> {
        let run =
            |case: &Case| Run { program: case.program.clone(), batches: vec![case.inputs.clone()] };
        self.cases.iter().map(run).collect()
    }

    /// Networks in the suite.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there are none; never so.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Cycles of a whole run of the networks.
    pub fn cycles(&self) -> u64 {
        self.cases.iter().map(|case| case.counters.cycles).sum()
    }

    /// Runs the suite on a machine; gives the first thing that is wrong.
    pub fn check(&self, top: &Arc<Module>) -> Result<Option<Seen>, SuiteError> {
        if let Err(seen) = units::all(top, &self.config, Some(&self.activity)) {
            return Ok(Some(seen));
        }
        let Ok(mut device) = rust_sim_of(top) else {
            let what = "the first requests are not answered".into();
            return Ok(Some(Seen { by: "reset".into(), what }));
        };
        Ok(self.run(&mut device).err())
    }

    fn run(&self, device: &mut Dut) -> Result<(), Seen> {
        for case in &self.cases {
            case.run(device, Measure::Activity)?;
        }
        host::all(device, &self.config, &self.cases)?;
        // Once more after everything that went wrong.
        self.cases[0].run(device, Measure::Cycles).map(drop)
    }
}
