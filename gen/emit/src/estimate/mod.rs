//! Sizes and speeds of machines without synthesis, from a model fitted to synthesised ones.
//!
//! Multiplier blocks and memories follow from the configuration and are exact. Lookup tables and
//! flip-flops are sums of shares, fitted by least squares for each family to the machines of
//! `models/calibration.csv`; every fourth was held out to judge the model. The clock's period grows
//! with the doublings of the lanes.

mod fit;
mod judge;
mod sample;

use bitladder_fpga::Resources;
use bitladder_fpga::estimate::least_squares;
use bitladder_machine::isa::{Mode, Operation, WeightKind};
use bitladder_machine::{Family, MachineConfig, Multiplier};
use serde::Serialize;
use thiserror::Error;

pub use fit::{Candidate, Fit, Refused, fit};
pub use sample::{Sample, SampleError, read_samples, write_samples};

use crate::{Host, blocks};
use judge::judge;

/// The measured machines that come along.
pub const CALIBRATION: &str = include_str!("../../models/calibration.csv");

/// Names of the terms, for printing a model.
pub const TERMS: [&str; COUNT] = [
    "machine",
    "row",
    "column",
    "post lane",
    "post lane with multiplier",
    "column with sums",
    "column with coded weights",
    "column with nested weights",
    "column with quality",
    "checks of memories",
    "packets",
    "lane of more kinds of weights",
    "lane of 16 bits",
    "lane, fabric",
    "lane, dsp1",
    "lane, dsp2",
    "lane, mac16",
    "lane, shifter",
];
const COUNT: usize = 18;

/// Roughly how many lookup tables a term stands for, as modules alone have them: where samples do not
/// tell terms apart, the larger ones take more of what is there.
const SIZES: [f64; COUNT] = [
    6000.0, 100.0, 250.0, 200.0, 500.0, 300.0, 300.0, 250.0, 250.0, 250.0, 1700.0, 20.0, 60.0,
    400.0, 150.0, 250.0, 120.0, 100.0,
];

/// What sizes and abilities of a machine multiply.
fn terms(config: &MachineConfig) -> [f64; COUNT] {
    let (array, post) = (&config.array, &config.post);
    let (rows, columns) = (array.rows as f64, array.columns as f64);
    let lanes = rows * columns;
    let flag = |set: bool| f64::from(u8::from(set));
    let sums = config.element.operations.iter().any(|one| *one != Operation::MaxPool);
    let kinds = array.weight_kinds.iter().filter(|kind| **kind != WeightKind::Qsq).count();
    let multiplier = |one: Multiplier| lanes * flag(array.multiplier == one);
    [
        1.0,
        rows,
        columns,
        post.lanes as f64,
        post.lanes as f64 * flag(post.multiplier_bits > 1),
        columns * flag(sums),
        columns * flag(array.weight_kinds.contains(&WeightKind::Qsq)),
        columns * flag(array.nested),
        columns * flag(array.quality),
        flag(config.memory.checks),
        flag(Host::of(config).has_packets()),
        lanes * kinds.saturating_sub(1) as f64,
        lanes * flag(array.modes.contains(&Mode::Word16)),
        multiplier(Multiplier::Fabric),
        multiplier(Multiplier::Dsp1),
        multiplier(Multiplier::Dsp2),
        multiplier(Multiplier::Mac16),
        multiplier(Multiplier::Shifter),
    ]
}

/// Shares of one family.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Lookup tables per term.
    pub luts: [f64; COUNT],
    /// Flip-flops per term.
    pub registers: [f64; COUNT],
    /// Period in nanoseconds: of the smallest machine, and more for each doubling of the lanes;
    /// none if none was placed.
    pub period: Option<[f64; 2]>,
}

/// What a machine is estimated to take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Lookup tables and flip-flops; multiplier blocks and memories are exact.
    pub resources: Resources,
    /// The clock; none if no machine of its kind was placed and routed.
    pub mhz: Option<f64>,
}

/// A machine that the model says nothing about.
#[derive(Debug, Error)]
pub enum EstimateError {
    /// The samples cannot be read.
    #[error(transparent)]
    Samples(#[from] SampleError),
    /// No machine like this was measured.
    #[error(
        "no machine with multiplier {multiplier:?} on {family:?} was measured; there are {known}"
    )]
    Unknown {
        /// Its family.
        family: Family,
        /// Its multiplier.
        multiplier: Multiplier,
        /// Those that were.
        known: String,
    },
}

/// What the period depends on: lanes, by their doublings.
fn doublings(config: &MachineConfig) -> [f64; 2] {
    [1.0, ((config.array.rows * config.array.columns) as f64).log2()]
}

impl Model {
    /// Fits a model to machines of one family; nothing without any.
    pub fn fit(samples: &[&Sample]) -> Option<Model> {
        let scaled = |sample: &&Sample| {
            let terms = terms(&sample.config);
            std::array::from_fn(|index| terms[index] * SIZES[index])
        };
        let rows: Vec<[f64; COUNT]> = samples.iter().map(scaled).collect();
        let of = |pick: fn(&Resources) -> u64| {
            let values: Vec<f64> = samples.iter().map(|one| pick(&one.measured) as f64).collect();
            let shares = least_squares(&rows, &values)?;
            Some(std::array::from_fn(|index| shares[index] * SIZES[index]))
        };
        let placed = || samples.iter().filter_map(|one| Some((&one.config, one.mhz?)));
        let lanes: Vec<_> = placed().map(|(config, _)| doublings(config)).collect();
        let periods: Vec<f64> = placed().map(|(_, mhz)| 1000.0 / mhz).collect();
        let period = least_squares(&lanes, &periods);
        Some(Model { luts: of(|used| used.luts)?, registers: of(|used| used.registers)?, period })
    }

    /// The estimate for a machine.
    pub fn predict(&self, config: &MachineConfig) -> Estimate {
        let terms = terms(config);
        let sum = |shares: &[f64; COUNT]| {
            let all: f64 = shares.iter().zip(terms).map(|(share, term)| share * term).sum();
            all.max(0.0).round() as u64
        };
        let resources = Resources {
            luts: sum(&self.luts),
            registers: sum(&self.registers),
            dsp: blocks::multipliers(config),
            bram: blocks::memories(config) + blocks::link(config, Host::of(config)),
            spram: 0,
        };
        let [one, lanes] = doublings(config);
        let mhz = self.period.map(|[base, more]| 1000.0 / (base * one + more * lanes));
        Estimate { resources, mhz }
    }
}

/// Models for all machines that were measured.
#[derive(Debug, Clone)]
pub struct Estimator {
    samples: Vec<Sample>,
}

/// How far a model is off on machines that it has not seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldOut {
    /// The family.
    pub family: Family,
    /// Machines it was fitted to, and machines held out.
    pub machines: [usize; 2],
    /// Mean and largest relative error of lookup tables.
    pub luts: [f64; 2],
    /// The same of flip-flops.
    pub registers: [f64; 2],
    /// The same of the clock, each placed machine in turn held out; none with fewer than three.
    pub mhz: Option<[f64; 2]>,
    /// Machines that were placed.
    pub placed: usize,
    /// Machines whose blocks are not those predicted, of all.
    pub wrong_blocks: usize,
}

impl Estimator {
    /// The models of some measurements.
    pub fn new(samples: Vec<Sample>) -> Estimator {
        Estimator { samples }
    }

    /// The models of the shipped measurements.
    pub fn shipped() -> Result<Estimator, EstimateError> {
        Ok(Estimator { samples: read_samples("calibration.csv", CALIBRATION)? })
    }

    /// The measurements.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    fn kinds(&self) -> Vec<(Family, Multiplier)> {
        let mut kinds = Vec::new();
        for sample in &self.samples {
            let kind = (sample.config.family, sample.config.array.multiplier);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }

    fn of_family(&self, family: Family) -> Vec<&Sample> {
        self.samples.iter().filter(|one| one.config.family == family).collect()
    }

    /// Estimates a machine.
    pub fn estimate(&self, config: &MachineConfig) -> Result<Estimate, EstimateError> {
        let (family, multiplier) = (config.family, config.array.multiplier);
        let known = self.kinds().contains(&(family, multiplier));
        let model = Model::fit(&self.of_family(family)).filter(|_| known);
        model.map(|model| model.predict(config)).ok_or_else(|| {
            let known: Vec<String> =
                self.kinds().iter().map(|(f, m)| format!("{m:?} on {f:?}")).collect();
            EstimateError::Unknown { family, multiplier, known: known.join(", ") }
        })
    }

    /// Fits to three of four machines of each family, and compares with the others; families of
    /// fewer machines are left out.
    pub fn held_out(&self) -> Vec<HeldOut> {
        let families = [Family::Ecp5, Family::Ice40, Family::Gowin];
        families.into_iter().filter_map(|family| judge(family, &self.of_family(family))).collect()
    }
}
