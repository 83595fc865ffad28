//! A tile of neurons with a number of synapses each: paper 004.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{EnergyError, parse, positive};
use crate::{LayerKind, LayerShape};

/// The precision that computes in floating point.
const FLOAT: &str = "float";

/// The tile and its power at each precision.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    name: String,
    neurons: u32,
    synapses: u32,
    megahertz: f64,
    #[serde(default, rename = "precision")]
    precisions: Vec<TilePrecision>,
}

/// A precision the tile can be built for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TilePrecision {
    /// Its name.
    pub name: String,
    /// Width of the weights.
    pub weights: u8,
    /// Width of the inputs.
    pub inputs: u8,
    /// Power.
    pub milliwatts: f64,
    /// Area.
    pub square_millimetres: f64,
    /// Power that is not drawn while images are processed, per data set.
    offset: BTreeMap<String, f64>,
}

impl Tile {
    /// The accelerator in 65 nm.
    pub fn shipped() -> Result<Self, EnergyError> {
        Self::from_toml(include_str!("../../models/tile65.toml"), "tile65.toml")
    }

    /// Reads a model; `file` is its name in messages.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, EnergyError> {
        let tile: Self = parse(text, file)?;
        positive(file, "neurons", f64::from(tile.neurons))?;
        positive(file, "synapses", f64::from(tile.synapses))?;
        positive(file, "megahertz", tile.megahertz)?;
        if tile.precisions.is_empty() {
            return Err(EnergyError::NoRows { file: file.to_owned(), field: "precision" });
        }
        for precision in &tile.precisions {
            positive(file, "milliwatts", precision.milliwatts)?;
            for offset in precision.offset.values() {
                positive(file, "milliwatts - offset", precision.milliwatts - offset)?;
            }
        }
        Ok(tile)
    }

    /// Its precisions.
    pub fn precisions(&self) -> &[TilePrecision] {
        &self.precisions
    }

    /// A precision by name.
    pub fn precision(&self, name: &str) -> Result<&TilePrecision, EnergyError> {
        self.precisions.iter().find(|precision| precision.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.precisions.iter().map(|p| p.name.as_str()).collect();
            self.unknown("precision", name, &known)
        })
    }

    /// The precision of least power that holds weights and inputs of these widths. `coded` weights
    /// (powers of two, signs) can have a precision of their own width, all others need multipliers,
    /// which here are as wide as the inputs.
    pub fn holding(
        &self,
        weights: u8,
        inputs: u8,
        coded: bool,
    ) -> Result<&TilePrecision, EnergyError> {
        let multiplies = |p: &&TilePrecision| p.weights == p.inputs && p.name != FLOAT;
        let own = |p: &&TilePrecision| coded && !multiplies(p) && p.weights == weights;
        let holds = |p: &&TilePrecision| {
            (multiplies(p) || own(p)) && p.weights >= weights && p.inputs >= inputs
        };
        let least = |a: &&TilePrecision, b: &&TilePrecision| a.milliwatts.total_cmp(&b.milliwatts);
        self.precisions.iter().filter(holds).min_by(least).ok_or_else(|| EnergyError::Width {
            model: self.name.clone(),
            bits: weights.max(inputs),
            widest: self.precisions.iter().filter(multiplies).map(|p| p.weights).max().unwrap_or(0),
        })
    }

    /// Cycles for one image; they do not depend on the precision. A convolution fills whole groups
    /// of synapses with the taps of one kernel; outputs share neurons without loss.
    pub fn cycles(&self, layers: &[LayerShape]) -> f64 {
        let (neurons, synapses) = (f64::from(self.neurons), f64::from(self.synapses));
        let of = |layer: &LayerShape| match layer.kind {
            LayerKind::Dense => layer.weights() as f64 / (neurons * synapses),
            LayerKind::Convolution => {
                let taps = (layer.kernel[0] * layer.kernel[1]) as f64;
                let inputs = (layer.inputs / layer.groups.max(1)) as f64;
                layer.written() as f64 * inputs * (taps / synapses).ceil() / neurons
            }
        };
        layers.iter().map(of).sum()
    }

    /// Energy of some cycles at a precision, in microjoules, with the offset of a data set.
    pub fn microjoules(
        &self,
        precision: &str,
        data: &str,
        cycles: f64,
    ) -> Result<f64, EnergyError> {
        let found = self.precision(precision)?;
        let offset = found.offset.get(data).ok_or_else(|| {
            let known: Vec<&str> = found.offset.keys().map(String::as_str).collect();
            self.unknown("data set", data, &known)
        })?;
        // Milliwatts times microseconds are nanojoules.
        Ok((found.milliwatts - offset) * cycles / self.megahertz / 1000.0)
    }

    fn unknown(&self, what: &'static str, name: &str, known: &[&str]) -> EnergyError {
        let (model, name, known) = (self.name.clone(), name.to_owned(), known.join(", "));
        EnergyError::Unknown { model, what, name, known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_answered_with_the_known() {
        let tile = Tile::shipped().unwrap();
        let message = tile.microjoules("5", "mnist", 1.0).unwrap_err().to_string();
        let names = "float, 32, 16, 8, 4, pow2a16, binarya16";
        assert_eq!(message, format!("tile65: no precision is called `5`; it has {names}"));
        let message = tile.microjoules("8", "imagenet", 1.0).unwrap_err().to_string();
        assert!(message.ends_with("it has cifar10, mnist, other, svhn"), "{message}");
    }

    #[test]
    fn the_cheapest_precision_that_holds_the_widths() {
        let tile = Tile::shipped().unwrap();
        let name =
            |(weights, inputs, coded)| tile.holding(weights, inputs, coded).unwrap().name.as_str();
        assert_eq!(
            [(8, 8, false), (4, 8, false), (7, 16, false), (2, 2, false)].map(name),
            ["8", "8", "16", "4"]
        );
        // A weight of six bits is no power of two, and one of a bit is less than four.
        assert_eq!(
            [(6, 16, true), (6, 16, false), (1, 16, true), (1, 4, true)].map(name),
            ["pow2a16", "16", "binarya16", "binarya16"]
        );
        let message = tile.holding(33, 1, false).unwrap_err().to_string();
        assert_eq!(message, "tile65: no width of 33 bits; its widest is 32");
    }

    #[test]
    fn an_offset_above_the_power_is_refused() {
        let text = include_str!("../../models/tile65.toml").replace("111.17", "13.0");
        let message = Tile::from_toml(&text, "own.toml").unwrap_err().to_string();
        assert_eq!(message, "own.toml: milliwatts - offset is -1; give a finite number above zero");
    }
}
