//! The chip's pins, and the way of data through them.

use bitladder_rtl::{BIT, Sig, uint};

use super::super::port::MemoryPort;
use super::Builder;
use super::config::BANK_BITS;
use super::steps::Steps;

/// `ras_n`, `cas_n`, `we_n` of each command.
const NO_OPERATION: u32 = 0b111;
const ACTIVATE: u32 = 0b011;
const READ: u32 = 0b101;
const WRITE: u32 = 0b100;
const PRECHARGE: u32 = 0b010;
const REFRESH: u32 = 0b001;
const SET_MODE: u32 = 0b000;

/// The bit of the address that makes a precharge close all banks.
const ALL_BANKS: u32 = 10;
/// Where the mode register holds the CAS latency.
const CAS_LATENCY: u32 = 4;

/// Address pins of every chip.
const ADDRESS_PINS: u32 = 13;

/// The command's three bits, and the address pins with it.
fn command<'m>(b: &Builder<'m>, steps: &Steps<'m>) -> [Sig<'m>; 2] {
    let (m, pins) = (b.m, uint(ADDRESS_PINS));
    let column = steps.column.zero_extend(ADDRESS_PINS);
    let all = m.lit(pins, 1 << ALL_BANKS);
    let mode = m.lit(pins, b.config.cas_latency << CAS_LATENCY);
    let none = [m.lit(uint(3), NO_OPERATION), column];
    let steps = [
        (steps.closes_all, PRECHARGE, all),
        (steps.closes, PRECHARGE, m.lit(pins, 0)),
        (steps.refreshes, REFRESH, column),
        (steps.sets_mode, SET_MODE, mode),
        (steps.opens, ACTIVATE, steps.row.zero_extend(ADDRESS_PINS)),
        (steps.reads, READ, column),
        (steps.writes, WRITE, column),
    ];
    steps.iter().fold(none, |[code, address], (when, mine, pins)| {
        [when.mux(m.lit(uint(3), *mine), code), when.mux(*pins, address)]
    })
}

/// Drives all pins and what the port gets back.
pub(super) fn drive<'m>(b: &Builder<'m>, port: &MemoryPort<'m>, steps: &Steps<'m>) {
    let (m, clk) = (b.m, b.clk);
    let [code, address] = command(b, steps);
    let held = m.reg("command_q", code.ty(), clk).reset(b.rst, NO_OPERATION).init(NO_OPERATION);
    held.next(code);
    let bank = steps.sets_mode.mux(m.lit(uint(BANK_BITS), 0), steps.bank);
    let masked = m.pipe("masked_q", !steps.awake, clk);
    let enable = b.flag("dq_enable_q");
    enable.next(steps.writes);
    let word = m.pipe("dq_q", port.get("write_data"), clk);
    let strobes = b.config.data_bits / 8;
    for (name, value, doc) in [
        ("cke", m.lit(BIT, 1), "clock enable"),
        ("cs_n", m.lit(BIT, 0), "chip select"),
        ("ras_n", held.q.bit(2), "the command"),
        ("cas_n", held.q.bit(1), "the command"),
        ("we_n", held.q.bit(0), "the command"),
        ("ba", m.pipe("bank_q", bank, clk), "bank"),
        ("a", m.pipe("address_pins_q", address, clk), "row, column or mode"),
        ("dqm", masked.repeat(strobes), "data mask"),
        ("dq", word, "data to the pins"),
        ("dq_enable", enable.q, "drive them"),
    ] {
        m.drive(m.output(&format!("sdram_{name}"), value.ty(), doc), value);
    }
    let data = uint(b.config.data_bits);
    let read = m.pipe("read_q", m.input("sdram_dq_read", data, "data from the pins"), clk);
    // A cycle to the pins, the latency, and a cycle from the pins.
    let stages = b.config.cas_latency + if b.config.inverted_clock { 1 } else { 2 };
    let under_way = m.reg("reads_q", uint(stages), clk).reset(b.rst, 0);
    under_way.next(under_way.q.bits(0, stages - 1).cat(steps.reads));
    m.drive(steps.reading, under_way.q.reduce_or());
    m.drive(port.get("read_valid"), under_way.q.bit(stages - 1));
    m.drive(port.get("read_data"), read);
    m.drive(port.get("error"), m.lit(BIT, 0));
    m.drive(port.get("idle"), steps.rests & !steps.reading);
}
