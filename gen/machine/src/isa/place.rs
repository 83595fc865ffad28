//! Where a field lies.

use thiserror::Error;

/// Position of a field within 32-bit words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldPlace {
    /// The field's name.
    pub name: &'static str,
    /// The word its lowest bit is in.
    pub word: u32,
    /// Its lowest bit in that word.
    pub bit: u32,
    /// Its width; it may reach into the next word.
    pub width: u32,
    /// Whether it is two's complement.
    pub signed: bool,
}

/// A descriptor that cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DescriptorError {
    /// A value too large for its field.
    #[error("descriptor field `{field}` is {value}, allowed is {lo} to {hi}")]
    Range {
        /// The field.
        field: &'static str,
        /// The value.
        value: i64,
        /// Smallest value.
        lo: i64,
        /// Largest value.
        hi: i64,
    },
    /// A code that stands for nothing.
    #[error("descriptor field `{field}` holds {value}, which has no meaning")]
    Code {
        /// The field.
        field: &'static str,
        /// The code.
        value: i64,
    },
}

impl FieldPlace {
    /// The lowest bit, counted over all words.
    pub const fn offset(&self) -> u32 {
        self.word * 32 + self.bit
    }

    /// Smallest and largest value.
    pub fn range(&self) -> (i64, i64) {
        match self.signed {
            true => (-(1 << (self.width - 1)), (1 << (self.width - 1)) - 1),
            false => (0, (1 << self.width) - 1),
        }
    }

    /// Puts a value into words, which must reach as far as the field does.
    pub fn insert(&self, words: &mut [u32], value: i64) -> Result<(), DescriptorError> {
        let (lo, hi) = self.range();
        if value < lo || value > hi {
            return Err(DescriptorError::Range { field: self.name, value, lo, hi });
        }
        for at in 0..self.width {
            let place = self.offset() + at;
            let bit = ((value >> at) & 1) as u32;
            let word = &mut words[(place / 32) as usize];
            *word = *word & !(1 << (place % 32)) | bit << (place % 32);
        }
        Ok(())
    }

    /// Reads the value in words, which must reach as far as the field does.
    pub fn extract(&self, words: &[u32]) -> i64 {
        let bit = |at: u32| {
            let place = self.offset() + at;
            i64::from(words[(place / 32) as usize] >> (place % 32) & 1)
        };
        let value = (0..self.width).fold(0, |value, at| value | bit(at) << at);
        let unused = if self.signed { 64 - self.width } else { 0 };
        value << unused >> unused
    }
}
