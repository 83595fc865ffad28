//! Sizes and speeds of machines without synthesis, from a model fitted to synthesised ones.
//!
//! Multiplier blocks and memories follow from the configuration and are exact. Lookup tables and
//! flip-flops are sums of shares of the parts of a machine. What parts roughly take is known; for
//! each family the shares that are nearest to that and fit the machines of `models/calibration.csv`
//! are taken; every fourth was held out to judge the model. The clock's period grows with the
//! doublings of the lookup tables: the ways between them get longer.

mod fit;
mod judge;
mod sample;
mod settings;
mod shares;
mod terms;

use bitladder_fpga::Resources;
use bitladder_fpga::estimate::TableError;
use bitladder_machine::{Family, MachineConfig, Multiplier};
use serde::Serialize;
use thiserror::Error;

pub use fit::{Candidate, Fit, Refused, fit};
pub use sample::{Sample, read_samples, write_samples};

use crate::{Host, blocks};
use judge::judge;
use shares::shares;
use terms::terms;
pub use terms::{ALL, TERMS, Term};

/// The measured machines that come along.
pub const CALIBRATION: &str = include_str!("../../models/calibration.csv");

/// The clock's period in nanoseconds of a machine of `SMALL` lookup tables, and what each doubling of
/// them adds, before anything is measured.
const PERIOD: [f64; 2] = [10.0, 0.5];

/// Lookup tables of about the smallest machine.
const SMALL: f64 = 2048.0;

/// Shares of one family.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Lookup tables per term.
    pub luts: [f64; TERMS],
    /// Flip-flops per term.
    pub registers: [f64; TERMS],
    /// Period in nanoseconds: of a small machine, and more for each doubling of its lookup tables;
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
    Samples(#[from] TableError),
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

/// How much slower an iCE40 UltraPlus is than the others of its family: the median over the modules
/// of `docs/results/hdl-blocks.md`.
const ULTRAPLUS: f64 = 2.6;

/// What the period depends on: lookup tables, by their doublings, on a device that is as slow as it
/// is.
fn doublings(config: &MachineConfig, luts: f64) -> [f64; 2] {
    let slow = if config.array.multiplier == Multiplier::Mac16 { ULTRAPLUS } else { 1.0 };
    [slow, slow * (luts / SMALL).max(1.0).log2()]
}

/// A sum of shares.
fn sum(shares: &[f64; TERMS], config: &MachineConfig) -> f64 {
    let all: f64 = shares.iter().zip(terms(config)).map(|(share, term)| share * term).sum();
    all.max(0.0).round()
}

impl Model {
    /// Fits a model to machines of one family; nothing without any.
    pub fn fit(samples: &[&Sample]) -> Option<Model> {
        let rows: Vec<[f64; TERMS]> = samples.iter().map(|one| terms(&one.config)).collect();
        let of = |pick: fn(&Resources) -> u64, known: fn(&Term) -> f64| {
            let values: Vec<f64> = samples.iter().map(|one| pick(&one.measured) as f64).collect();
            shares(&rows, &values, std::array::from_fn(|index| known(&ALL[index])))
        };
        let luts = of(|used| used.luts, |term| term.luts)?;
        let placed = || samples.iter().filter_map(|one| Some((&one.config, one.mhz?)));
        let sizes: Vec<_> =
            placed().map(|(config, _)| doublings(config, sum(&luts, config))).collect();
        let periods: Vec<f64> = placed().map(|(_, mhz)| 1000.0 / mhz).collect();
        Some(Model {
            luts,
            registers: of(|used| used.registers, |term| term.registers)?,
            period: if sizes.is_empty() { None } else { shares(&sizes, &periods, PERIOD) },
        })
    }

    /// The estimate for a machine.
    pub fn predict(&self, config: &MachineConfig) -> Estimate {
        let luts = sum(&self.luts, config);
        let resources = Resources {
            luts: luts as u64,
            registers: sum(&self.registers, config) as u64,
            dsp: blocks::multipliers(config),
            bram: blocks::memories(config) + blocks::link(config, Host::of(config)),
            spram: blocks::single_ports(config),
        };
        let [one, doublings] = doublings(config, luts);
        let mhz = self.period.map(|[base, more]| 1000.0 / (base * one + more * doublings));
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
