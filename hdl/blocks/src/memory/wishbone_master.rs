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

/// The request under way.
struct Request<'m> {
    m: &'m ModuleBuilder,
    port: MemoryPort<'m>,
    /// A word is asked for, and one is answered: driven by what the slave says.
    step: Sig<'m>,
    answered: Sig<'m>,
    to_ask: Left<'m>,
    busy: Sig<'m>,
    write: Sig<'m>,
    address: Sig<'m>,
}

impl<'m> Request<'m> {
    /// Takes a request when the one before it is over.
    fn place(m: &'m ModuleBuilder, clk: Clock<'m>, config: &MemoryPortConfig) -> Request<'m> {
        let rst = m.input("rst", BIT, "forgets all requests");
        let port = MemoryPort(m.sink("port", &config.bundle()));
        let [takes, step, answered] = ["takes", "step", "answered"].map(|name| m.wire(name, BIT));
        let length = port.get("length");
        let to_ask = Left::place(m, (clk, rst), "to_ask", (takes, length, step));
        let to_come = Left::place(m, (clk, rst), "to_come", (takes, length, answered));
        let busy = to_come.any.q;
        m.drive(takes, port.get("valid") & !busy);
        m.drive(port.get("ready"), !busy);
        let write = m.kept("write_q", port.get("write"), takes, clk);
        let address = m.reg("address_q", port.get("address").ty(), clk).enable(takes | step);
        address.next(takes.mux(port.get("address"), address.q + 1));
        Request { m, port, step, answered, to_ask, busy, write, address: address.q }
    }

    /// There is a word to ask for, and to write: it is there.
    fn offers(&self) -> Sig<'m> {
        self.to_ask.any.q & (!self.write | self.port.get("write_valid"))
    }

    /// Tells the port that a word was taken, and that one is done.
    fn tell(&self, taken: Sig<'m>, done: Sig<'m>, (read, err): (Sig<'m>, Sig<'m>)) {
        let (m, port) = (self.m, &self.port);
        m.drive(self.answered, done);
        m.drive(self.step, taken);
        m.drive(port.get("write_ready"), taken & self.write);
        m.drive(port.get("read_valid"), done & !self.write);
        m.drive(port.get("read_data"), read);
        m.drive(port.get("error"), err & done);
        m.drive(port.get("idle"), !self.busy);
    }

    /// The tags of a burst.
    fn tags(&self) {
        let (m, ty) = (self.m, uint(3));
        let last = !self.to_ask.count.q.reduce_or();
        m.outputs(&[
            ("m_cti", last.mux(m.lit(ty, LAST), m.lit(ty, GOES_ON)), "others follow, or the last"),
            ("m_bte", m.lit(uint(2), 0), "the address counts up"),
        ]);
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
    let request = Request::place(&m, clk, config);
    let [ack, err] = [("m_ack", "done"), ("m_err", "failed")].map(|(n, doc)| m.input(n, BIT, doc));
    let read = m.input("m_dat", uint(data_bits), "the word read");

    let offers = request.offers();
    // Slaves that answer bursts in every cycle may answer a word that is not there yet.
    let waits = if classic { offers } else { request.busy };
    let done = m.named("done", (ack | err) & waits);
    // Classic: the answer takes the word; pipelined: the first cycle without a stall does.
    let taken = match classic {
        true => done,
        false => offers & !m.input("m_stall", BIT, "the request is not taken yet"),
    };
    request.tell(taken, done, (read, err));
    if classic {
        request.tags();
    }
    m.outputs(&[
        ("m_cyc", request.busy, "a bus cycle is under way"),
        ("m_stb", offers, "there is a request"),
        ("m_we", request.write, "it is a write"),
        ("m_adr", request.address, "number of the word"),
        ("m_sel", m.ones(uint(config.bytes())), "which bytes"),
        ("m_dat", request.port.get("write_data"), "what to write"),
    ]);
    Ok(m.build()?)
}
