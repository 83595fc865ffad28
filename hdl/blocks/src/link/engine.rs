//! Packet engine: from a byte stream of frames to a register bus, and back.
//!
//! ```text
//! in --> frame_rx --words--> requests (block RAM) --> executor <--> bus
//!                                                        |
//! out <------------ answers (block RAM) in frame_tx <----+
//! ```
//!
//! Requests wait in their memory, answers are kept in theirs, `window` of each. The engine takes
//! bytes while there is room for a packet; a host that keeps to its credits never fills it. Whatever
//! comes in, the engine goes on: frames end at the next zero byte, a silent register after 255
//! cycles.
//!
//! | port | meaning |
//! |---|---|
//! | `in`, `out` | streams of bytes |
//! | `bus` | the register bus |
//! | `interrupt` | an `event` is sent when it rises |
//! | `session` | a host has said `hello` |
//!
//! ```text
//! in_data    00 <hello> 00 ........ 00 <execute> 00
//! out_data   .............00 <welcome> 00 .........00 <done> 00
//! bus_valid  __________________________________/~~\____________
//! ```
//!
//! ```
//! # use bitladder_blocks::link::{LinkConfig, packet_engine};
//! let config =
//!     LinkConfig { packet_bytes: 512, window: 4, address_bits: 6, status: 0x14, config_hash: 0xbeef };
//! assert_eq!(packet_engine(&config)?.name(), "packet_engine_p512_w4_a6_14_0000beef");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{
    BIT, Bundle, Clock, Instance, Module, ModuleBuilder, ReadDuringWrite, Sig, uint,
};

use super::{LinkConfig, executor, frame_rx, frame_tx};
use crate::BlockError;
use crate::io::register_bus;
use crate::stream::stream_of;

/// The memory of requests between receiver and executor.
fn requests<'m>(
    m: &'m ModuleBuilder,
    config: &LinkConfig,
    clk: Clock<'m>,
    rst: Sig<'m>,
    [rx, ex]: [Instance<'m>; 2],
) {
    let ty = uint(config.window.ilog2() + 1);
    let (comes, goes) = (rx.out("packet"), ex.out("taken"));
    let waiting = m.reg("waiting_q", ty, clk).reset(rst, 0).doc("requests in the memory");
    waiting.enable(comes ^ goes).next(comes.mux(waiting.q + 1, waiting.q - 1));
    ex.connect("waiting", waiting.q.reduce_or());
    rx.connect("free", waiting.q.ne(config.window));
    let slot = |name: &str, when: Sig<'m>| {
        let slot = m.reg(name, config.slot(), clk).reset(rst, 0).enable(when);
        slot.next(slot.q + 1);
        slot.q
    };
    let depth = (config.window * config.packet_bytes / 4) as usize;
    let memory = m.memory("requests", uint(32), depth, ReadDuringWrite::DontCare);
    let write = slot("write_slot_q", comes).cat(rx.out("write_address"));
    memory.write(clk, rx.out("write_enable"), write, rx.out("write_data"));
    let read = slot("read_slot_q", goes).cat(ex.out("read_address"));
    let word = memory.read_enabled("request_q", clk, read, ex.out("read_enable"));
    ex.connect("read_data", word);
}

/// Builds the engine.
pub fn packet_engine(config: &LinkConfig) -> Result<Arc<Module>, BlockError> {
    let parts = [frame_rx(config)?, executor(config)?, frame_tx(config)?];
    let m =
        ModuleBuilder::new("packet_engine").param("", config.tag()).param("", config.identity());
    let m = m.doc("From a byte stream of frames to a register bus, and back.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "ends the session");
    let byte: Bundle = stream_of(&[("data", uint(8), "a byte")]);
    let (input, out) = (m.sink("in", &byte), m.source("out", &byte));
    let bus = m.source("bus", &register_bus(config.address_bits));
    let place = |name: &str, module: &Arc<Module>| {
        m.instance(name, module).clock("clk", clk).connect("rst", rst)
    };
    let rx = place("rx", &parts[0]);
    let ex = place("executor", &parts[1]);
    let tx = place("tx", &parts[2]);
    rx.pass_on("in", &input);
    tx.pass_on("out", &out);
    ex.pass_on("bus", &bus);
    requests(&m, config, clk, rst, [rx, ex]);
    for name in ["damaged", "too_long"] {
        ex.connect(name, rx.out(name));
    }
    m.link(ex, "word", tx, "word");
    m.link(ex, "send", tx, "send");
    for name in ["start", "base"] {
        tx.connect(name, ex.out(name));
    }
    for name in ["stored", "idle"] {
        ex.connect(name, tx.out(name));
    }
    ex.connect("interrupt", m.input("interrupt", BIT, "to be told when it rises"));
    m.drive(m.output("session", BIT, "a host has said hello"), ex.out("session"));
    Ok(m.build()?)
}
