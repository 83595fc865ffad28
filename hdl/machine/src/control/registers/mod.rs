//! The register map on a register bus, and the windows onto the memories.
//!
//! Every request takes five cycles (seven in machines of 64 lanes and more), except those that reach
//! memory outside. What does not exist, cannot be read or written, or is not possible at the moment
//! is answered by `error` and changes nothing: writing less than a whole word, starting a program or
//! reaching into memories while one runs, memory beyond its end.
//! Cost on ECP5: 449 LUT4, 124 FF.
//!
//! | port | meaning |
//! |---|---|
//! | `bus` | the register bus; `address` is the byte address in the map divided by 4 |
//! | `interrupt` | a program is done or failed, if enabled |
//! | `start`, `stop`, `reset` | commands, for one cycle; `reset` also clears these registers |
//! | `program_start` | where the program begins |
//! | `status_*`, `cycles`, counters | what the host reads |
//! | `clock_wanted`, `clock_current` | level to change to; level in use |
//! | `host_*` | the window: `select`, `address`, `write`, `read`, `data`; `missing` at once, `answer` two edges after `read` |
//! | `host_waits`, `host_failed` | with memory outside: the answer comes later, an edge after these are clear; it failed |
//! | `check`, `check_*` | command to check a memory: from `host_address` on, `length`, `crc` |
//!
//! ```text
//! clk           _/~\_/~\_/~\_/~\_/~\_
//! bus_valid     /~~~~~~~~~~~~~~~~~~~\     reading window_data
//! host_read     ____/~~~\____________
//! host_answer               <word
//! bus_ready     ________________/~~~\
//! ```

mod map;
mod parts;

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{ISA_VERSION, register};
use bitladder_rtl::{Module, ModuleBuilder, Sig, Ty, uint};

use super::config::ControlConfig;
use super::counts::counters;
use super::descriptor::program_counter;
use map::{Map, map};

/// Bits of a word address on the bus.
pub(crate) const BUS_ADDRESS_BITS: u32 = 6;
/// The number of a memory.
pub(super) const SELECT: Ty = uint(3);
const LEVEL: Ty = uint(register::CLOCK_LEVEL_WANTED_WIDTH);
/// What register `id` holds: `BLDR`.
const ID: u32 = 0x424c_4452;

/// A value as the host reads it.
fn wide(value: Sig<'_>) -> Sig<'_> {
    value.zero_extend(32)
}

/// What the host knows the machine by.
fn identity<'m>(m: &'m ModuleBuilder, config: &ControlConfig) -> [(u32, Sig<'m>); 4] {
    [
        (register::ID, ID),
        (register::ISA_VERSION, ISA_VERSION),
        (register::SHAPE, config.shape()),
        (register::CONFIG_HASH, config.hash),
    ]
    .map(|(at, value)| (at, m.lit(uint(32), value)))
}

/// What is to be checked, and whether a write to that was refused.
fn check<'m>(map: &Map<'m>, transfer: Ty) -> ([(u32, Sig<'m>); 2], Sig<'m>) {
    let (length, bad) = map.stored("check_length", register::CHECK_LENGTH, transfer);
    let (crc, _) = map.stored("check_crc", register::CHECK_CRC, uint(32));
    map.m.outputs(&[
        ("check_length", length, "transfers to check"),
        ("check_crc", crc, "the CRC-32 they should have"),
    ]);
    ([(register::CHECK_LENGTH, wide(length)), (register::CHECK_CRC, crc)], bad)
}

/// Builds the registers.
pub fn registers(config: &ControlConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("registers").param("", config.tag());
    let m = m.doc("The register map, and windows onto the memories.");
    let map = map(&m, config);
    let counter = program_counter(config);

    let (first, bad_first) = map.stored("program_start", register::PROGRAM_START, counter);
    m.drive(m.output("program_start", counter, "where the program begins"), first);
    let (level, bad_level) = map.stored("clock_wanted", register::CLOCK_LEVEL, LEVEL);
    m.drive(m.output("clock_wanted", LEVEL, "the level to change to"), level);
    let current = m.input("clock_current", LEVEL, "the level in use");
    let gap = m.lit(uint(register::CLOCK_LEVEL_CURRENT_BIT - LEVEL.width), 0);
    let enables = map.stored("interrupt_enable", register::INTERRUPT_ENABLE, uint(2));
    let [select, address, answer, here, bad_window] = map.window();
    let [low, high] = map.cycles();
    let mut values = identity(&m, config).to_vec();
    values.extend([
        (register::STATUS, map.status(enables.0)),
        (register::PROGRAM_START, wide(first)),
        (register::CLOCK_LEVEL, wide(m.cat(&[current, gap, level]))),
        (register::WINDOW_SELECT, wide(select)),
        (register::WINDOW_ADDRESS, wide(address)),
        (register::INTERRUPT_ENABLE, wide(enables.0)),
        (register::CYCLES_LOW, low),
        (register::CYCLES_HIGH, high),
    ]);
    let counter = |(name, at): (&str, u32)| (at, m.input(name, uint(32), "a counter"));
    values.extend(counters(config).map(counter));
    let mut refused = map.commands() | bad_first | bad_level | bad_window | enables.1;
    if config.checks {
        let (check, bad) = check(&map, config.transfer());
        values.extend(check);
        refused = refused | bad;
    }
    map.answer(&values, refused, [answer, here]);
    Ok(m.build()?)
}
