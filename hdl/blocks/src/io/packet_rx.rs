//! Packet receiver: finds packets in a byte stream and hands on those whose checksum is right.
//!
//! See [`PacketFormat`] for the frame. The payload is buffered until the checksum has been seen,
//! so nothing of a broken packet gets out. Bytes outside packets are skipped. After a packet that
//! is too long, is broken or stops for longer than the timeout, the receiver looks for the next
//! start byte: a false start can swallow at most one frame's worth of bytes, and never more than
//! what arrives without a pause of `timeout` cycles.
//!
//! While a packet is handed out no byte is taken; on a line that cannot wait, put a queue before.
//! Cost on ECP5 for payloads of 256 bytes: 254 LUT4, 98 FF, one block RAM.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream of bytes |
//! | `header` | stream: `kind`, `sequence`, `length` of a good packet |
//! | `payload` | stream: its bytes, after the header has been taken; `last` with the last one |
//! | `length_error`, `crc_error`, `timed_out` | for one cycle each: a packet was given up |
//!
//! ```text
//! in_data       <start>...< payload >< crc x 4 >
//! header_valid  ________________________________/~~~\__________
//! payload_valid _______________________________________/~~~~~~~
//! ```
//!
//! ```
//! # use bitladder_blocks::io::{PacketFormat, packet_rx};
//! let format = PacketFormat { start: 0xa5, length_bytes: 1, max_payload: 0, timeout: 10_000 };
//! let error = packet_rx(format).unwrap_err().to_string();
//! assert_eq!(error, "`packet.max_payload` = 0 is out of range: 1 to 255");
//! ```

use std::sync::Arc;

use bitladder_rtl::{
    BIT, Clock, Module, ModuleBuilder, ReadDuringWrite, Reg, Sig, address_width, uint,
};

use super::packet::PacketFormat;
use crate::BlockError;
use crate::memory::{CRC32_START, crc32_next};
use crate::stream::Stream;

/// States of the receiver, in order.
const HUNT: u128 = 0;
const LENGTH: u128 = 1;
const LENGTH_HIGH: u128 = 2;
const KIND: u128 = 3;
const SEQUENCE: u128 = 4;
const PAYLOAD: u128 = 5;
const CHECK: u128 = 6;
const HEADER: u128 = 7;
const DRAIN: u128 = 8;

/// What the parts of the receiver share.
struct Receiver<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    format: PacketFormat,
    state: Reg<'m>,
    /// A byte is taken.
    takes: Sig<'m>,
    byte: Sig<'m>,
}

/// What decides about a packet.
struct Verdict<'m> {
    too_long: Sig<'m>,
    broken: Sig<'m>,
    good: Sig<'m>,
    timed_out: Sig<'m>,
}

impl<'m> Receiver<'m> {
    fn at(&self, state: u128) -> Sig<'m> {
        self.state.q.eq(state as u32)
    }

    fn to(&self, state: u128) -> Sig<'m> {
        self.m.lit_bits(self.state.q.ty(), state)
    }

    /// A byte of the frame, kept.
    fn keep(&self, name: &str, state: u128) -> Sig<'m> {
        let kept = self.m.reg(name, uint(8), self.clk).enable(self.takes & self.at(state));
        kept.next(self.byte);
        kept.q
    }

    /// The length field with the byte that completes it, and whether this is that byte.
    fn length(&self) -> (Sig<'m>, Sig<'m>) {
        match self.format.length_bytes {
            1 => (self.byte, self.takes & self.at(LENGTH)),
            _ => {
                let low = self.keep("length_low_q", LENGTH);
                (self.byte.cat(low), self.takes & self.at(LENGTH_HIGH))
            }
        }
    }

    /// Ends of packets, good and bad. `checks` counts the bytes of the checksum.
    fn verdict(&self, length: Sig<'m>, complete: Sig<'m>) -> Verdict<'m> {
        let m = self.m;
        let too_long = m.named("too_long", complete & length.gt(self.format.max_payload));
        let checking = self.takes & self.at(CHECK);
        let checks = m.reg("checks_q", uint(2), self.clk).reset(self.rst, 0);
        let checks = checks.enable(checking | self.at(HUNT));
        checks.next(self.at(HUNT).mux(m.lit(uint(2), 0), checks.q + 1));
        let crc = m.reg("crc_q", uint(32), self.clk).enable(self.takes);
        let shifted = m.ones(uint(8)).cat(crc.q.slice(31, 8));
        let start = m.lit_bits(uint(32), CRC32_START.into());
        let added = crc32_next(m, crc.q, self.byte);
        crc.next(m.case(self.state.q, &[(HUNT, start), (CHECK, shifted)], added));
        let differs = m.named("differs", self.byte.ne(!crc.q.truncate(8)));
        let broken = m.named("broken", checking & differs);
        let good = m.named("good", checking & !differs & checks.q.eq(3));
        let timed_out = self.timed_out();
        Verdict { too_long, broken, good, timed_out }
    }

    /// The watch over pauses inside a packet.
    fn timed_out(&self) -> Sig<'m> {
        let m = self.m;
        let ty = uint(self.format.timeout.ilog2() + 1);
        let rests = self.at(HUNT) | self.at(HEADER) | self.at(DRAIN);
        let pause = m.reg("pause_q", ty, self.clk).reset(self.rst, 0);
        let waiting = !(self.takes | rests);
        pause.next(waiting.mux(pause.q + 1, m.lit(ty, 0)));
        m.named("late", waiting & (pause.q + 1).eq(self.format.timeout))
    }

    /// The next state, from the ends of a packet and of its hand-over.
    fn steps(
        &self,
        verdict: &Verdict<'m>,
        length: Sig<'m>,
        last_byte: Sig<'m>,
        leaves: [Sig<'m>; 2],
    ) {
        let m = self.m;
        let [header_leaves, payload_ends] = leaves;
        let (hunt, empty) = (self.to(HUNT), !length.reduce_or());
        let starts = self.takes & self.byte.eq(u32::from(self.format.start));
        let skip_high = if self.format.length_bytes == 1 { KIND } else { LENGTH_HIGH };
        let stay = self.state.q;
        let next = m.case(
            self.state.q,
            &[
                (HUNT, starts.mux(self.to(LENGTH), stay)),
                (LENGTH, self.takes.mux(self.to(skip_high), stay)),
                (SEQUENCE, self.takes.mux(empty.mux(self.to(CHECK), self.to(PAYLOAD)), stay)),
                (PAYLOAD, (self.takes & last_byte).mux(self.to(CHECK), stay)),
                (CHECK, verdict.good.mux(self.to(HEADER), stay)),
                (HEADER, header_leaves.mux(empty.mux(hunt, self.to(DRAIN)), stay)),
                (DRAIN, payload_ends.mux(hunt, stay)),
            ],
            self.takes.mux(self.state.q + 1, stay),
        );
        let gives_up = verdict.too_long | verdict.broken | verdict.timed_out;
        self.state.next(gives_up.mux(hunt, next));
    }

    /// The buffer: filled in `PAYLOAD`, shown byte by byte in `DRAIN`. Gives the bit for the last
    /// byte to fill and the one for the last byte to leave.
    fn buffer(&self, payload: &Stream<'m>, length: Sig<'m>) -> [Sig<'m>; 2] {
        let (m, drains) = (self.m, self.at(DRAIN));
        let depth = self.format.max_payload as usize;
        let shown = m.reg("shown_q", BIT, self.clk).reset(self.rst, 0);
        let index = m.reg("index_q", length.ty(), self.clk).doc("bytes filled, or fetched");
        let fills = m.named("fills", self.takes & self.at(PAYLOAD));
        let pops = payload.moves();
        let all = m.named("all_fetched", index.q.eq(length));
        let fetch = m.named("fetch", drains & !all & (!shown.q | pops));
        shown.next(fetch | (shown.q & !pops));
        let counts = self.at(PAYLOAD) | drains;
        let more = (fills | fetch).mux(index.q + 1, index.q);
        index.next(counts.mux(more, m.lit(index.q.ty(), 0)));
        let words = m.memory("buffer", uint(8), depth, ReadDuringWrite::DontCare);
        let address = index.q.resize(address_width(depth));
        words.write(self.clk, fills, address, self.byte);
        let data = words.read_enabled("payload_q", self.clk, address, fetch);
        m.drive(payload.valid(), shown.q);
        m.drive(payload.get("data"), data);
        m.drive(payload.get("last"), all);
        [(index.q + 1).eq(length), pops & all]
    }
}

/// Builds the receiver.
pub fn packet_rx(format: PacketFormat) -> Result<Arc<Module>, BlockError> {
    format.validate()?;
    let m = ModuleBuilder::new("packet_rx").param("", format.tag());
    let m = m.doc("Finds good packets in a byte stream.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the packet");
    let input = Stream::sink(&m, "in", &[("data", uint(8), "a byte")]);
    let header = Stream::source(&m, "header", &format.header());
    let fields = [("data", uint(8), "a byte"), ("last", BIT, "the payload ends")];
    let payload = Stream::source(&m, "payload", &fields);

    let state = m.reg("state_q", uint(4), clk).reset(rst, 0);
    m.drive(input.ready(), state.q.lt(HEADER as u32));
    let takes = m.named("takes", input.moves());
    let byte = input.get("data");
    let receiver = Receiver { m: &m, clk, rst, format, state, takes, byte };
    let (field, complete) = receiver.length();
    let length = m.reg("length_q", format.length(), clk).enable(complete);
    length.next(field.resize(length.q.width()));
    let [kind, sequence] =
        [("kind_q", KIND), ("sequence_q", SEQUENCE)].map(|(name, at)| receiver.keep(name, at));
    let verdict = receiver.verdict(field, complete);
    let [last_byte, payload_ends] = receiver.buffer(&payload, length.q);
    receiver.steps(&verdict, length.q, last_byte, [header.moves(), payload_ends]);
    m.drive(header.valid(), receiver.at(HEADER));
    for (field, value) in [("kind", kind), ("sequence", sequence), ("length", length.q)] {
        m.drive(header.get(field), value);
    }
    let flag = |name: &str, doc: &str, value: Sig<'_>| m.drive(m.output(name, BIT, doc), value);
    flag("length_error", "a packet said it was too long", verdict.too_long);
    flag("crc_error", "a packet's checksum was wrong", verdict.broken);
    flag("timed_out", "a packet stopped half-way", verdict.timed_out);
    Ok(m.build()?)
}
