//! Mailbox: two rings of words behind a register bus, in front of byte streams.
//!
//! The host writes frames into the request ring and rings the doorbell; what comes back lies in the
//! reply ring (`docs/reference/link.md`). Rings carry the bytes of frames in words, first byte
//! lowest; the last word of a frame is filled up with zeros, which mean nothing between frames.
//! Whatever the host writes into `request_head` or `reply_tail`, at most 65,535 words of nonsense
//! come out, and replies wait.
//!
//! | port | meaning |
//! |---|---|
//! | `bus` | register bus with 12 address bits |
//! | `to`, `from` | streams of bytes to a packet engine and back |
//! | `restart` | for one cycle: the host empties the rings and ends the session |
//! | `interrupt` | there are replies, if enabled |
//!
//! ```text
//! bus      <request ring><doorbell> ............... <reply ring>
//! to_data  ______________ 00 <hello> 00 ___________
//! from     _____________________________ 00 <welcome> 00
//! ```
//!
//! ```
//! # use bitladder_blocks::link::{MailboxConfig, mailbox};
//! let config = MailboxConfig { ring_words: 512, config_hash: 0xbeef };
//! assert_eq!(mailbox(&config)?.name(), "mailbox_r512_0000beef");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_link_format::{DELIMITER, mailbox as map};
use bitladder_rtl::{
    BIT, BundlePort, Clock, Module, ModuleBuilder, ReadDuringWrite, Reg, Sig, Ty, uint,
};

use crate::BlockError;
use crate::io::register_bus;
use crate::stream::Stream;

/// Bits of a word address of the whole mailbox.
pub const MAILBOX_ADDRESS_BITS: u32 = (map::SIZE / 4).ilog2();
/// Most words of a ring.
const MOST_WORDS: u32 = (map::REPLY_RING - map::REQUEST_RING) / 4;
/// How far a ring has been written or read.
const POSITION: Ty = uint(16);

/// Size of a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxConfig {
    /// Words of each ring: a power of two from 32 to 1024.
    pub ring_words: u32,
    /// First 32 bits of the hash of the machine's configuration.
    pub config_hash: u32,
}

struct Mailbox<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    /// Reset, or the host's command.
    clear: Sig<'m>,
    bus: BundlePort<'m>,
    reads: Sig<'m>,
    writes: Sig<'m>,
    ring: Ty,
}

impl<'m> Mailbox<'m> {
    fn on_bus(&self, field: &str) -> Sig<'m> {
        self.bus.get(field).expect("a field of the register bus")
    }

    fn at(&self, address: u32) -> Sig<'m> {
        self.on_bus("address").eq(address / 4)
    }

    /// The request is within a ring.
    fn within(&self, ring: u32) -> Sig<'m> {
        let address = self.on_bus("address");
        address.slice(address.width() - 1, MOST_WORDS.ilog2()).eq(ring / 4 / MOST_WORDS)
    }

    /// The word of a ring that the request means.
    fn word(&self) -> Sig<'m> {
        self.on_bus("address").truncate(self.ring.width)
    }

    fn position(&self, name: &str) -> Reg<'m> {
        self.m.reg(name, POSITION, self.clk).reset(self.clear, 0)
    }

    /// A position that the host writes.
    fn written(&self, name: &str, address: u32) -> Sig<'m> {
        let position = self.position(name).enable(self.writes & self.at(address));
        position.next(self.on_bus("data").truncate(16));
        position.q
    }

    /// From the request ring to the stream; gives how far.
    fn requests(&self, head: Sig<'m>) -> Sig<'m> {
        let (m, clk) = (self.m, self.clk);
        let words = 1usize << self.ring.width;
        let memory = m.memory("requests", uint(32), words, ReadDuringWrite::DontCare);
        let data = self.on_bus("data");
        memory.write(clk, self.writes & self.within(map::REQUEST_RING), self.word(), data);
        let to = Stream::source(m, "to", &[("data", uint(8), "a byte")]);
        let shown = m.reg("shown_q", BIT, clk).reset(self.clear, 0);
        let index = m.reg("byte_q", uint(2), clk).reset(self.clear, 0).enable(to.moves());
        index.next(index.q + 1);
        let tail = self.position("request_tail_q");
        let fetch = m.named("fetch", !shown.q & tail.q.ne(head));
        tail.enable(fetch).next(tail.q + 1);
        let ends = to.moves() & index.q.reduce_and();
        shown.next(fetch | (shown.q & !ends));
        let word = memory.read_enabled("request_q", clk, tail.q.truncate(self.ring.width), fetch);
        let bytes: Vec<Sig<'m>> = (0..4).map(|byte| word.bits(8 * byte, 8)).collect();
        m.drive(to.valid(), shown.q);
        m.drive(to.get("data"), m.select(index.q, &bytes));
        tail.q
    }

    /// From the stream to the reply ring; gives how far, and the word the host reads.
    fn replies(&self, tail: Sig<'m>) -> [Sig<'m>; 2] {
        let (m, clk) = (self.m, self.clk);
        let from = Stream::sink(m, "from", &[("data", uint(8), "a byte")]);
        let head = self.position("reply_head_q");
        let room = m.named("room", (head.q - tail).lt(1u32 << self.ring.width));
        m.drive(from.ready(), room);
        let (moves, byte) = (from.moves(), from.get("data"));
        let inside = m.reg("in_frame_q", BIT, clk).reset(self.clear, 0).enable(moves);
        let zero = byte.eq(DELIMITER);
        inside.next(!zero);
        let ends = m.named("ends", zero & inside.q);
        let index = m.reg("place_q", uint(2), clk).reset(self.clear, 0).enable(moves);
        let full = ends | index.q.reduce_and();
        index.next(full.mux(m.lit(uint(2), 0), index.q + 1));
        let kept = m.reg("kept_q", uint(24), clk).reset(self.clear, 0).enable(moves);
        let none = m.lit(uint(8), 0);
        let kept_byte = |at: u32| kept.q.bits(8 * at, 8);
        let placed = |at: u32| index.q.eq(at).mux(byte, if at < 3 { kept_byte(at) } else { none });
        let word = m.cat(&[placed(3), placed(2), placed(1), placed(0)]);
        kept.next(full.mux(m.lit(uint(24), 0), word.truncate(24)));
        let words = 1usize << self.ring.width;
        let memory = m.memory("replies", uint(32), words, ReadDuringWrite::DontCare);
        let stores = m.named("stores", moves & full);
        memory.write(clk, stores, head.q.truncate(self.ring.width), word);
        head.enable(stores).next(head.q + 1);
        [head.q, memory.read_enabled("reply_q", clk, self.word(), self.reads)]
    }

    /// Answers requests an edge after they are looked at.
    fn answer(&self, values: &[(u32, Sig<'m>)], reply: Sig<'m>) {
        let m = self.m;
        let arms: Vec<_> =
            values.iter().map(|(at, value)| (u128::from(at / 4), value.zero_extend(32))).collect();
        let value = m.case(self.on_bus("address"), &arms, m.lit(uint(32), 0));
        let any = |list: &[u32]| list.iter().fold(m.lit(BIT, 0), |any, at| any | self.at(*at));
        let all: Vec<u32> = values.iter().map(|(at, _)| *at).collect();
        let replies = self.within(map::REPLY_RING);
        let readable = replies | any(&all);
        let registers = any(&[map::REQUEST_HEAD, map::REPLY_TAIL, map::CONTROL]);
        let writable = registers | self.within(map::REQUEST_RING);
        let asks_write = self.on_bus("write");
        let bad = asks_write.mux(!writable | !self.writes, !readable);
        let held = |name: &str, value: Sig<'m>| m.pipe(name, value, self.clk);
        let from_ring = held("from_ring_q", replies);
        m.drive(self.on_bus("read"), from_ring.mux(reply, held("value_q", value)));
        m.drive(self.on_bus("error"), held("bad_q", bad));
    }
}

/// Places the bus; its requests are looked at in their first cycle.
fn placed<'m>(m: &'m ModuleBuilder, ring: Ty) -> Mailbox<'m> {
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "empties the rings");
    let bus = m.sink("bus", &register_bus(MAILBOX_ADDRESS_BITS));
    let of = |field: &str| bus.get(field).expect("a field of the register bus");
    let answers = m.reg("answers_q", BIT, clk).reset(rst, 0);
    let fresh = m.named("fresh", of("valid") & !answers.q);
    answers.next(fresh);
    m.drive(of("ready"), answers.q);
    let reads = fresh & !of("write");
    let writes = m.named("writes", fresh & of("write") & of("strobe").reduce_and());
    let restart = writes & of("address").eq(map::CONTROL / 4) & of("data").bit(1);
    let restart = m.named("restarts", restart);
    m.drive(m.output("restart", BIT, "ends the session"), restart);
    Mailbox { m, clk, clear: m.named("clear", rst | restart), bus, reads, writes, ring }
}

/// Builds the mailbox.
pub fn mailbox(config: &MailboxConfig) -> Result<Arc<Module>, BlockError> {
    let words = config.ring_words;
    if !words.is_power_of_two() || !(32..=MOST_WORDS).contains(&words) {
        let allowed = format!("a power of two from 32 to {MOST_WORDS}");
        return Err(BlockError::Range { key: "mailbox.ring_words", value: words.into(), allowed });
    }
    let m = ModuleBuilder::new("mailbox").param("r", words);
    let m = m.param("", format!("{:08x}", config.config_hash));
    let m = m.doc("Two rings of words behind a register bus, in front of byte streams.");
    let mailbox = placed(&m, uint(words.ilog2()));
    let request_head = mailbox.written("request_head_q", map::REQUEST_HEAD);
    let reply_tail = mailbox.written("reply_tail_q", map::REPLY_TAIL);
    let request_tail = mailbox.requests(request_head);
    let [reply_head, reply] = mailbox.replies(reply_tail);
    let enable = m.reg("enable_q", BIT, mailbox.clk).reset(mailbox.clear, 0);
    let enable = enable.enable(mailbox.writes & mailbox.at(map::CONTROL));
    enable.next(mailbox.on_bus("data").bit(0));
    let interrupt = m.output("interrupt", BIT, "there are replies");
    m.drive(interrupt, m.pipe("interrupt_q", enable.q & reply_head.ne(reply_tail), mailbox.clk));
    let constant = |value: u32| m.lit(uint(32), value);
    let values = [
        (map::MAGIC, constant(map::MAGIC_VALUE)),
        (map::VERSION, constant(map::VERSION_VALUE)),
        (map::CONFIG_HASH, constant(config.config_hash)),
        (map::RING_WORDS, constant(words)),
        (map::REQUEST_HEAD, request_head),
        (map::REQUEST_TAIL, request_tail),
        (map::REPLY_HEAD, reply_head),
        (map::REPLY_TAIL, reply_tail),
        (map::CONTROL, enable.q),
    ];
    mailbox.answer(&values, reply);
    Ok(m.build()?)
}
