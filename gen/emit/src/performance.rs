//! What a machine does per second, precision by precision.

mod energy;

use bitladder_fpga::Resources;
use bitladder_machine::isa::Mode;
use bitladder_machine::{CycleReport, MachineConfig, compile_package, cycles};
use bitladder_package::Package;
use serde::{Deserialize, Serialize};

pub use energy::{EnergyModel, ModelError};

use crate::BuildError;

/// The most a machine can do in a mode: two operations per multiplication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// The mode.
    pub mode: Mode,
    /// Multiplications per cycle.
    pub macs_per_cycle: usize,
    /// Billions of operations per second.
    pub gops: f64,
}

/// What a machine does with a network in one precision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// The precision's name in the package.
    pub precision: String,
    /// Images that run together.
    pub batch: usize,
    /// Cycles per batch, by the cycle model.
    pub cycles: u64,
    /// Billions of operations per second that the array could do in the modes of the layers.
    pub peak_gops: f64,
    /// Those that the network asks for.
    pub achieved_gops: f64,
    /// Images per second.
    pub images_per_second: f64,
    /// Energy per image by the [`EnergyModel`]: an estimate, not a measurement.
    pub microjoules_per_image: f64,
}

/// The peaks of all modes.
pub fn peaks(config: &MachineConfig, mhz: f64) -> Vec<Peak> {
    let peak = |mode: &Mode| {
        let macs_per_cycle = config.array.peak_macs(*mode);
        Peak { mode: *mode, macs_per_cycle, gops: 2.0 * macs_per_cycle as f64 * mhz / 1e3 }
    };
    config.array.modes.iter().map(peak).collect()
}

/// All precisions of a package at a frequency.
pub fn performances(
    package: &Package,
    (config, mhz): (&MachineConfig, f64),
    batch: usize,
    used: &Resources,
) -> Result<Vec<Performance>, BuildError> {
    let image = compile_package(package, config, batch)?;
    let model = EnergyModel::of(config.family)?;
    let of = |program| Ok(one(&cycles(program, config)?, mhz, &model, used));
    image.programs.iter().map(of).collect()
}

fn one(report: &CycleReport, mhz: f64, model: &EnergyModel, used: &Resources) -> Performance {
    let seconds = report.cycles as f64 / (mhz * 1e6);
    let gops = |macs: u64| 2.0 * macs as f64 / seconds / 1e9;
    // While layers without weights run, the array waits in no mode: their cycles count at the
    // peak of the computing ones.
    let computing = report.layers.iter().filter(|layer| layer.peak_macs > 0);
    let (peak, busy) =
        computing.fold((0, 0), |(peak, busy), layer| (peak + layer.peak_macs, busy + layer.cycles));
    let per_cycle = peak as f64 / busy.max(1) as f64;
    let batch = report.batch as f64;
    Performance {
        precision: report.program.clone(),
        batch: report.batch,
        cycles: report.cycles,
        peak_gops: 2.0 * per_cycle * mhz / 1e3,
        achieved_gops: gops(report.macs),
        images_per_second: batch / seconds,
        microjoules_per_image: model.joules(used, report.cycles, mhz) / batch * 1e6,
    }
}
