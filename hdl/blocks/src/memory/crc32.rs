//! CRC-32 (IEEE 802.3, as in zip and Ethernet) over bytes or whole words.
//!
//! Each register bit is one exclusive-or of state and data bits, found by running the bitwise
//! definition once per bit, so a word of four bytes takes one cycle. Cost on ECP5: 104 LUT4 and
//! 32 FF for bytes, 357 LUT4 for four bytes (`docs/results/hdl-blocks.md`).
//!
//! | port | meaning |
//! |---|---|
//! | `clear` | starts anew: before anything else at this edge |
//! | `enable` | takes `data` at this edge |
//! | `data` | the bytes, the first one in the low bits |
//! | `crc` | checksum of everything taken so far |
//!
//! ```text
//! clk     _/~\_/~\_/~\_
//! clear   ~~~~\________
//! enable  ____/~~~~\___
//! data        <"A"  >
//! crc         0    <CRC of "A"
//! ```
//!
//! ```
//! # use bitladder_blocks::memory::{Crc32Config, crc32};
//! assert_eq!(crc32(&Crc32Config { bytes: 4 })?.name(), "crc32_b4");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, uint};

use crate::BlockError;
use crate::check::within;

/// The polynomial, lowest power on top.
const POLYNOMIAL: u32 = 0xedb8_8320;
/// The register before the first byte; the checksum is the register's complement.
pub(crate) const CRC32_START: u32 = u32::MAX;
/// What the register holds after data and their checksum.
pub(crate) const CRC32_RESIDUE: u32 = 0xdebb_20e3;

/// How much data a cycle brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crc32Config {
    /// Bytes per cycle, 1 to 8.
    pub bytes: u32,
}

/// The register after one more bit has been shifted through.
fn shifted(state: u32) -> u32 {
    (state >> 1) ^ if state & 1 == 1 { POLYNOMIAL } else { 0 }
}

/// Checksum of some bytes, for names of memories with contents.
pub(crate) fn crc32_of(bytes: &[u8]) -> u32 {
    let byte = |state: u32, byte: &u8| (0..8).fold(state ^ u32::from(*byte), |s, _| shifted(s));
    !bytes.iter().fold(CRC32_START, byte)
}

/// Which bits of `{data, state}` each bit of the next state is the exclusive-or of.
fn masks(data_bits: u32) -> [u128; 32] {
    let mut rows: [u128; 32] = std::array::from_fn(|bit| 1 << bit);
    for input in 0..data_bits {
        let out = rows[0] ^ (1 << (32 + input));
        let taken = |bit: usize| if POLYNOMIAL >> bit & 1 == 1 { out } else { 0 };
        rows = std::array::from_fn(|bit| rows.get(bit + 1).copied().unwrap_or(0) ^ taken(bit));
    }
    rows
}

/// The register after `data`, whose first byte is in the low bits.
pub(crate) fn crc32_next<'m>(m: &'m ModuleBuilder, state: Sig<'m>, data: Sig<'m>) -> Sig<'m> {
    let all = data.cat(state);
    let bit = |mask: &u128| (all & m.lit_bits(all.ty(), *mask)).reduce_xor();
    let bits: Vec<Sig<'m>> = masks(data.width()).iter().rev().map(bit).collect();
    m.cat(&bits)
}

/// Builds the checksum register.
pub fn crc32(config: &Crc32Config) -> Result<Arc<Module>, BlockError> {
    within("crc32.bytes", config.bytes, 1..=8)?;
    let m = ModuleBuilder::new("crc32").param("b", config.bytes);
    let m = m.doc("CRC-32 (IEEE 802.3) of the data taken since `clear`.");
    let clk = m.clock("clk", "clock");
    let clear = m.input("clear", BIT, "starts anew");
    let enable = m.input("enable", BIT, "takes the data");
    let data = m.input("data", uint(8 * config.bytes), "bytes, the first one in the low bits");
    let state = m.reg("state_q", uint(32), clk).reset(clear, CRC32_START).enable(enable);
    state.next(crc32_next(&m, state.q, data));
    m.drive(m.output("crc", uint(32), "checksum so far"), !state.q);
    Ok(m.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_value() {
        assert_eq!(crc32_of(b"123456789"), 0xcbf4_3926);
        assert_eq!(!crc32_of(b"123456789\x26\x39\xf4\xcb"), CRC32_RESIDUE);
    }
}
