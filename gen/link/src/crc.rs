//! CRC-32 as in zip and Ethernet.

/// The polynomial, lowest power on top.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// The register after each value of a nibble.
const NIBBLES: [u32; 16] = {
    let mut table = [0; 16];
    let mut index = 0;
    while index < 16 {
        let mut state = index as u32;
        let mut bit = 0;
        while bit < 4 {
            state = (state >> 1) ^ if state & 1 == 1 { POLYNOMIAL } else { 0 };
            bit += 1;
        }
        table[index] = state;
        index += 1;
    }
    table
};

/// A checksum under way. The table of 16 words suits small hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crc(u32);

impl Crc {
    /// What the register holds after data and their checksum.
    const RESIDUE: u32 = 0xdebb_20e3;

    pub(crate) const fn new() -> Self {
        Self(u32::MAX)
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        for nibble in [byte & 15, byte >> 4] {
            let index = (self.0 ^ u32::from(nibble)) & 15;
            self.0 = (self.0 >> 4) ^ NIBBLES[index as usize];
        }
    }

    /// The checksum of all bytes so far.
    pub(crate) fn value(self) -> u32 {
        !self.0
    }

    /// Whether the bytes so far end with the checksum of those before.
    pub(crate) fn closes(self) -> bool {
        self.0 == Self::RESIDUE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_usual_checksum() {
        let mut crc = Crc::new();
        let text: Vec<u8> = (0..1000u32).map(|i| (i * i / 7) as u8).collect();
        for (index, byte) in text.iter().enumerate() {
            assert_eq!(crc.value(), crc32fast::hash(&text[..index]));
            crc.byte(*byte);
        }
        assert!(!crc.closes());
        crc.value().to_le_bytes().iter().for_each(|byte| crc.byte(*byte));
        assert!(crc.closes());
    }
}
