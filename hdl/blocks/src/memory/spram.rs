//! Single-port memory of iCE40 UltraPlus: `SB_SPRAM256KA`, 16,384 words of 16 bits each.
//!
//! It has the ports of [`ram`](fn@super::ram), but does one thing per edge: a write goes first, and
//! what is read is then unknown.
//!
//! | port | meaning |
//! |---|---|
//! | `write_mask`, `write_address`, `write_data` | written at this edge, if the mask is set |
//! | `read_enable`, `read_address` | read at this edge |
//! | `read_data` | the word read at the last enabled edge, unless it was written at |
//!
//! ```text
//! clk          _/~\_/~\_/~\_
//! read_enable  /~~~\________
//! read_data        <word
//! ```
//!
//! ```
//! # use bitladder_blocks::memory::spram;
//! assert_eq!(spram(10_000)?.name(), "spram_d10000");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{
    BIT, BlackBox, Errors, Model, Module, ModuleBuilder, ReadDuringWrite, address_width, uint,
};

use crate::BlockError;
use crate::check::within;

/// Words of a block.
const WORDS: usize = 1 << 14;
/// Inputs that stay at a constant: the block is always awake.
const AWAKE: [(&str, u32); 3] = [("STANDBY", 0), ("SLEEP", 0), ("POWEROFF", 1)];

fn cell() -> Result<Arc<BlackBox>, Errors> {
    let cell = BlackBox::new("SB_SPRAM256KA", "A single-port memory of iCE40 UltraPlus.");
    let cell = cell.clock("CLOCK").input("ADDRESS", uint(14)).input("DATAIN", uint(16));
    let cell = cell.input("MASKWREN", uint(4)).input("WREN", BIT).input("CHIPSELECT", BIT);
    let cell = AWAKE.iter().fold(cell, |cell, (port, _)| cell.input(port, BIT));
    let cell = cell.output("DATAOUT", uint(16));
    Ok(Arc::new(cell.model(Model::Module(model()?))))
}

fn model() -> Result<Arc<Module>, Errors> {
    let m = ModuleBuilder::new("sb_spram256ka_model").raw_port_names();
    let m = m.doc("A memory that reads or writes a word per edge.");
    let clk = m.clock("CLOCK", "clock");
    let address = m.input("ADDRESS", uint(14), "which word");
    let data = m.input("DATAIN", uint(16), "what to write");
    let [write, select] = ["WREN", "CHIPSELECT"].map(|port| m.input(port, BIT, "control"));
    m.ignore(m.input("MASKWREN", uint(4), "constant"));
    AWAKE.iter().for_each(|(port, _)| m.ignore(m.input(port, BIT, "constant")));
    let words = m.memory("words", uint(16), WORDS, ReadDuringWrite::DontCare);
    words.write(clk, select & write, address, data);
    let read = words.read_enabled("read_q", clk, address, select & !write);
    m.drive(m.output("DATAOUT", uint(16), "the word read"), read);
    m.build()
}

/// Builds a memory of up to 16,384 words.
pub fn spram(depth: usize) -> Result<Arc<Module>, BlockError> {
    within("spram.depth", depth, 1..=WORDS)?;
    let m = ModuleBuilder::new("spram").param("d", depth);
    let m = m.doc("A memory that reads or writes a word per edge.");
    let (word, address) = (uint(16), uint(address_width(depth)));
    let clk = m.clock("clk", "clock");
    let write = m.input("write_mask", BIT, "write at this edge");
    let write_at = m.input("write_address", address, "where to write");
    let data = m.input("write_data", word, "what to write");
    let enable = m.input("read_enable", BIT, "read at this edge");
    let read_at = m.input("read_address", address, "where to read");
    let block = m.black_box("block", &cell()?).clock("CLOCK", clk);
    let at = write.mux(write_at, read_at).zero_extend(14);
    block.connect("ADDRESS", at).connect("DATAIN", data).connect("MASKWREN", m.ones(uint(4)));
    block.connect("WREN", write).connect("CHIPSELECT", write | enable);
    for (port, value) in AWAKE {
        block.connect(port, m.lit(BIT, value));
    }
    m.drive(m.output("read_data", word, "the word read"), block.out("DATAOUT"));
    Ok(m.build()?)
}
