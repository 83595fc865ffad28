//! AXI4 master behind a memory port.
//!
//! A request becomes bursts of at most 256 words that begin and end at multiples of 256 words, so
//! no burst crosses a 4 KiB boundary. Words are up to 128 bits, bursts incrementing and of whole
//! words; there is one ID, so answers come in order. Reads go out as fast as the slave takes their
//! addresses. A write waits for the answers of all reads before it and is answered before the next
//! burst, so that requests act in their order. SLVERR and DECERR become `error`.
//!
//! Cost of words of 32 bits and 23 bits of their number on ECP5: 340 LUT4, 82 FF.
//!
//! | port | meaning |
//! |---|---|
//! | `port` | the memory port, see [`MemoryPortConfig::bundle`] |
//! | `m_ar`, `m_aw` | streams out: `addr` (bytes), `len` (words less one), `size`, `burst` (1: incrementing) |
//! | `m_w` | stream out: `data`, `strb`, `last` |
//! | `m_b`, `m_r` | streams in: `resp`; `data`, `resp`, `last` |
//!
//! ```text
//! clk         _/~\_/~\_/~\_/~\_/~\_     length = 1
//! port_valid  /~~~\________________
//! m_ar_valid  _____/~~~\___________
//! m_r_valid   _____________/~~~~~~~
//! ```
//!
//! ```
//! # use bitladder_blocks::memory::{MemoryPortConfig, axi4_master};
//! let port = MemoryPortConfig { data_bits: 32, address_bits: 24 };
//! assert_eq!(axi4_master(&port)?.name(), "axi4_master_d32_a24");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Reg, Sig, uint};

use super::MemoryPortConfig;
use super::port::MemoryPort;
use crate::BlockError;
use crate::stream::{Stream, StreamField};

/// Bits of the number of a word within the longest burst.
const BURST_BITS: u32 = 8;
const INCREMENTING: u32 = 1;

/// The request that is being served.
struct Request<'m> {
    write: Sig<'m>,
    address: Reg<'m>,
    /// Words to ask for, less one.
    left: Reg<'m>,
    any: Reg<'m>,
    /// Words of the next burst, less one, and whether it is the last.
    burst: Sig<'m>,
    last: Sig<'m>,
}

/// What all channels are built with.
struct Master<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    config: MemoryPortConfig,
    port: MemoryPort<'m>,
}

impl<'m> Master<'m> {
    fn flag(&self, name: &str) -> Reg<'m> {
        self.m.reg(name, BIT, self.clk).reset(self.rst, 0)
    }

    /// The request; `goes` is set when a burst has been asked for.
    fn request(&self, goes: Sig<'m>) -> Request<'m> {
        let (m, clk, port) = (self.m, self.clk, &self.port);
        let any = self.flag("any_q");
        m.drive(port.get("ready"), !any.q);
        let takes = m.named("takes", port.get("valid") & !any.q);
        let write = m.reg("write_q", BIT, clk).enable(takes);
        write.next(port.get("write"));
        let ty = uint(self.config.address_bits.max(BURST_BITS + 1));
        let wide = |field: &str| port.get(field).zero_extend(ty.width);
        let address = m.reg("address_q", ty, clk).enable(takes | goes);
        let left = m.reg("left_q", ty, clk).enable(takes | goes);
        // Up to the next multiple of the longest burst, or to the end.
        let room = !address.q.bits(0, BURST_BITS);
        let last = m.named("last_burst", left.q.le(room.zero_extend(ty.width)));
        let burst = m.named("burst", last.mux(left.q.bits(0, BURST_BITS), room));
        let next = address.q.slice(ty.width - 1, BURST_BITS) + 1;
        address.next(takes.mux(wide("address"), next.cat(m.lit(uint(BURST_BITS), 0))));
        left.next(takes.mux(wide("length"), left.q - burst.zero_extend(ty.width) - 1));
        any.next(takes | (any.q & !(goes & last)));
        Request { write: write.q, address, left, any, burst, last }
    }

    /// A channel of addresses; the bit says when its burst moves.
    fn address(&self, name: &str, request: &Request<'m>, valid: Sig<'m>) -> Sig<'m> {
        let (m, bytes) = (self.m, self.config.bytes());
        let fields: [StreamField<'_>; 4] = [
            ("addr", uint(self.config.address_bits + bytes.ilog2()), "byte address"),
            ("len", uint(BURST_BITS), "words less one"),
            ("size", uint(3), "bytes of a word, as a power of two"),
            ("burst", uint(2), "the address counts up"),
        ];
        let channel = Stream::source(m, name, &fields);
        m.drive(channel.valid(), valid);
        let words = request.address.q.truncate(self.config.address_bits);
        m.drive(channel.get("addr"), words.cat(m.lit(uint(bytes.ilog2()), 0)));
        m.drive(channel.get("len"), request.burst);
        m.drive(channel.get("size"), m.lit(uint(3), bytes.ilog2()));
        m.drive(channel.get("burst"), m.lit(uint(2), INCREMENTING));
        channel.moves()
    }

    /// Words that are still to be read; gives whether there are any, and the error.
    fn reads(&self, asked: Sig<'m>, request: &Request<'m>) -> [Sig<'m>; 2] {
        let (m, word) = (self.m, uint(self.config.data_bits));
        let fields: [StreamField<'_>; 3] = [
            ("data", word, "a word"),
            ("resp", uint(2), "0: good"),
            ("last", BIT, "the burst's last"),
        ];
        let channel = Stream::sink(m, "m_r", &fields);
        m.ignore(channel.get("last"));
        m.drive(channel.ready(), m.lit(BIT, 1));
        let ty = uint(request.left.q.width() + 1);
        let pending = m.reg("pending_q", ty, self.clk).reset(self.rst, 0);
        let none = m.lit(ty, 0);
        let more = asked.mux(request.burst.zero_extend(ty.width) + 1, none);
        pending.next(pending.q + more - channel.valid().zero_extend(ty.width));
        m.drive(self.port.get("read_valid"), channel.valid());
        m.drive(self.port.get("read_data"), channel.get("data"));
        [pending.q.reduce_or(), channel.valid() & channel.get("resp").bit(1)]
    }

    /// The words of a write burst that was asked for; gives whether it is under way, and the error.
    fn writes(&self, asked: Sig<'m>, burst: Sig<'m>) -> [Sig<'m>; 2] {
        let (m, bytes) = (self.m, self.config.bytes());
        let fields: [StreamField<'_>; 3] = [
            ("data", uint(self.config.data_bits), "a word"),
            ("strb", uint(bytes), "its bytes"),
            ("last", BIT, "the burst's last"),
        ];
        let channel = Stream::source(m, "m_w", &fields);
        let sends = self.flag("sends_q");
        m.drive(channel.valid(), sends.q & self.port.get("write_valid"));
        m.drive(self.port.get("write_ready"), sends.q & channel.ready());
        let moves = channel.moves();
        let left = m.reg("beats_q", uint(BURST_BITS), self.clk).enable(asked | moves);
        left.next(asked.mux(burst, left.q - 1));
        let last = !left.q.reduce_or();
        m.drive(channel.get("data"), self.port.get("write_data"));
        m.drive(channel.get("strb"), m.ones(uint(bytes)));
        m.drive(channel.get("last"), last);
        sends.next(asked | (sends.q & !(moves & last)));
        let answer = Stream::sink(m, "m_b", &[("resp", uint(2), "0: good")]);
        m.drive(answer.ready(), m.lit(BIT, 1));
        let waits = self.flag("waits_q");
        waits.next(asked | (waits.q & !answer.valid()));
        [waits.q, answer.valid() & answer.get("resp").bit(1)]
    }
}

/// Builds the master.
pub fn axi4_master(config: &MemoryPortConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let MemoryPortConfig { data_bits, address_bits } = *config;
    let m = ModuleBuilder::new("axi4_master").param("d", data_bits).param("a", address_bits);
    let m = m.doc("AXI4 master behind a memory port.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets all requests");
    let port = MemoryPort(m.sink("port", &config.bundle()));
    let master = Master { m: &m, clk, rst, config: *config, port };
    let [reading, writing, goes] = ["reading", "writing", "goes"].map(|name| m.wire(name, BIT));
    let request = master.request(goes);
    let free = request.any.q & !writing;
    let reads = master.address("m_ar", &request, free & !request.write);
    let writes = master.address("m_aw", &request, free & request.write & !reading);
    m.drive(goes, reads | writes);
    let [pending, bad_read] = master.reads(reads, &request);
    m.drive(reading, pending);
    let [waits, bad_write] = master.writes(writes, request.burst);
    m.drive(writing, waits);
    m.drive(master.port.get("error"), bad_read | bad_write);
    m.drive(master.port.get("idle"), !request.any.q & !pending & !waits);
    m.ignore(request.last);
    Ok(m.build()?)
}
