//! What a running design takes, from what it is made of.

use bitladder_fpga::Resources;
use bitladder_machine::Family;
use serde::Deserialize;
use thiserror::Error;

const MODELS: &str = include_str!("../../models/energy.toml");

/// Assumptions about a family: power at rest, and energy per cell and cycle. They compare
/// precisions and configurations on one device; no open tool measures these devices.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyModel {
    /// Power at rest.
    pub static_milliwatts: f64,
    /// Picojoules per lookup table and cycle.
    pub lut: f64,
    /// Picojoules per flip-flop and cycle.
    pub register: f64,
    /// Picojoules per multiplier block and cycle.
    pub dsp: f64,
    /// Picojoules per block memory and cycle.
    pub bram: f64,
    /// Picojoules per large memory and cycle.
    pub spram: f64,
}

/// Assumptions that cannot be read.
#[derive(Debug, Error)]
pub enum ModelError {
    /// Not TOML, or unknown or missing keys.
    #[error("energy.toml: {0}")]
    Syntax(#[from] toml::de::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Models {
    ecp5: EnergyModel,
    ice40: EnergyModel,
    gowin: EnergyModel,
}

impl EnergyModel {
    /// The assumptions about a family; a generic machine is taken for an ECP5.
    pub fn of(family: Family) -> Result<EnergyModel, ModelError> {
        let models: Models = toml::from_str(MODELS)?;
        Ok(match family {
            Family::Generic | Family::Ecp5 => models.ecp5,
            Family::Ice40 => models.ice40,
            Family::Gowin => models.gowin,
        })
    }

    /// Energy of so many cycles at a frequency.
    pub fn joules(&self, used: &Resources, cycles: u64, mhz: f64) -> f64 {
        let parts = [
            (self.lut, used.luts),
            (self.register, used.registers),
            (self.dsp, used.dsp),
            (self.bram, used.bram),
            (self.spram, used.spram),
        ];
        let per_cycle: f64 = parts.iter().map(|(each, count)| each * *count as f64).sum();
        let seconds = cycles as f64 / (mhz * 1e6);
        cycles as f64 * per_cycle * 1e-12 + self.static_milliwatts * 1e-3 * seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_is_rest_and_work() {
        let model = EnergyModel {
            static_milliwatts: 10.0,
            lut: 1.0,
            register: 0.0,
            dsp: 100.0,
            bram: 0.0,
            spram: 0.0,
        };
        let used = Resources { luts: 900, dsp: 1, ..Resources::default() };
        // A second at 1 MHz: 1000 pJ a million times, and 10 mW.
        let joules = model.joules(&used, 1_000_000, 1.0);
        assert!((joules - (0.001 + 0.010)).abs() < 1e-9, "{joules}");
    }

    #[test]
    fn every_family_has_assumptions() {
        for family in [Family::Generic, Family::Ecp5, Family::Ice40, Family::Gowin] {
            let model = EnergyModel::of(family).unwrap();
            assert!(model.lut > 0.0 && model.static_milliwatts > 0.0, "{family:?}");
        }
    }
}
