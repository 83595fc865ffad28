//! A register bus over a byte stream, without packets: a tenth of the logic of the
//! [packet engine](fn@crate::link::packet_engine), and nothing that notices a byte that the line
//! has lost or changed.
//!
//! | request | answer |
//! |---|---|
//! | the word address | 0, or 1 if it was refused; four bytes of the word, lowest first |
//! | 128 and the word address; four bytes of a word, lowest first | 0, or 1 if it was refused |
//!
//! Four bytes of 0 end whatever request was left unfinished: each is a read of register 0 if none
//! was. A stream that comes while an answer goes out waits; a serial line cannot, so a host asks
//! for one word at a time. Writes may follow each other: answers are shorter than requests.
//! Cost on iCE40: 75 LUT4, 53 FF.
//!
//! | port | meaning |
//! |---|---|
//! | `in`, `out` | streams of bytes: requests, answers |
//! | `bus` | the register bus |
//!
//! ```text
//! in         _<129><d0 >...<d3 >_______________      write register 1
//! bus_valid  _____________________/~~~~\_______
//! out        ___________________________<0  >__
//! ```
//!
//! ```
//! # use bitladder_blocks::io::serial_bus;
//! assert_eq!(serial_bus(6)?.name(), "serial_bus_a6");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, BundlePort, Clock, Module, ModuleBuilder, Reg, Sig, uint};

use super::register_bus::register_bus;
use crate::BlockError;
use crate::check::within;
use crate::stream::Stream;

const WAITS: u32 = 0;
const TAKES: u32 = 1;
const ASKS: u32 = 2;
const TELLS: u32 = 3;
const SENDS: u32 = 4;

/// What the parts of the bridge share.
struct Bridge<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    state: Reg<'m>,
    bus: BundlePort<'m>,
    input: Stream<'m>,
    out: Stream<'m>,
    /// The request's first byte: the address, and whether it is a write.
    head: Sig<'m>,
}

/// The word that is written or was read.
struct Word<'m> {
    data: Sig<'m>,
    /// The bus has refused it.
    refused: Sig<'m>,
    /// The bus answers.
    answered: Sig<'m>,
    /// Its last byte moves.
    last: Sig<'m>,
}

impl<'m> Bridge<'m> {
    fn is(&self, state: u32) -> Sig<'m> {
        self.state.q.eq(state)
    }

    fn write(&self) -> Sig<'m> {
        self.head.msb()
    }

    fn on_bus(&self, field: &str) -> Sig<'m> {
        self.bus.get(field).expect("a field of the register bus")
    }

    /// Moves the word byte by byte between streams and bus.
    fn word(&self) -> Word<'m> {
        let (m, clk) = (self.m, self.clk);
        let (comes, goes) = (self.input.moves(), self.out.moves());
        let answered = m.named("answered", self.is(ASKS) & self.on_bus("ready"));
        let moves = m.named("moves", (comes & self.is(TAKES)) | (goes & self.is(SENDS)));
        let word = m.reg("word_q", uint(32), clk).enable(moves | (answered & !self.write()));
        let shifted = self.input.get("data").cat(word.q.slice(31, 8));
        word.next(self.is(ASKS).mux(self.on_bus("read"), shifted));
        let refused = m.kept("refused_q", self.on_bus("error"), answered, clk);
        let count = m.reg("count_q", uint(2), clk).reset(self.is(WAITS), 0).enable(moves);
        count.next(count.q + 1);
        let last = m.named("last", moves & count.q.reduce_and());
        Word { data: word.q, refused, answered, last }
    }

    /// The state register.
    fn steps(&self, Word { answered, last, .. }: &Word<'m>) {
        let m = self.m;
        let (comes, goes) = (self.input.moves(), self.out.moves());
        let to = |state: u32| m.lit(self.state.q.ty(), state);
        let asked = self.input.get("data").msb().mux(to(TAKES), to(ASKS));
        let told = self.write().mux(to(WAITS), to(SENDS));
        let arms = [
            (u128::from(WAITS), comes.mux(asked, to(WAITS))),
            (u128::from(TAKES), last.mux(to(ASKS), to(TAKES))),
            (u128::from(ASKS), answered.mux(to(TELLS), to(ASKS))),
            (u128::from(TELLS), goes.mux(told, to(TELLS))),
        ];
        self.state.next(m.case(self.state.q, &arms, last.mux(to(WAITS), to(SENDS))));
    }

    /// The answer: whether the bus refused, then the word's bytes.
    fn tell(&self, Word { data, refused, .. }: &Word<'m>) {
        let m = self.m;
        m.drive(self.out.valid(), self.is(TELLS) | self.is(SENDS));
        let status = refused.zero_extend(8);
        m.drive(self.out.get("data"), self.is(TELLS).mux(status, data.truncate(8)));
    }
}

/// Builds the bridge, for word addresses of so many bits: 1 to 7.
pub fn serial_bus(address_bits: u32) -> Result<Arc<Module>, BlockError> {
    within("serial_bus.address_bits", address_bits, 1..=7)?;
    let m = ModuleBuilder::new("serial_bus").param("a", address_bits);
    let m = m.doc("Register transfers over a byte stream.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the request");
    let byte = [("data", uint(8), "a byte")];
    let (input, out) = (Stream::sink(&m, "in", &byte), Stream::source(&m, "out", &byte));
    let bus = m.source("bus", &register_bus(address_bits));

    let state = m.reg("state_q", uint(3), clk).reset(rst, WAITS);
    let waits = state.q.eq(WAITS);
    m.drive(input.ready(), waits | state.q.eq(TAKES));
    let head = m.kept("head_q", input.get("data"), input.moves() & waits, clk);
    let bridge = Bridge { m: &m, clk, state, bus, input, out, head };
    let word = bridge.word();
    bridge.steps(&word);
    bridge.tell(&word);
    let address = head.truncate(address_bits);
    bridge.bus.drive_all(&[bridge.is(ASKS), bridge.write(), address, word.data, m.ones(uint(4))]);
    Ok(m.build()?)
}
