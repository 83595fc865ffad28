//! Sizes of a link's device side.

use bitladder_link_format::{
    LEAST_PACKET_BYTES, MOST_PACKET_BYTES, MOST_WINDOW, OVERHEAD_WORDS, VERSION, body_words,
    welcome,
};
use bitladder_rtl::{Ty, address_width, uint};

use crate::BlockError;
use crate::check::within;

/// What a [`packet_engine`](fn@super::packet_engine) is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkConfig {
    /// Room for a packet: a power of two from 128 to 4096. Of `n` bytes, `n / 4 - 16` words are
    /// body.
    pub packet_bytes: u32,
    /// Requests that may be under way: a power of two from 2 to 16. Requests and answers take
    /// `window * packet_bytes` of block RAM each.
    pub window: u32,
    /// Bits of a word address on the register bus, 1 to 14.
    pub address_bits: u32,
    /// Byte address of the register that events carry.
    pub status: u32,
    /// First 32 bits of the hash of the machine's configuration.
    pub config_hash: u32,
}

/// Refuses what is no power of two.
fn power_of_two(key: &'static str, value: u32, lo: u32, hi: u32) -> Result<(), BlockError> {
    if value.is_power_of_two() && (lo..=hi).contains(&value) {
        return Ok(());
    }
    let allowed = format!("a power of two from {lo} to {hi}");
    Err(BlockError::Range { key, value: value.into(), allowed })
}

impl LinkConfig {
    pub(super) fn validate(&self) -> Result<(), BlockError> {
        let (least, most) = (LEAST_PACKET_BYTES, MOST_PACKET_BYTES);
        power_of_two("link.packet_bytes", self.packet_bytes, least, most)?;
        power_of_two("link.window", self.window, 2, MOST_WINDOW)?;
        within("link.address_bits", self.address_bits, 1..=14)?;
        within("link.status", self.status / 4, 0..=(1 << self.address_bits) - 1)
    }

    /// Words of the longest packet, CRC included.
    pub(super) fn longest(&self) -> u32 {
        self.body_words() + OVERHEAD_WORDS
    }

    /// Words of the longest body.
    pub(super) fn body_words(&self) -> u32 {
        body_words(self.packet_bytes as usize) as u32
    }

    /// A word within a request.
    pub(super) fn word(&self) -> Ty {
        uint((self.packet_bytes / 4).ilog2())
    }

    /// The number of a packet in the window.
    pub(super) fn slot(&self) -> Ty {
        uint(self.window.ilog2())
    }

    /// A byte among all answers.
    pub(super) fn answer(&self) -> Ty {
        uint(address_width((self.window * self.packet_bytes) as usize))
    }

    /// What `welcome` says about these sizes.
    pub(super) fn limits(&self) -> u32 {
        welcome::VERSION.put(VERSION)
            | welcome::WINDOW.put(self.window)
            | welcome::PACKET_WORDS.put(self.body_words())
    }

    /// What differs between devices of one size.
    pub(super) fn identity(&self) -> String {
        format!("a{}_{:x}_{:08x}", self.address_bits, self.status, self.config_hash)
    }

    pub(super) fn tag(&self) -> String {
        format!("p{}_w{}", self.packet_bytes, self.window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_link_format::frame_bytes;

    const GOOD: LinkConfig =
        LinkConfig { packet_bytes: 512, window: 4, address_bits: 6, status: 0x14, config_hash: 1 };

    #[test]
    fn what_cannot_be_built_names_key_and_range() {
        let text = |config: LinkConfig| config.validate().unwrap_err().to_string();
        assert!(GOOD.validate().is_ok());
        let bytes = text(LinkConfig { packet_bytes: 500, ..GOOD });
        let wanted = "`link.packet_bytes` = 500 is out of range: a power of two from 128 to 4096";
        assert_eq!(bytes, wanted);
        let window = text(LinkConfig { window: 1, ..GOOD });
        assert_eq!(window, "`link.window` = 1 is out of range: a power of two from 2 to 16");
        let bits = text(LinkConfig { address_bits: 15, ..GOOD });
        assert_eq!(bits, "`link.address_bits` = 15 is out of range: 1 to 14");
        let status = text(LinkConfig { status: 256, ..GOOD });
        assert_eq!(status, "`link.status` = 64 is out of range: 0 to 63");
    }

    #[test]
    fn the_longest_answer_and_a_short_one_share_a_slot() {
        let mut bytes = LEAST_PACKET_BYTES;
        while bytes <= MOST_PACKET_BYTES {
            let words = LinkConfig { packet_bytes: bytes, ..GOOD }.body_words() as usize + 1;
            // The delimiter in front is not stored.
            let longest = frame_bytes(words) - 1;
            assert!(longest + super::super::ASIDE_BYTES as usize <= bytes as usize, "{bytes}");
            bytes *= 2;
        }
        assert!(frame_bytes(1 + welcome::WORDS) <= super::super::ASIDE_BYTES as usize);
    }
}
