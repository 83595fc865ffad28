//! Sizes and speeds of machines without synthesis, from a model fitted to synthesised ones.
//!
//! Multiplier blocks and memories follow from the configuration and are exact. Lookup tables and
//! flip-flops are sums of shares, fitted by least squares for each family and multiplier to the
//! machines of `models/calibration.csv`; every fourth was held out to judge the model.

mod fit;
mod sample;

use bitladder_fpga::Resources;
use bitladder_fpga::estimate::least_squares;
use bitladder_machine::isa::{Operation, WeightKind};
use bitladder_machine::{Family, MachineConfig, Multiplier};
use serde::Serialize;
use thiserror::Error;

pub use fit::{Candidate, Fit, Refused, fit};
pub use sample::{Sample, SampleError, read_samples, write_samples};

use crate::blocks;

/// The measured machines that come along.
pub const CALIBRATION: &str = include_str!("../../models/calibration.csv");

/// Names of the terms, for printing a model.
pub const TERMS: [&str; COUNT] = [
    "machine",
    "row",
    "column",
    "lane",
    "post lane with multiplier",
    "column with sums",
    "column with coded weights",
];
const COUNT: usize = 7;

/// What sizes and abilities of a machine multiply.
fn terms(config: &MachineConfig) -> [f64; COUNT] {
    let (array, post) = (&config.array, &config.post);
    let (rows, columns) = (array.rows as f64, array.columns as f64);
    let flag = |set: bool| f64::from(u8::from(set));
    let sums = config.element.operations.iter().any(|one| *one != Operation::MaxPool);
    let scaled = post.lanes as f64 * flag(post.multiplier_bits > 1);
    let coded = array.weight_kinds.contains(&WeightKind::Qsq);
    let columns_with = |set: bool| columns * flag(set);
    [1.0, rows, columns, rows * columns, scaled, columns_with(sums), columns_with(coded)]
}

/// Shares of one family and multiplier.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Lookup tables per term.
    pub luts: [f64; COUNT],
    /// Flip-flops per term.
    pub registers: [f64; COUNT],
    /// The clock that place and route reached, in the middle; none if none was placed.
    pub mhz: Option<f64>,
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

impl Model {
    /// Fits a model to machines of one family and multiplier; nothing without any.
    pub fn fit(samples: &[&Sample]) -> Option<Model> {
        let rows: Vec<_> = samples.iter().map(|sample| terms(&sample.config)).collect();
        let of = |pick: fn(&Resources) -> u64| {
            let values: Vec<f64> = samples.iter().map(|one| pick(&one.measured) as f64).collect();
            least_squares(&rows, &values)
        };
        let mut clocks: Vec<f64> = samples.iter().filter_map(|sample| sample.mhz).collect();
        clocks.sort_by(f64::total_cmp);
        let mhz = clocks.get(clocks.len() / 2).copied();
        Some(Model { luts: of(|used| used.luts)?, registers: of(|used| used.registers)?, mhz })
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
            bram: blocks::memories(config),
            spram: 0,
        };
        Estimate { resources, mhz: self.mhz }
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
    /// How lanes multiply.
    pub multiplier: Multiplier,
    /// Machines it was fitted to, and machines held out.
    pub machines: [usize; 2],
    /// Mean and largest relative error of lookup tables.
    pub luts: [f64; 2],
    /// The same of flip-flops.
    pub registers: [f64; 2],
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

    fn of_kind(&self, (family, multiplier): (Family, Multiplier)) -> Vec<&Sample> {
        let wanted = |one: &&Sample| {
            (one.config.family, one.config.array.multiplier) == (family, multiplier)
        };
        self.samples.iter().filter(wanted).collect()
    }

    /// Estimates a machine.
    pub fn estimate(&self, config: &MachineConfig) -> Result<Estimate, EstimateError> {
        let (family, multiplier) = (config.family, config.array.multiplier);
        let model = Model::fit(&self.of_kind((family, multiplier)));
        model.map(|model| model.predict(config)).ok_or_else(|| {
            let known: Vec<String> =
                self.kinds().iter().map(|(f, m)| format!("{m:?} on {f:?}")).collect();
            EstimateError::Unknown { family, multiplier, known: known.join(", ") }
        })
    }

    /// Fits to three of four machines of each kind, and compares with the others; kinds of fewer
    /// machines are left out.
    pub fn held_out(&self) -> Vec<HeldOut> {
        self.kinds().into_iter().filter_map(|kind| self.judge(kind)).collect()
    }

    fn judge(&self, kind: (Family, Multiplier)) -> Option<HeldOut> {
        let all = self.of_kind(kind);
        let numbered = || all.iter().copied().enumerate();
        let kept: Vec<&Sample> =
            numbered().filter(|(index, _)| index % 4 != 3).map(|(_, one)| one).collect();
        let held: Vec<&Sample> =
            numbered().filter(|(index, _)| index % 4 == 3).map(|(_, one)| one).collect();
        if held.is_empty() {
            return None;
        }
        let model = Model::fit(&kept)?;
        let errors = |pick: fn(&Resources) -> u64| {
            let error = |one: &&Sample| {
                let (is, found) =
                    (pick(&one.measured), pick(&model.predict(&one.config).resources));
                found.abs_diff(is) as f64 / is.max(1) as f64
            };
            let errors: Vec<f64> = held.iter().map(error).collect();
            let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
            [mean, errors.into_iter().fold(0.0, f64::max)]
        };
        let right = |one: &&&Sample| {
            let found = model.predict(&one.config).resources;
            (found.dsp, found.bram) == (one.measured.dsp, one.measured.bram)
        };
        Some(HeldOut {
            family: kind.0,
            multiplier: kind.1,
            machines: [kept.len(), held.len()],
            luts: errors(|used| used.luts),
            registers: errors(|used| used.registers),
            wrong_blocks: all.len() - all.iter().filter(right).count(),
        })
    }
}
