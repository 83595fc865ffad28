//! A memory with one write port and one read port.
//!
//! Maps to block RAM: 1,024 words of 16 bits are exactly one DP16KD (ECP5) or one BSRAM (Gowin),
//! 256 words of 16 bits exactly one SB_RAM40_4K (iCE40), with no logic around it (but an inverter
//! for iCE40's write mask) as long as `policy` is [`ReadDuringWrite::DontCare`].
//!
//! | port | meaning |
//! |---|---|
//! | `write_mask` | one bit per lane: write it at this edge |
//! | `write_address`, `write_data` | where and what |
//! | `read_enable` | read at this edge; the data stays otherwise |
//! | `read_address`, `read_data` | where, and the word one edge later |
//!
//! ```text
//! clk           _/~\_/~\_/~\_
//! read_enable   ~~~~~\_______
//! read_address  <A  >
//! read_data          <word A
//! ```
//!
//! ```
//! # use bitladder_blocks::memory::{RamConfig, ram};
//! let weights = RamConfig { width: 16, depth: 1024, init: vec![7, 9], ..RamConfig::default() };
//! assert_eq!(ram(&weights)?.name(), "ram_w16_d1024_crc7ce449e6");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, ReadDuringWrite, address_width, uint};

use super::crc32::crc32_of;
use crate::BlockError;
use crate::check::within;

/// Size and behaviour of a memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RamConfig {
    /// Bits of a word, 1 to 128.
    pub width: u32,
    /// Words, 1 to 2^24. Addresses of `depth` or more must not be used.
    pub depth: usize,
    /// Equal parts of a word that can be written alone; must divide the width.
    pub lanes: u32,
    /// What a read gives for a word that is written at the same edge. Anything but `DontCare`
    /// costs a comparator and a multiplexer on most families.
    pub policy: ReadDuringWrite,
    /// Words after power-up, from address 0; the others are 0 where the target can say so.
    pub init: Vec<u128>,
}

impl Default for RamConfig {
    fn default() -> Self {
        let policy = ReadDuringWrite::DontCare;
        RamConfig { width: 16, depth: 1024, lanes: 1, policy, init: Vec::new() }
    }
}

impl RamConfig {
    fn validate(&self) -> Result<(), BlockError> {
        within("ram.width", self.width, 1..=128)?;
        within("ram.depth", self.depth, 1..=1 << 24)?;
        within("ram.lanes", self.lanes, 1..=self.width)?;
        within("ram.init (words)", self.init.len(), 0..=self.depth)?;
        if self.width.is_multiple_of(self.lanes) {
            return Ok(());
        }
        Err(BlockError::Conflict {
            key: "ram.lanes",
            value: self.lanes.to_string(),
            other: "ram.width",
            other_value: self.width.to_string(),
            remedy: "choose a number of lanes that divides the width",
        })
    }

    fn named(&self) -> ModuleBuilder {
        let mut m = ModuleBuilder::new("ram").param("w", self.width).param("d", self.depth);
        if self.lanes > 1 {
            m = m.param("l", self.lanes);
        }
        m = match self.policy {
            ReadDuringWrite::DontCare => m,
            ReadDuringWrite::OldData => m.param("", "old"),
            ReadDuringWrite::NewData => m.param("", "new"),
        };
        if self.init.is_empty() {
            return m;
        }
        // Contents are part of the shape: two memories with different ones need two names.
        let bytes: Vec<u8> = self.init.iter().flat_map(|word| word.to_le_bytes()).collect();
        m.param("crc", format!("{:08x}", crc32_of(&bytes)))
    }
}

/// Builds the memory.
pub fn ram(config: &RamConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = config.named().doc("A memory with one write port and one read port.");
    let (word, address) = (uint(config.width), uint(address_width(config.depth)));
    let clk = m.clock("clk", "clock");
    let mask = m.input("write_mask", uint(config.lanes), "lanes to write at this edge");
    let write_at = m.input("write_address", address, "where to write");
    let data = m.input("write_data", word, "what to write");
    let enable = m.input("read_enable", BIT, "read at this edge");
    let read_at = m.input("read_address", address, "where to read");

    let words = m.memory("words", word, config.depth, config.policy).init(&config.init);
    match config.lanes {
        1 => words.write(clk, mask, write_at, data),
        _ => words.write_masked(clk, mask, write_at, data),
    }
    let read = words.read_enabled("read_q", clk, read_at, enable);
    m.drive(m.output("read_data", word, "the word read at the last enabled edge"), read);
    Ok(m.build()?)
}
