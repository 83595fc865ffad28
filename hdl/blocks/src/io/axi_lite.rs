//! AXI4-Lite slave in front of a register bus.
//!
//! Each channel has one register, so no path runs through the slave. Reads and writes take turns
//! when both wait. Address and data of a write may come in any order. A failed request answers
//! SLVERR. The two lowest address bits are not looked at, and there is no protection input. Cost
//! with 12 address bits: 44 LUT4, 97 FF on ECP5.
//!
//! | port | meaning |
//! |---|---|
//! | `aw`, `w`, `ar` | streams in: `addr`; `data`, `strb`; `addr` |
//! | `b`, `r` | streams out: `resp`; `data`, `resp` |
//! | `bus` | the register bus, see [`register_bus`] |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_/~\_     read
//! ar_valid   ~~~~~\___________________
//! bus_valid  _________/~~~\___________
//! bus_ready  _________/~~~\___________
//! r_valid    _____________/~~~\_______
//! ```
//!
//! ```
//! # use bitladder_blocks::io::{AxiLiteConfig, axi_lite};
//! assert_eq!(axi_lite(&AxiLiteConfig { address_bits: 12 })?.name(), "axi_lite_a12");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Reg, Sig, uint};

use super::register_bus::register_bus;
use crate::BlockError;
use crate::check::within;
use crate::register::keep;
use crate::stream::Stream;

/// Size of the address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxiLiteConfig {
    /// Bits of a byte address, 3 to 32.
    pub address_bits: u32,
}

/// A channel's register: full, and the fields.
struct Held<'m> {
    full: Reg<'m>,
    fields: Vec<Sig<'m>>,
    taken: Sig<'m>,
}

/// What all channels are built with.
struct Slave<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
}

impl<'m> Slave<'m> {
    /// The register behind an incoming channel; `done` (driven later) empties it.
    fn request(&self, name: &str, channel: &Stream<'m>, fields: &[&str]) -> Held<'m> {
        let full = self.m.reg(&format!("{name}_full_q"), BIT, self.clk).reset(self.rst, 0);
        self.m.drive(channel.ready(), !full.q);
        let field = |field: &&str| {
            let (name, value) = (format!("{name}_{field}_q"), channel.get(field));
            keep(self.m, self.clk, channel.moves(), &name, value)
        };
        Held { full, fields: fields.iter().map(field).collect(), taken: channel.moves() }
    }

    /// Whether a request is on the bus, and whether it is a write: the two kinds take turns.
    fn turns(&self, can_write: Sig<'m>, can_read: Sig<'m>, ready: Sig<'m>) -> [Sig<'m>; 2] {
        let going = self.m.reg("going_q", BIT, self.clk).reset(self.rst, 0);
        let going = going.doc("a request is on the bus");
        let writes = self.m.reg("writes_q", BIT, self.clk).reset(self.rst, 0).enable(!going.q);
        let pick_write = can_write & (!can_read | !writes.q);
        writes.next((can_write | can_read).mux(pick_write, writes.q));
        going.next(going.q.mux(!ready, can_write | can_read));
        [going.q, writes.q]
    }

    /// The register in front of an outgoing channel, filled where `fill` is set.
    fn response(
        &self,
        name: &str,
        channel: &Stream<'m>,
        fill: Sig<'m>,
        fields: &[(&str, Sig<'m>)],
    ) -> Sig<'m> {
        let full = self.m.reg(&format!("{name}_full_q"), BIT, self.clk).reset(self.rst, 0);
        full.next(fill | (full.q & !channel.ready()));
        self.m.drive(channel.valid(), full.q);
        for (field, value) in fields {
            let kept = keep(self.m, self.clk, fill, &format!("{name}_{field}_q"), *value);
            self.m.drive(channel.get(field), kept);
        }
        full.q
    }
}

impl Held<'_> {
    /// Empties the register where `done` is set.
    fn release<'m>(held: &Held<'m>, done: Sig<'m>) {
        held.full.next(held.taken | (held.full.q & !done));
    }
}

/// Builds the slave.
pub fn axi_lite(config: &AxiLiteConfig) -> Result<Arc<Module>, BlockError> {
    let bits = config.address_bits;
    within("axi_lite.address_bits", bits, 3..=32)?;
    let m = ModuleBuilder::new("axi_lite").param("a", bits);
    let m = m.doc("AXI4-Lite slave in front of a register bus.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets all requests");
    let (address, data) = (uint(bits), uint(32));
    let resp = ("resp", uint(2), "0: good, 2: failed");
    let aw = Stream::sink(&m, "aw", &[("addr", address, "byte address")]);
    let w = Stream::sink(&m, "w", &[("data", data, "a word"), ("strb", uint(4), "its bytes")]);
    let b = Stream::source(&m, "b", &[resp]);
    let ar = Stream::sink(&m, "ar", &[("addr", address, "byte address")]);
    let r = Stream::source(&m, "r", &[("data", data, "the word"), resp]);
    let bus = m.source("bus", &register_bus(bits - 2));
    let on_bus = |field: &str| bus.get(field).expect("a field of the register bus");

    let slave = Slave { m: &m, clk, rst };
    let aw = slave.request("aw", &aw, &["addr"]);
    let w = slave.request("w", &w, &["data", "strb"]);
    let ar = slave.request("ar", &ar, &["addr"]);
    let (b_full, r_full) = (m.wire("b_full", BIT), m.wire("r_full", BIT));
    let can_write = m.named("can_write", aw.full.q & w.full.q & !b_full);
    let can_read = m.named("can_read", ar.full.q & !r_full);

    let [going, writes] = slave.turns(can_write, can_read, on_bus("ready"));
    let done = m.named("done", going & on_bus("ready"));
    let (write_done, read_done) = (done & writes, done & !writes);
    Held::release(&aw, write_done);
    Held::release(&w, write_done);
    Held::release(&ar, read_done);
    let resp = on_bus("error").cat(m.lit(BIT, 0));
    m.drive(b_full, slave.response("b", &b, write_done, &[("resp", resp)]));
    let answer = [("data", on_bus("read")), ("resp", resp)];
    m.drive(r_full, slave.response("r", &r, read_done, &answer));
    let word = writes.mux(aw.fields[0], ar.fields[0]).slice(bits - 1, 2);
    bus.drive_all(&[going, writes, word, w.fields[0], w.fields[1]]);
    Ok(m.build()?)
}
