//! Wishbone (B4) slave in front of a register bus, classic or pipelined.
//!
//! A request is registered before it goes to the bus, and the answer before it goes back. A
//! master that gives up (`cyc` low, or in classic mode `stb` low) gets no answer; the request on
//! the bus still ends before the next one starts. In pipelined mode `stall` is set while a request
//! is under way: one is outstanding at most. Cost with 10 address bits: 21 LUT4, 83 FF on ECP5.
//!
//! | port | meaning |
//! |---|---|
//! | `cyc`, `stb`, `we`, `adr`, `sel`, `dat` | the request; `adr` counts words |
//! | `ack`, `err`, `dat` | the answer: done, or failed |
//! | `stall` | pipelined only: the request is not taken yet |
//! | `bus` | the register bus, see [`register_bus`] |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_     classic
//! cyc, stb   ~~~~~~~~~~~~~\___
//! bus_valid  _____/~~~\_______
//! bus_ready  _____/~~~\_______
//! ack        _________/~~~\___
//! ```
//!
//! ```
//! # use bitladder_blocks::io::{WishboneConfig, WishboneMode, wishbone};
//! let config = WishboneConfig { address_bits: 10, mode: WishboneMode::Classic };
//! assert_eq!(wishbone(&config)?.name(), "wishbone_a10_classic");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, uint};

use super::register_bus::register_bus;
use crate::BlockError;
use crate::check::within;
use crate::register::keep;
use crate::stream::StreamField;

/// How a master holds its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishboneMode {
    /// `stb` stays until `ack` or `err`.
    Classic,
    /// Each cycle of `stb` without `stall` is a request.
    Pipelined,
}

/// Size and mode of a slave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WishboneConfig {
    /// Bits of a word address, 1 to 30.
    pub address_bits: u32,
    /// How the master holds its request.
    pub mode: WishboneMode,
}

impl WishboneConfig {
    fn fields(self) -> [StreamField<'static>; 4] {
        [
            ("we", BIT, "it is a write"),
            ("adr", uint(self.address_bits), "number of the word"),
            ("dat", uint(32), "what to write"),
            ("sel", uint(4), "which bytes"),
        ]
    }

    fn named(self) -> ModuleBuilder {
        let mode = if self.mode == WishboneMode::Classic { "classic" } else { "pipelined" };
        let m = ModuleBuilder::new("wishbone").param("a", self.address_bits).param("", mode);
        m.doc("Wishbone slave in front of a register bus.")
    }
}

/// Builds the slave.
pub fn wishbone(config: &WishboneConfig) -> Result<Arc<Module>, BlockError> {
    within("wishbone.address_bits", config.address_bits, 1..=30)?;
    let classic = config.mode == WishboneMode::Classic;
    let m = config.named();
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the request");
    let [cyc, stb] = [("cyc", "a bus cycle is under way"), ("stb", "there is a request")]
        .map(|(name, doc)| m.input(name, BIT, doc));
    let request = config.fields().map(|(name, ty, doc)| (name, m.input(name, ty, doc)));
    let bus = m.source("bus", &register_bus(config.address_bits));
    let on_bus = |field: &str| bus.get(field).expect("a field of the register bus");

    let going = m.reg("going_q", BIT, clk).reset(rst, 0).doc("a request is on the bus");
    let [good, bad] = ["ack_q", "err_q"].map(|name| m.reg(name, BIT, clk).reset(rst, 0));
    let free = if classic { !going.q & !good.q & !bad.q } else { !going.q };
    let takes = m.named("takes", cyc & stb & free);
    let done = going.q & on_bus("ready");
    going.next(takes | (going.q & !done));
    // The master still wants the answer.
    let waits = if classic { cyc & stb } else { cyc };
    let wanted = m.reg("wanted_q", BIT, clk).reset(rst, 0);
    wanted.next(takes | (wanted.q & waits));
    let (answers, error) = (done & wanted.q & waits, on_bus("error"));
    good.next(answers & !error);
    bad.next(answers & error);
    let read = keep(&m, clk, done, "read_q", on_bus("read"));
    let held =
        request.map(|(name, value)| keep(&m, clk, takes, &format!("request_{name}_q"), value));
    bus.drive_all(&[going.q, held[0], held[1], held[2], held[3]]);
    for (name, bit, doc) in [("ack", good, "done"), ("err", bad, "failed")] {
        m.drive(m.output(name, BIT, doc), bit.q & waits);
    }
    m.drive(m.output("dat", uint(32), "the word read"), read);
    if !classic {
        m.drive(m.output("stall", BIT, "the request is not taken yet"), going.q);
    }
    Ok(m.build()?)
}
