//! Any energy model, asked what a network takes in the formats of a plan.

use bitladder_quantize::{FormatPlan, WeightScheme};

use super::{Dram, EnergyError, Operations, PowerTable, Precision, Products, Tile};
use crate::LayerShape;
use crate::characterize::weight_bits;

/// An energy model of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum EnergyModel {
    /// Accesses and operations, layer by layer.
    Operations(Operations),
    /// Power at one throughput, by the wider of weights and inputs.
    Power(PowerTable),
    /// Cycles of a tile, at the precision that holds weights and inputs.
    Tile(Tile),
    /// Fetching the weights, and nothing else.
    Dram(Dram),
    /// The products in each format, as measured on our own lane.
    Products(Products),
}

/// Networks that the papers do not have draw all of a tile's power.
const ANY_DATA: &str = "other";

impl EnergyModel {
    /// Names of the models that come along.
    pub const NAMES: [&str; 5] = ["cmos45", "envision", "tile65", "dram", "osu018"];

    /// One that comes along, by its name; `None` if there is none.
    pub fn shipped(name: &str) -> Option<Result<Self, EnergyError>> {
        match name {
            "cmos45" => Some(Operations::shipped().map(Self::Operations)),
            "envision" => Some(PowerTable::shipped().map(Self::Power)),
            "tile65" => Some(Tile::shipped().map(Self::Tile)),
            "dram" => Some(Dram::shipped().map(Self::Dram)),
            "osu018" => Some(Products::shipped().map(Self::Products)),
            _ => None,
        }
    }

    /// Reads a model of any kind, told apart by their fields; `file` is its name in messages.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, EnergyError> {
        if text.contains("[[precision]]") {
            Tile::from_toml(text, file).map(Self::Tile)
        } else if text.contains("[[width]]") {
            PowerTable::from_toml(text, file).map(Self::Power)
        } else if text.contains("[[product]]") {
            Products::from_toml(text, file).map(Self::Products)
        } else if text.contains("picojoules_per_word") {
            Dram::from_toml(text, file).map(Self::Dram)
        } else {
            Operations::from_toml(text, file).map(Self::Operations)
        }
    }

    /// Picojoules per image when every layer has the widths a plan gives it.
    pub fn picojoules(&self, layers: &[LayerShape], plan: &FormatPlan) -> Result<f64, EnergyError> {
        layers.iter().map(|layer| self.layer(layer, plan)).sum()
    }

    fn layer(&self, layer: &LayerShape, plan: &FormatPlan) -> Result<f64, EnergyError> {
        let format = plan.of(&layer.name);
        let (weights, values) = (weight_bits(format.weights), format.input_bits);
        let coded = matches!(format.weights, WeightScheme::PowerOfTwo | WeightScheme::Binary);
        let alone = std::slice::from_ref(layer);
        match self {
            Self::Operations(model) => {
                Ok(model.picojoules(layer, Precision::Bits { weights, values }))
            }
            Self::Power(model) => model.picojoules(alone, weights.max(values)),
            Self::Tile(model) => {
                let precision = model.holding(weights, values, coded)?;
                Ok(1e6 * model.microjoules(&precision.name, ANY_DATA, model.cycles(alone))?)
            }
            Self::Products(model) => model.picojoules(layer, format),
            Self::Dram(model) => Ok(model.picojoules(u64::from(weights) * layer.weights())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_quantize::LayerFormat;

    fn shipped(name: &str) -> EnergyModel {
        EnergyModel::shipped(name).unwrap().unwrap()
    }

    #[test]
    fn every_model_counts_layers_with_their_own_widths() {
        let layers = [LayerShape::dense("a", 16, 16), LayerShape::dense("b", 16, 16)];
        for name in EnergyModel::NAMES {
            let model = shipped(name);
            let mut plan = FormatPlan::uniform(LayerFormat::fixed(8));
            let wide = model.picojoules(&layers, &plan).unwrap();
            plan.layers.insert("a".into(), LayerFormat::fixed(4));
            let mixed = model.picojoules(&layers, &plan).unwrap();
            let narrow =
                model.picojoules(&layers, &FormatPlan::uniform(LayerFormat::fixed(4))).unwrap();
            assert!((mixed - (wide + narrow) / 2.0).abs() < 1e-9 * wide, "{name}");
            assert!(narrow < mixed, "{name}");
        }
        assert!(EnergyModel::shipped("steam").is_none());
    }

    /// 256 products are one cycle of the tile, 512 operations of the chip, 64 words of memory.
    #[test]
    fn quantities_by_hand() {
        let layers = [LayerShape::dense("fc", 16, 16)];
        let plan = FormatPlan::uniform("w8a4".parse().unwrap());
        let of = |name| shipped(name).picojoules(&layers, &plan).unwrap();
        assert!((of("tile65") - 219.87 / 250.0 * 1e3).abs() < 1e-9, "{}", of("tile65"));
        assert!((of("envision") - 512.0 * 56.0 / 76.0).abs() < 1e-9);
        assert_eq!(of("dram"), 64.0 * 6400.0);
    }

    #[test]
    fn files_are_told_apart_by_their_fields() {
        for (name, text) in [
            ("cmos45", include_str!("../../models/cmos45.toml")),
            ("envision", include_str!("../../models/envision.toml")),
            ("tile65", include_str!("../../models/tile65.toml")),
            ("dram", include_str!("../../models/dram.toml")),
            ("osu018", include_str!("../../models/osu018.toml")),
        ] {
            assert_eq!(EnergyModel::from_toml(text, "own.toml").unwrap(), shipped(name));
        }
        let message = EnergyModel::from_toml("name = 'x'", "own.toml").unwrap_err().to_string();
        assert!(message.contains("missing field `access_per_bit`"), "{message}");
    }
}
