//! Wishbone (B4) master behind a memory port, classic or pipelined.
//!
//! A request is one bus cycle. Classic: a word at a time, with the tags of an incrementing burst
//! (`cti` 2, at the last word 7; `bte` 0), so that slaves which know them answer every cycle.
//! Pipelined: a word is asked for in each cycle that does not stall. `err` becomes `error` and
//! counts as an answer; what is read with it means nothing.
//!
//! Cost of words of 32 bits and 23 bits of their number on ECP5: 183 LUT4, 72 FF; 168 LUT4
//! pipelined.
//!
//! | port | meaning |
//! |---|---|
//! | `port` | the memory port, see [`MemoryPortConfig::bundle`] |
//! | `m_cyc`, `m_stb`, `m_we`, `m_adr`, `m_sel`, `m_dat` | the request; `adr` counts words |
//! | `m_cti`, `m_bte` | classic only: tags of the burst |
//! | `m_ack`, `m_err`, `m_dat` | the answer: done, or failed |
//! | `m_stall` | pipelined only: the request is not taken yet |
//!
//! ```text
//! clk         _/~\_/~\_/~\_/~\_/~\_     classic, length = 1
//! port_valid  /~~~\________________
//! m_stb       _____/~~~~~~~~~~~\___
//! m_cti            <2      ><7 >
//! m_ack       _________/~~~~~~~\___
//! ```
//!
//! ```
//! # use bitladder_blocks::io::WishboneMode;
//! # use bitladder_blocks::memory::{MemoryPortConfig, wishbone_master};
//! let port = MemoryPortConfig { data_bits: 32, address_bits: 24 };
//! assert_eq!(wishbone_master(&port, WishboneMode::Classic)?.name(), "wishbone_master_d32_a24_classic");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Reg, Sig, uint};

use super::MemoryPortConfig;
use super::port::MemoryPort;
use crate::BlockError;
use crate::io::WishboneMode;

/// `cti` of a word that others follow, and of the last.
const GOES_ON: u32 = 0b010;
const LAST: u32 = 0b111;

/// Words left to do, less one, and whether there are any.
struct Left<'m> {
    count: Reg<'m>,
    any: Reg<'m>,
}

impl<'m> Left<'m> {
    /// Counts at `step`.
    fn place(
        m: &'m ModuleBuilder,
        (clk, rst): (Clock<'m>, Sig<'m>),
        name: &str,
        (takes, length, step): (Sig<'m>, Sig<'m>, Sig<'m>),
    ) -> Left<'m> {
        let count = m.reg(&format!("{name}_q"), length.ty(), clk).enable(takes | step);
        count.next(takes.mux(length, count.q - 1));
        let any = m.reg(&format!("{name}_any_q"), BIT, clk).reset(rst, 0);
        any.next(takes | (any.q & !(step & !count.q.reduce_or())));
        Left { count, any }
    }
}

/// Builds the master.
pub fn wishbone_master(
    config: &MemoryPortConfig,
    mode: WishboneMode,
) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let MemoryPortConfig { data_bits, address_bits } = *config;
    let classic = mode == WishboneMode::Classic;
    let m = ModuleBuilder::new("wishbone_master").param("d", data_bits).param("a", address_bits);
    let m = m.param("", if classic { "classic" } else { "pipelined" });
    let m = m.doc("Wishbone master behind a memory port.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets all requests");
    let port = MemoryPort(m.sink("port", &config.bundle()));
    let [ack, err] = [("m_ack", "done"), ("m_err", "failed")].map(|(n, doc)| m.input(n, BIT, doc));
    let read = m.input("m_dat", uint(data_bits), "the word read");

    let [takes, step, answered] = ["takes", "step", "answered"].map(|name| m.wire(name, BIT));
    let length = port.get("length");
    let to_ask = Left::place(&m, (clk, rst), "to_ask", (takes, length, step));
    let to_come = Left::place(&m, (clk, rst), "to_come", (takes, length, answered));
    let busy = to_come.any.q;
    m.drive(takes, port.get("valid") & !busy);
    m.drive(port.get("ready"), !busy);
    let write = m.reg("write_q", BIT, clk).enable(takes);
    write.next(port.get("write"));
    let address = m.reg("address_q", uint(address_bits), clk).enable(takes | step);
    address.next(takes.mux(port.get("address"), address.q + 1));

    let offers = to_ask.any.q & (!write.q | port.get("write_valid"));
    // Slaves that answer bursts in every cycle may answer a word that is not there yet.
    let waits = if classic { offers } else { busy };
    let done = m.named("done", (ack | err) & waits);
    m.drive(answered, done);
    // Classic: the answer takes the word; pipelined: the first cycle without a stall does.
    let taken = match classic {
        true => done,
        false => offers & !m.input("m_stall", BIT, "the request is not taken yet"),
    };
    m.drive(step, taken);
    m.drive(port.get("write_ready"), taken & write.q);
    m.drive(port.get("read_valid"), done & !write.q);
    m.drive(port.get("read_data"), read);
    m.drive(port.get("error"), err & done);
    m.drive(port.get("idle"), !busy);
    if classic {
        let last = !to_ask.count.q.reduce_or();
        let cti = last.mux(m.lit(uint(3), LAST), m.lit(uint(3), GOES_ON));
        m.drive(m.output("m_cti", uint(3), "others follow, or the last"), cti);
        m.drive(m.output("m_bte", uint(2), "the address counts up"), m.lit(uint(2), 0));
    }
    for (name, value, doc) in [
        ("m_cyc", busy, "a bus cycle is under way"),
        ("m_stb", offers, "there is a request"),
        ("m_we", write.q, "it is a write"),
        ("m_adr", address.q, "number of the word"),
        ("m_sel", m.ones(uint(config.bytes())), "which bytes"),
    ] {
        m.drive(m.output(name, value.ty(), doc), value);
    }
    m.drive(m.output("m_dat", uint(data_bits), "what to write"), port.get("write_data"));
    Ok(m.build()?)
}
