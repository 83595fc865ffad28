//! Layers as sums of memory accesses and operations.

use serde::Deserialize;

use super::{EnergyError, parse, positive};
use crate::LayerShape;

/// Bits of a full-precision number.
const FULL: f64 = 32.0;

/// How a layer computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// 32-bit float.
    Float,
    /// Integers of these widths, with a full-precision scale per output.
    Bits {
        /// Width of the weights.
        weights: u8,
        /// Width of what the layer reads and writes.
        values: u8,
    },
}

impl Precision {
    /// One width for everything.
    pub fn uniform(bits: u8) -> Self {
        Self::Bits { weights: bits, values: bits }
    }
}

/// Energies of accesses and operations, in picojoules.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    name: String,
    access_per_bit: f64,
    integer_multiply_32: f64,
    integer_add: f64,
    float_multiply: f64,
    float_add: f64,
}

impl Operations {
    /// 45 nm CMOS.
    pub fn shipped() -> Result<Self, EnergyError> {
        Self::from_toml(include_str!("../../models/cmos45.toml"), "cmos45.toml")
    }

    /// Reads a model; `file` is its name in messages.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, EnergyError> {
        let model: Self = parse(text, file)?;
        for (field, value) in [
            ("access_per_bit", model.access_per_bit),
            ("integer_multiply_32", model.integer_multiply_32),
            ("integer_add", model.integer_add),
            ("float_multiply", model.float_multiply),
            ("float_add", model.float_add),
        ] {
            positive(file, field, value)?;
        }
        Ok(model)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Energy of a layer for one image, in picojoules.
    ///
    /// A layer of integers reads its scales and applies them in float. Paper 003 has one width per
    /// layer; with two, each access costs its own width and a multiplication the wider one.
    pub fn picojoules(&self, layer: &LayerShape, precision: Precision) -> f64 {
        let [read, written, weights, multiplications] =
            [layer.read(), layer.written(), layer.weights(), layer.multiplications()]
                .map(|number| number as f64);
        let float = self.float_multiply + self.float_add;
        match precision {
            Precision::Float => {
                (read + written + weights) * self.access_per_bit * FULL + multiplications * float
            }
            Precision::Bits { weights: weight_bits, values } => {
                let (narrow, wide) = (f64::from(weight_bits), f64::from(values));
                let accessed = (read + written) * wide + weights * narrow;
                let multiply = self.integer_multiply_32 * narrow.max(wide) / FULL;
                accessed * self.access_per_bit
                    + layer.outputs as f64 * self.access_per_bit * FULL
                    + written * float
                    + multiplications * (multiply + self.integer_add)
            }
        }
    }

    /// Energy of layers with a precision each.
    pub fn network<'a>(
        &self,
        layers: impl IntoIterator<Item = (&'a LayerShape, Precision)>,
    ) -> f64 {
        layers.into_iter().map(|(layer, precision)| self.picojoules(layer, precision)).sum()
    }
}

impl Precision {
    /// Bits a layer's weights take, with a 32-bit scale per output for integers.
    pub fn memory_bits(self, layer: &LayerShape) -> u64 {
        match self {
            Self::Float => 32 * layer.weights(),
            Self::Bits { weights, .. } => {
                u64::from(weights) * layer.weights() + 32 * layer.outputs as u64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_by_hand() {
        let model = Operations::shipped().unwrap();
        let layer = LayerShape::dense("fc", 10, 2);
        let float = model.picojoules(&layer, Precision::Float);
        assert!((float - (32.0 * 80.0 + 20.0 * 4.6)).abs() < 1e-9, "{float}");
        let two = model.picojoules(&layer, Precision::uniform(2));
        let wanted = 32.0 * 5.0 + 2.0 * 80.0 + 2.0 * 4.6 + 20.0 * (3.1 / 16.0 + 0.1);
        assert!((two - wanted).abs() < 1e-9, "{two}");
        let mixed = Precision::Bits { weights: 4, values: 8 };
        assert!(model.picojoules(&layer, mixed) < model.picojoules(&layer, Precision::uniform(8)));
        assert!(model.picojoules(&layer, mixed) > model.picojoules(&layer, Precision::uniform(4)));
        assert_eq!((Precision::Float.memory_bits(&layer), mixed.memory_bits(&layer)), (640, 144));
    }

    #[test]
    fn a_missing_energy_is_named() {
        let text = include_str!("../../models/cmos45.toml");
        let text = text.replace("integer_add = 0.1", "integer_add = nan");
        let message = Operations::from_toml(&text, "own.toml").unwrap_err().to_string();
        assert_eq!(message, "own.toml: integer_add is NaN; give a finite number above zero");
    }
}
