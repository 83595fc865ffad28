//! Power per width at one throughput.

use bitladder_control::escalate::relative_energy;
use serde::Deserialize;

use super::{EnergyError, parse, positive};
use crate::LayerShape;

/// Power of a chip per width, at equal throughput.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerTable {
    name: String,
    gops: f64,
    #[serde(default, rename = "width")]
    widths: Vec<WidthPower>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct WidthPower {
    bits: u8,
    milliwatts: f64,
}

impl PowerTable {
    /// The Envision chip.
    pub fn shipped() -> Result<Self, EnergyError> {
        Self::from_toml(include_str!("../../models/envision.toml"), "envision.toml")
    }

    /// Reads a table; `file` is its name in messages.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, EnergyError> {
        let mut table: Self = parse(text, file)?;
        positive(file, "gops", table.gops)?;
        for width in &table.widths {
            positive(file, "milliwatts", width.milliwatts)?;
        }
        if table.widths.is_empty() {
            return Err(EnergyError::NoRows { file: file.to_owned(), field: "width" });
        }
        table.widths.sort_by_key(|width| width.bits);
        Ok(table)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Power for numbers of `bits` bits: that of the narrowest width which holds them.
    pub fn milliwatts(&self, bits: u8) -> Result<f64, EnergyError> {
        let found = self.widths.iter().find(|width| width.bits >= bits);
        found.map(|width| width.milliwatts).ok_or_else(|| EnergyError::Width {
            model: self.name.clone(),
            bits,
            widest: self.widths.last().map_or(0, |width| width.bits),
        })
    }

    /// Energy of some layers for one image, at one width, in picojoules. A multiplication and its
    /// addition are two operations.
    pub fn picojoules(&self, layers: &[LayerShape], bits: u8) -> Result<f64, EnergyError> {
        let operations = 2 * layers.iter().map(LayerShape::multiplications).sum::<u64>();
        Ok(self.milliwatts(bits)? / self.gops * operations as f64)
    }

    /// Energy of a ladder relative to its widest width: pairs of a width and the share of images
    /// that reach it, from narrow to wide. 0 for no widths.
    pub fn cascade(&self, reached: &[(u8, f64)]) -> Result<f64, EnergyError> {
        let power = |(bits, share): &(u8, f64)| Ok((self.milliwatts(*bits)?, *share));
        let widths = reached.iter().map(power).collect::<Result<Vec<_>, EnergyError>>()?;
        Ok(relative_energy(&widths).unwrap_or(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_in_between_cost_as_the_next_wider() {
        let table = PowerTable::shipped().unwrap();
        let found = [1, 4, 5, 8, 9, 16].map(|bits| table.milliwatts(bits).unwrap());
        assert_eq!(found, [7.6, 7.6, 56.0, 56.0, 290.0, 290.0]);
        let message = table.milliwatts(17).unwrap_err().to_string();
        assert_eq!(message, "envision: no width of 17 bits; its widest is 16");
    }

    #[test]
    fn energy_is_power_over_throughput_times_operations() {
        let table = PowerTable::shipped().unwrap();
        let layers = [LayerShape::dense("fc", 19, 10)];
        assert!((table.picojoules(&layers, 8).unwrap() - 280.0).abs() < 1e-9);
    }

    #[test]
    fn broken_tables_are_refused_by_name() {
        let refusal = |text| PowerTable::from_toml(text, "x.toml").unwrap_err().to_string();
        assert_eq!(
            refusal("name='x'\ngops=0.0"),
            "x.toml: gops is 0; give a finite number above zero"
        );
        let none = refusal("name='x'\ngops=1.0");
        assert_eq!(none, "x.toml: there is no [[width]]; give at least one");
        let negative = refusal("name='x'\ngops=1.0\n[[width]]\nbits=8\nmilliwatts=-1.0");
        assert!(negative.contains("milliwatts is -1"), "{negative}");
        let odd = refusal("name='x'\ngops=1.0\nspeed=2");
        assert!(odd.starts_with("x.toml: ") && odd.contains("speed"), "{odd}");
    }
}
