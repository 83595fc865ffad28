//! The port to memory that takes time: bursts of words, asked for once.

use bitladder_rtl::{BIT, Bundle, BundlePort, Sig, uint};

use crate::BlockError;
use crate::check::within;

/// Size of a memory port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPortConfig {
    /// Bits of a word: 16, 32, 64 or 128.
    pub data_bits: u32,
    /// Bits of the number of a word, 4 to 31.
    pub address_bits: u32,
}

impl MemoryPortConfig {
    pub(crate) fn validate(self) -> Result<(), BlockError> {
        within("memory_port.address_bits", self.address_bits, 4..=31)?;
        if [16, 32, 64, 128].contains(&self.data_bits) {
            return Ok(());
        }
        let (key, value) = ("memory_port.data_bits", i64::from(self.data_bits));
        Err(BlockError::Range { key, value, allowed: "16, 32, 64 or 128".into() })
    }

    /// Bytes of a word.
    pub fn bytes(self) -> u32 {
        self.data_bits / 8
    }

    /// The bundle of the port, seen from who asks.
    ///
    /// | field | direction | meaning |
    /// |---|---|---|
    /// | `valid`, `ready` | request, response | a request moves where both are set |
    /// | `write`, `address`, `length` | request | what is asked for: words from `address` on, `length` + 1 of them; no end of a burst, page or memory has to be looked at, but the last word must exist |
    /// | `write_valid`, `write_data`, `write_ready` | request, request, response | stream of the words to write, in the order of the requests |
    /// | `read_valid`, `read_data` | response | the words read, in order; **who asks takes each at once** |
    /// | `error` | response | something of this or an earlier request failed; a read word may come with it |
    /// | `idle` | response | all that was asked for is done |
    ///
    /// ```text
    /// clk          _/~\_/~\_/~\_/~\_/~\_/~\_
    /// valid        /~~~\____________________    length = 1
    /// ready        ~~~~~\__________/~~~~~~~~
    /// read_valid   _____________/~~~~~~~\___
    /// read_data                 <A  ><A+1>
    /// idle         ~~~~~\______________/~~~~
    /// ```
    pub fn bundle(self) -> Bundle {
        let (word, address) = (uint(self.data_bits), uint(self.address_bits));
        Bundle::new()
            .forward("valid", BIT, "there is a request")
            .forward("write", BIT, "words are to be written")
            .forward("address", address, "number of the first word")
            .forward("length", address, "words less one")
            .forward("write_valid", BIT, "a word to write is offered")
            .forward("write_data", word, "the word")
            .backward("ready", BIT, "the request is taken")
            .backward("write_ready", BIT, "the word to write is taken")
            .backward("read_valid", BIT, "a word was read; it must be taken")
            .backward("read_data", word, "the word")
            .backward("error", BIT, "something failed")
            .backward("idle", BIT, "all that was asked for is done")
    }
}

/// A memory port as ports of the module under construction.
pub(super) struct MemoryPort<'m>(pub(super) BundlePort<'m>);

impl<'m> MemoryPort<'m> {
    pub(super) fn get(&self, field: &str) -> Sig<'m> {
        self.0.get(field).expect("a field of the memory port")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_no_memory_has_are_refused() {
        let text = |data_bits, address_bits| {
            MemoryPortConfig { data_bits, address_bits }.validate().unwrap_err().to_string()
        };
        let wanted = "`memory_port.data_bits` = 24 is out of range: 16, 32, 64 or 128";
        assert_eq!(text(24, 20), wanted);
        assert_eq!(text(16, 32), "`memory_port.address_bits` = 32 is out of range: 4 to 31");
    }
}
