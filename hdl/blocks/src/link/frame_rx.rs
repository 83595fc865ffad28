//! Frame receiver: finds packets in a byte stream and puts them into a memory.
//!
//! Bytes are decoded (COBS), checked and packed into words as they come; nothing waits for the end
//! of a packet, and nothing but a zero byte ends one, so no stream of bytes can hold it up. The last
//! word of the room for a packet gets the packet's length.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream of bytes; taken while `free` |
//! | `free` | there is room for a packet |
//! | `write_enable`, `write_address`, `write_data` | words of the packet, by their place in it |
//! | `packet` | for one cycle: a good packet is in the memory |
//! | `damaged`, `too_long` | for one cycle each: a frame was dropped |
//!
//! ```text
//! in_data       00 < code, bytes, code, ... >  00
//! write_enable  ______/~\_____/~\_____/~\______/~\_    the last one is the length
//! packet        _______________________________/~\_
//! ```

use std::sync::Arc;

use bitladder_link_format::{BLOCK, DELIMITER};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, uint};

use super::LinkConfig;
use crate::BlockError;
use crate::memory::{CRC32_RESIDUE, CRC32_START, crc32_next};
use crate::stream::Stream;

/// What the parts of the receiver share.
struct Receiver<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    /// Reset, or a delimiter: the next byte begins a frame.
    fresh: Sig<'m>,
    /// A byte within a frame is taken.
    inside: Sig<'m>,
    byte: Sig<'m>,
}

impl<'m> Receiver<'m> {
    /// COBS: whether a byte of the packet comes out, which, and whether a block is complete.
    fn decode(&self) -> [Sig<'m>; 3] {
        let m = self.m;
        let left = m.reg("left_q", uint(8), self.clk).reset(self.fresh, 0).enable(self.inside);
        let left = left.doc("bytes to the next code byte");
        let due = m.reg("zero_due_q", BIT, self.clk).reset(self.fresh, 0);
        let copies = m.named("copies", left.q.reduce_or());
        left.next(copies.mux(left.q, self.byte) - 1);
        let code = self.inside & !copies;
        due.enable(code).next(self.byte.ne(BLOCK + 1));
        let takes = m.named("takes", self.inside & (copies | due.q));
        let byte = m.named("decoded", copies.mux(self.byte, m.lit(uint(8), 0)));
        [takes, byte, !copies]
    }

    /// The checksum over everything taken is the one of a whole packet.
    fn closes(&self, takes: Sig<'m>, byte: Sig<'m>) -> Sig<'m> {
        let start = self.m.lit_bits(uint(32), CRC32_START.into());
        let crc = self.m.reg("crc_q", uint(32), self.clk).enable(self.fresh | takes);
        crc.next(self.fresh.mux(start, crc32_next(self.m, crc.q, byte)));
        crc.q.eq(CRC32_RESIDUE)
    }

    /// Bytes of the packet that were taken, and whether there is room for no more.
    fn count(&self, takes: Sig<'m>, config: &LinkConfig) -> [Sig<'m>; 2] {
        let ty = uint(config.word().width + 2);
        let count = self.m.reg("count_q", ty, self.clk).reset(self.fresh, 0);
        let count = count.doc("bytes of the packet");
        let full = self.m.named("full", count.q.eq(4 * config.longest()));
        count.enable(takes & !full).next(count.q + 1);
        [count.q, full]
    }

    /// The byte that is taken with the three before it.
    fn word(&self, takes: Sig<'m>, byte: Sig<'m>) -> Sig<'m> {
        let earlier = self.m.reg("earlier_q", uint(24), self.clk).enable(takes);
        earlier.next(byte.cat(earlier.q.slice(23, 8)));
        byte.cat(earlier.q)
    }

    /// Something that has happened in this frame.
    fn flag(&self, name: &str, when: Sig<'m>) -> Sig<'m> {
        let flag = self.m.reg(name, BIT, self.clk).reset(self.fresh, 0);
        flag.next(flag.q | when);
        flag.q
    }
}

/// Builds the receiver.
pub fn frame_rx(config: &LinkConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("frame_rx").param("p", config.packet_bytes);
    let m = m.doc("Finds packets in a byte stream and puts them into a memory.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the frame");
    let input = Stream::sink(&m, "in", &[("data", uint(8), "a byte")]);
    let free = m.input("free", BIT, "there is room for a packet");
    m.drive(input.ready(), free);
    let byte = input.get("data");
    let delimits = m.named("delimits", input.moves() & byte.eq(DELIMITER));
    let inside = m.named("in_frame", input.moves() & byte.ne(DELIMITER));
    let fresh = m.named("fresh", rst | delimits);
    let receiver = Receiver { m: &m, clk, fresh, inside, byte };
    let [takes, decoded, complete] = receiver.decode();
    let closes = receiver.closes(takes, decoded);

    let [count, full] = receiver.count(takes, config);
    let begun = receiver.flag("begun_q", inside);
    let long = receiver.flag("long_q", takes & full);
    let word = receiver.word(takes, decoded);
    let ends = m.named("ends", delimits & begun);
    let whole = !count.truncate(2).reduce_or() & count.ge(8);
    let good = m.named("good", whole & closes & complete & !long);
    let packet = m.named("packet", ends & good);
    let fills = takes & !full & count.truncate(2).eq(3);
    let at = count.slice(count.width() - 1, 2);
    let length = (at - 1).zero_extend(32);
    m.outputs(&[
        ("write_enable", packet | fills, "write at this edge"),
        ("write_address", delimits.mux(m.ones(config.word()), at), "which word"),
        ("write_data", delimits.mux(length, word), "the word"),
        ("packet", packet, "a good packet is in the memory"),
        ("damaged", ends & !good & !long, "a frame was dropped"),
        ("too_long", ends & long, "a frame was too long"),
    ]);
    Ok(m.build()?)
}
