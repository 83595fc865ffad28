//! Frame transmitter: packets become frames in a memory, and frames in the memory go out, again if
//! wanted.
//!
//! A frame is encoded (COBS) as its words come: the place of each code byte is left out and filled
//! in when the block is complete, so nothing looks ahead. A word takes four cycles, and one more for
//! each 254 bytes without a zero. A frame at `base` may be replaced while another one is sent.
//!
//! | port | meaning |
//! |---|---|
//! | `start`, `base` | begins a frame at this byte of the memory, whatever became of the last one; no word is offered with it |
//! | `word` | stream: the packet; `finish` instead of a word ends it |
//! | `stored` | for one cycle: the frame is in the memory |
//! | `send` | stream: `base` of a frame to send |
//! | `idle` | nothing is being sent |
//! | `out` | stream of bytes |
//!
//! ```text
//! start       /~\_________________________________________
//! word_valid  ____/~~~~~~~~~~~~~~~\_____/~~~ finish ~~\___
//! word_ready  ____/~\_____________/~\________________/~\__
//! stored      ___________________________________________ ... /~\_
//! ```

use std::sync::Arc;

use bitladder_link_format::{BLOCK, DELIMITER};
use bitladder_rtl::{BIT, Clock, Mem, Module, ModuleBuilder, ReadDuringWrite, Reg, Sig, uint};

use super::LinkConfig;
use crate::BlockError;
use crate::memory::{CRC32_START, crc32_next};
use crate::stream::Stream;

/// States of the encoder.
const WORDS: u32 = 0;
const BYTES: u32 = 1;
const CLOSE: u32 = 2;
const DELIMIT: u32 = 3;

/// States of the sender.
const REST: u32 = 0;
const LEAD: u32 = 1;
const FETCH: u32 = 2;
const SHOW: u32 = 3;

/// What the parts of the encoder share.
struct Encoder<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    start: Sig<'m>,
    base: Sig<'m>,
    state: Reg<'m>,
}

impl<'m> Encoder<'m> {
    fn at(&self, state: u32) -> Sig<'m> {
        self.state.q.eq(state)
    }

    fn to(&self, state: u32) -> Sig<'m> {
        self.m.lit(uint(2), state)
    }

    /// The bytes of words and checksum, one at a time; `next` moves on.
    fn bytes(&self, word: &Stream<'m>, next: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let steps = m.named("steps", next & self.at(BYTES));
        let loads = m.named("loads", word.moves());
        let finish = word.get("finish");
        let crc = m.reg("crc_q", uint(32), self.clk).enable(self.start | steps);
        let shift = m.reg("shift_q", uint(32), self.clk).enable(loads | steps);
        let start = m.lit_bits(uint(32), CRC32_START.into());
        crc.next(self.start.mux(start, crc32_next(m, crc.q, shift.q.truncate(8))));
        let load = finish.mux(!crc.q, word.get("data"));
        shift.next(loads.mux(load, shift.q.shift_right(8)));
        let ends = m.reg("ends_q", BIT, self.clk).reset(self.start, 0).enable(loads);
        ends.doc("the bytes are those of the checksum").next(finish);
        let index = m.reg("index_q", uint(2), self.clk).reset(self.start, 0).enable(steps);
        index.next(index.q + 1);
        let last = m.named("last", steps & index.q.reduce_and());
        let after = ends.q.mux(self.to(CLOSE), self.to(WORDS));
        let arms = [
            (u128::from(WORDS), loads.mux(self.to(BYTES), self.to(WORDS))),
            (u128::from(BYTES), last.mux(after, self.to(BYTES))),
            (u128::from(CLOSE), next.mux(self.to(DELIMIT), self.to(CLOSE))),
        ];
        self.state
            .next(self.start.mux(self.to(WORDS), m.case(self.state.q, &arms, self.to(WORDS))));
        shift.q.truncate(8)
    }

    /// COBS: writes the byte at hand, or completes a block. Drives `next`.
    fn stuff(&self, memory: Mem<'m>, byte: Sig<'m>, next: Sig<'m>) {
        let m = self.m;
        let ty = self.base.ty();
        let code = m.reg("code_q", uint(8), self.clk).doc("1 and the bytes since the code byte");
        let full = m.named("full", code.q.eq(BLOCK + 1));
        let bytes = self.at(BYTES);
        let works = m.named("works", !self.at(WORDS));
        m.drive(next, works & !full);
        let zero = byte.eq(DELIMITER);
        // The code byte's place gets the code; the block is over.
        let closes = m.named("closes", works & (full | (bytes & zero) | self.at(CLOSE)));
        let delimits = self.at(DELIMIT);
        let at = m.reg("at_q", ty, self.clk).doc("where the next byte goes");
        let code_at = m.reg("code_at_q", ty, self.clk).doc("where the block's code byte goes");
        // The delimiter goes where the next block would have begun.
        let moves = works & (full | !self.at(CLOSE));
        at.next(self.start.mux(self.base + 1, moves.mux(at.q + 1, at.q)));
        code_at.next(self.start.mux(self.base, closes.mux(at.q, code_at.q)));
        let one = m.lit(uint(8), 1);
        code.next((self.start | closes).mux(one, moves.mux(code.q + 1, code.q)));
        let address = closes.mux(code_at.q, at.q);
        let data = closes.mux(code.q, delimits.mux(m.lit(uint(8), DELIMITER), byte));
        memory.write(self.clk, works, address, data);
        m.drive(m.output("stored", BIT, "the frame is in the memory"), delimits);
    }
}

/// Sends frames from the memory, each after a delimiter.
fn sender<'m>(m: &'m ModuleBuilder, clk: Clock<'m>, rst: Sig<'m>, memory: Mem<'m>) {
    let ty = memory.address_ty();
    let send = Stream::sink(m, "send", &[("base", ty, "where the frame begins")]);
    let out = Stream::source(m, "out", &[("data", uint(8), "a byte")]);
    let state = m.reg("sends_q", uint(2), clk).reset(rst, REST);
    let to = |state: u32| m.lit(uint(2), state);
    let is = |wanted: u32| state.q.eq(wanted);
    m.drive(send.ready(), is(REST));
    let from = m.reg("from_q", ty, clk).enable(send.moves() | is(FETCH));
    from.next(is(FETCH).mux(from.q + 1, send.get("base")));
    let byte = memory.read_enabled("byte_q", clk, from.q, is(FETCH));
    let moves = out.moves();
    let more = byte.ne(DELIMITER).mux(to(FETCH), to(REST));
    let arms = [
        (u128::from(REST), send.moves().mux(to(LEAD), to(REST))),
        (u128::from(LEAD), moves.mux(to(FETCH), to(LEAD))),
        (u128::from(FETCH), to(SHOW)),
    ];
    state.next(m.case(state.q, &arms, moves.mux(more, to(SHOW))));
    m.drive(out.valid(), is(LEAD) | is(SHOW));
    m.drive(out.get("data"), is(LEAD).mux(m.lit(uint(8), DELIMITER), byte));
    m.drive(m.output("idle", BIT, "nothing is being sent"), is(REST));
}

/// Builds the transmitter.
pub fn frame_tx(config: &LinkConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("frame_tx").param("", config.tag());
    let m = m.doc("Packets become frames in a memory; frames in the memory go out.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets what is being made and sent");
    let start = m.input("start", BIT, "begins a frame");
    let base = m.input("base", config.answer(), "where it begins");
    let fields = [("data", uint(32), "a word"), ("finish", BIT, "no word: the packet is over")];
    let word = Stream::sink(&m, "word", &fields);
    let depth = (config.window * config.packet_bytes) as usize;
    let memory = m.memory("frames", uint(8), depth, ReadDuringWrite::DontCare);

    let state = m.reg("state_q", uint(2), clk).reset(rst, WORDS);
    let encoder = Encoder { m: &m, clk, start, base, state };
    m.drive(word.ready(), encoder.at(WORDS));
    let next = m.wire("next", BIT);
    let byte = encoder.bytes(&word, next);
    encoder.stuff(memory, byte, next);
    sender(&m, clk, rst, memory);
    Ok(m.build()?)
}
