//! Time and energy per image.

use bitladder_control::Platform;
use bitladder_control::platform::Precision as Priced;
use bitladder_emit::EnergyModel;
use bitladder_emit::estimate::Estimator;
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

/// Costs of all precisions, and the machine as a scheduler sees it, slowest clock first.
pub fn costs(
    config: &MachineConfig,
    precisions: &[Precision],
) -> Result<(Vec<Cost>, Platform), DemoError> {
    let fastest = config.clock.levels_mhz.iter().copied().max().map_or(1.0, f64::from);
    let model = EnergyModel::of(config.family)?;
    let used = Estimator::shipped()?.estimate(config)?.resources;
    let levels = LEVELS.map(|share| share * fastest);
    let at = |precision: &Precision, mhz: f64| {
        let images = precision.batch as f64;
        let seconds = precision.cycles as f64 / (mhz * 1e6) / images;
        let joules = model.joules(&used, precision.cycles, mhz) / images;
        (seconds, joules)
    };
    let cost = |precision: &Precision| {
        let (seconds, joules) = at(precision, fastest);
        Cost { seconds, microjoules: joules * 1e6 }
    };
    let priced = |precision: &Precision| {
        let all = levels.map(|mhz| at(precision, mhz));
        Priced {
            name: precision.name.clone(),
            top1: 100.0 * precision.accuracy,
            top5: None,
            seconds: all.iter().map(|(seconds, _)| *seconds).collect(),
            watts: all.iter().map(|(seconds, joules)| joules / seconds).collect(),
        }
    };
    let idle = model.static_milliwatts * 1e-3;
    let of_platform = precisions.iter().map(priced).collect();
    let platform = Platform::new(&config.name, levels.to_vec(), idle, of_platform)?;
    Ok((precisions.iter().map(cost).collect(), platform))
}
