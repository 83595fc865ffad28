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

use bitladder_rtl::{BIT, Module, ModuleBuilder, uint};

use super::register_bus::register_bus;
use crate::BlockError;
use crate::check::within;
use crate::stream::Stream;

const WAITS: u32 = 0;
const TAKES: u32 = 1;
const ASKS: u32 = 2;
const TELLS: u32 = 3;
const SENDS: u32 = 4;

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
    let of = |field: &str| bus.get(field).expect("a field of the register bus");

    let state = m.reg("state_q", uint(3), clk).reset(rst, WAITS);
    let to = |state: u32| m.lit(uint(3), state);
    let is = |wanted: u32| state.q.eq(wanted);
    let (comes, goes) = (input.moves(), out.moves());
    m.drive(input.ready(), is(WAITS) | is(TAKES));
    let head = m.reg("head_q", uint(8), clk).enable(comes & is(WAITS));
    head.next(input.get("data"));
    let write = head.q.msb();
    let answered = m.named("answered", is(ASKS) & of("ready"));
    let moves = m.named("moves", (comes & is(TAKES)) | (goes & is(SENDS)));
    let word = m.reg("word_q", uint(32), clk).enable(moves | (answered & !write));
    let shifted = input.get("data").cat(word.q.slice(31, 8));
    word.next(is(ASKS).mux(of("read"), shifted));
    let refused = m.reg("refused_q", BIT, clk).enable(answered);
    refused.next(of("error"));
    let count = m.reg("count_q", uint(2), clk).reset(is(WAITS), 0).enable(moves);
    count.next(count.q + 1);
    let last = m.named("last", moves & count.q.reduce_and());

    let asked = input.get("data").msb().mux(to(TAKES), to(ASKS));
    let told = write.mux(to(WAITS), to(SENDS));
    let arms = [
        (u128::from(WAITS), comes.mux(asked, to(WAITS))),
        (u128::from(TAKES), last.mux(to(ASKS), to(TAKES))),
        (u128::from(ASKS), answered.mux(to(TELLS), to(ASKS))),
        (u128::from(TELLS), goes.mux(told, to(TELLS))),
    ];
    state.next(m.case(state.q, &arms, last.mux(to(WAITS), to(SENDS))));
    m.drive(out.valid(), is(TELLS) | is(SENDS));
    let status = refused.q.zero_extend(8);
    m.drive(out.get("data"), is(TELLS).mux(status, word.q.truncate(8)));
    for (field, value) in [
        ("valid", is(ASKS)),
        ("write", write),
        ("address", head.q.truncate(address_bits)),
        ("data", word.q),
        ("strobe", m.ones(uint(4))),
    ] {
        m.drive(of(field), value);
    }
    Ok(m.build()?)
}
