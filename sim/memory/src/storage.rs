//! What memories hold, and when they answer.

use bitladder_spec::SplitMix64;

/// Words of a memory.
#[derive(Debug, Clone)]
pub struct Words {
    words: Vec<u64>,
    mask: u64,
}

impl Words {
    pub(crate) fn new(count: usize, bits: u32) -> Self {
        Self { words: vec![0; count], mask: u64::MAX >> (64 - bits) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// A word; `None` beyond the end.
    pub fn get(&self, address: usize) -> Option<u64> {
        self.words.get(address).copied()
    }

    /// Writes a word; `false` beyond the end.
    pub fn set(&mut self, address: usize, word: u64) -> bool {
        let place = self.words.get_mut(address);
        place.map(|place| *place = word & self.mask).is_some()
    }

    /// Inverts a bit of a word, as a disturbed cell would; `false` beyond the end.
    pub fn flip(&mut self, address: usize, bit: u32) -> bool {
        let word = self.get(address).map(|word| word ^ 1 << bit);
        word.is_some_and(|word| self.set(address, word))
    }
}

/// When a memory lets its master wait.
#[derive(Debug, Clone)]
pub struct Stalls {
    noise: SplitMix64,
    eagerness: u64,
}

impl Stalls {
    /// Chance in 8 that a cycle moves on; 8 never stalls.
    pub fn new(seed: u64, eagerness: u64) -> Self {
        Self { noise: SplitMix64::new(seed), eagerness }
    }

    pub(crate) fn goes(&mut self) -> bool {
        self.noise.below(8) < self.eagerness
    }
}
