//! Time and energy per image.

use bitladder_control::Platform;
use bitladder_control::platform::Precision as Priced;
use bitladder_emit::EnergyModel;
use bitladder_emit::estimate::Estimator;
use bitladder_fpga::Resources;
use bitladder_machine::MachineConfig;
use serde::{Deserialize, Serialize};

use crate::DemoError;
use crate::check::Precision;

/// What an image costs at the fastest clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds.
    pub seconds: f64,
    /// Microjoules, by the energy model: an estimate.
    pub microjoules: f64,
}

/// Clock levels of the schedule, as shares of the fastest: a board's PLL and switch make a few.
const LEVELS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// What tells time and energy on a machine.
#[derive(Debug)]
pub struct Meter {
    machine: String,
    fastest_mhz: f64,
    energy: EnergyModel,
    used: Resources,
}

impl Meter {
    /// The meter of a machine.
    pub fn new(config: &MachineConfig) -> Result<Self, DemoError> {
        Ok(Self {
            machine: config.name.clone(),
            fastest_mhz: config.clock.levels_mhz.iter().copied().max().map_or(1.0, f64::from),
            energy: EnergyModel::of(config.family)?,
            used: Estimator::shipped()?.estimate(config)?.resources,
        })
    }

    /// Seconds and joules of an image at a clock.
    fn at(&self, precision: &Precision, mhz: f64) -> (f64, f64) {
        let images = precision.batch as f64;
        let seconds = precision.cycles as f64 / (mhz * 1e6) / images;
        (seconds, self.energy.joules(&self.used, precision.cycles, mhz) / images)
    }

    /// What an image costs at the fastest clock.
    pub fn cost(&self, precision: &Precision) -> Cost {
        let (seconds, joules) = self.at(precision, self.fastest_mhz);
        Cost { seconds, microjoules: joules * 1e6 }
    }

    /// The machine with these precisions as a scheduler sees it, slowest clock first.
    pub fn platform(&self, precisions: &[Precision]) -> Result<Platform, DemoError> {
        let levels = LEVELS.map(|share| share * self.fastest_mhz);
        let priced = |precision: &Precision| {
            let all = levels.map(|mhz| self.at(precision, mhz));
            Priced {
                name: precision.name.clone(),
                top1: 100.0 * precision.accuracy,
                top5: None,
                seconds: all.iter().map(|(seconds, _)| *seconds).collect(),
                watts: all.iter().map(|(seconds, joules)| joules / seconds).collect(),
            }
        };
        let idle = self.energy.static_milliwatts * 1e-3;
        let priced = precisions.iter().map(priced).collect();
        Ok(Platform::new(&self.machine, levels.to_vec(), idle, priced)?)
    }
}
