//! Transfers from external memory.

use serde::Deserialize;

use super::{EnergyError, parse, positive};

/// External memory with a fixed energy per word.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dram {
    name: String,
    word_bits: u32,
    picojoules_per_word: f64,
}

impl Dram {
    /// The memory of paper 002.
    pub fn shipped() -> Result<Self, EnergyError> {
        Self::from_toml(include_str!("../../models/dram.toml"), "dram.toml")
    }

    /// Reads a model; `file` is its name in messages.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, EnergyError> {
        let model: Self = parse(text, file)?;
        positive(file, "word_bits", f64::from(model.word_bits))?;
        positive(file, "picojoules_per_word", model.picojoules_per_word)?;
        Ok(model)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Energy of reading that many bits, in picojoules; a word can be shared by what comes next.
    pub fn picojoules(&self, bits: u64) -> f64 {
        bits as f64 / f64::from(self.word_bits) * self.picojoules_per_word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_cost_their_share_of_a_word() {
        let dram = Dram::shipped().unwrap();
        assert_eq!((dram.picojoules(32), dram.picojoules(8)), (6400.0, 1600.0));
        let text = "name='x'\nword_bits=0\npicojoules_per_word=1.0";
        let message = Dram::from_toml(text, "x.toml").unwrap_err().to_string();
        assert_eq!(message, "x.toml: word_bits is 0; give a finite number above zero");
    }
}
