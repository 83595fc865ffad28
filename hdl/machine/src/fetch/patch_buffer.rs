//! The patches of one row: two halves, one filled while the other is read.
//!
//! Block RAM and nothing else (512 words are one DP16KD of ECP5): `half` is the top bit of the address. Who may touch which half
//! is up to the gatherer.
//!
//! | port | meaning |
//! |---|---|
//! | `write_enable`, `write_half`, `write_word`, `write_data` | from the row's packer |
//! | `read_enable`, `read_half`, `read_word` | from the passes |
//! | `read_data` | the word, one edge later; stays while not enabled |
//!
//! ```text
//! clk          _/~\_/~\_/~\_
//! read_word    <k  ><k+1>
//! read_data         <[k]><[k+1]>
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::memory::{RamConfig, ram};
use bitladder_rtl::{BIT, Module, ModuleBuilder, uint};

use super::config::FetchPlan;

/// Builds a patch buffer.
pub fn patch_buffer(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let words = plan.config().patch_words;
    let m = ModuleBuilder::new("patch_buffer").param("k", words);
    let m = m.doc("The patches of a row, in two halves.");
    let clk = m.clock("clk", "clock");
    let write = m.input("write_enable", BIT, "store the word");
    let write_half = m.input("write_half", BIT, "the half that is filled");
    let write_word = m.input("write_word", plan.patch_address(), "where");
    let data = m.input("write_data", uint(16), "what");
    let read = m.input("read_enable", BIT, "read at this edge");
    let read_half = m.input("read_half", BIT, "the half that is computed with");
    let read_word = m.input("read_word", plan.patch_address(), "where");
    let depth = 2 << plan.patch_address().width;
    let config = RamConfig { width: 16, depth, ..RamConfig::default() };
    let placed = m.instance("halves", &ram(&config)?).clock("clk", clk);
    placed.connect("write_mask", write).connect("write_address", write_half.cat(write_word));
    placed.connect("write_data", data).connect("read_enable", read);
    placed.connect("read_address", read_half.cat(read_word));
    m.drive(m.output("read_data", uint(16), "a word of the patch"), placed.out("read_data"));
    Ok(m.build()?)
}
