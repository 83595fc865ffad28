//! Checksums of memory contents, as the machine computes them.

use crate::compile::Memories;
use crate::isa::memory;

/// CRC-32 (IEEE 802.3) of words, low byte first.
pub(crate) fn of_words(words: &[u16]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    words.iter().for_each(|word| hasher.update(&word.to_le_bytes()));
    hasher.finalize()
}

/// What a memory must hold from its first transfer on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    /// The memory's code.
    pub memory: u32,
    /// Transfers of 32 bits.
    pub transfers: usize,
    /// Their CRC-32, each transfer low byte first.
    pub crc: u32,
}

impl Memories {
    /// Checksums of all that is to be loaded, for the machine's command `check`. Memories that
    /// stay empty are left out.
    pub fn checksums(&self) -> Vec<Checksum> {
        let bytes = |memory, bytes: Vec<u8>| {
            let mut bytes = bytes;
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            Checksum { memory, transfers: bytes.len() / 4, crc: crc32fast::hash(&bytes) }
        };
        let words = |words: &[u16]| words.iter().flat_map(|word| word.to_le_bytes()).collect();
        [
            bytes(memory::PROGRAM, self.program.iter().flat_map(|w| w.to_le_bytes()).collect()),
            bytes(memory::WEIGHT, words(&self.weights)),
            bytes(
                memory::PARAMETER,
                self.parameters.iter().flat_map(|e| e.to_le_bytes()).collect(),
            ),
            bytes(memory::EXTERNAL, words(&self.external)),
        ]
        .into_iter()
        .filter(|checksum| checksum.transfers > 0)
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_the_checksums_of_their_bytes() {
        assert_eq!(of_words(&[0x3231, 0x3433, 0x3635, 0x3837]), crc32fast::hash(b"12345678"));
        let memories = Memories {
            program: vec![0x3433_3231],
            weights: vec![0x3231, 0x3433, 0x3635],
            parameters: Vec::new(),
            external: vec![1, 2],
        };
        let all = memories.checksums();
        let codes: Vec<_> = all.iter().map(|sum| (sum.memory, sum.transfers)).collect();
        assert_eq!(codes, [(memory::PROGRAM, 1), (memory::WEIGHT, 2), (memory::EXTERNAL, 1)]);
        assert_eq!(all[0].crc, crc32fast::hash(b"1234"));
        assert_eq!(all[1].crc, crc32fast::hash(b"123456\0\0"));
    }
}
