//! The register map on a register bus, and the windows onto the memories.
//!
//! Every request takes five cycles (seven in machines of 64 lanes and more), except those that reach
//! memory outside. What does not exist, cannot be read or written, or is not
//! possible at the moment is answered by `error` and changes nothing: writing less than a whole
//! word, starting a program or reaching into memories while one runs, memory beyond its end.
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

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::io::register_bus;
use bitladder_machine::isa::{ISA_VERSION, register};
use bitladder_rtl::{BIT, BundlePort, Clock, Module, ModuleBuilder, Sig, Ty, uint};

use super::config::{ControlConfig, FAR_EDGES};
use super::counts::counters;
use super::descriptor::program_counter;

/// Bits of a word address on the bus.
pub(crate) const BUS_ADDRESS_BITS: u32 = 6;
/// The number of a memory.
pub(super) const SELECT: Ty = uint(3);
const LEVEL: Ty = uint(register::CLOCK_LEVEL_WANTED_WIDTH);
/// What register `id` holds: `BLDR`.
const ID: u32 = 0x424c_4452;

/// What the bus asks for.
struct Request<'m> {
    address: Sig<'m>,
    data: Sig<'m>,
    write: Sig<'m>,
}

struct Map<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    /// Back to the first values, on reset or command.
    clear: Sig<'m>,
    bus: BundlePort<'m>,
    /// The request, in registers: what follows from it takes its time.
    request: Request<'m>,
    /// A request is looked at: its second cycle. It reads or writes.
    looks: Sig<'m>,
    reads: Sig<'m>,
    writes: Sig<'m>,
    /// A write of less than a word.
    partly: Sig<'m>,
    busy: Sig<'m>,
    /// Memories can be checked, and there is memory outside.
    checks: bool,
    outside: bool,
    /// The number of a transfer between host and memories.
    transfer: Ty,
    /// Bits of the count of cycles.
    cycle_bits: u32,
    /// The clock is slow.
    direct: bool,
}

impl<'m> Map<'m> {
    fn on_bus(&self, field: &str) -> Sig<'m> {
        self.bus.get(field).expect("a field of the register bus")
    }

    fn at(&self, address: u32) -> Sig<'m> {
        self.request.address.eq(address / 4)
    }

    fn data(&self, ty: Ty) -> Sig<'m> {
        self.request.data.truncate(ty.width)
    }

    /// A value too large for a register of this type is on the bus.
    fn exceeds(&self, ty: Ty) -> Sig<'m> {
        match ty.width {
            32 => self.m.lit(BIT, 0),
            width => self.request.data.slice(31, width).reduce_or(),
        }
    }

    /// A register that is read and written; gives its value and whether a write was refused.
    fn stored(&self, name: &str, address: u32, ty: Ty) -> (Sig<'m>, Sig<'m>) {
        let written = self.writes & self.at(address);
        let exceeds = self.exceeds(ty);
        let held = self.m.reg(&format!("{name}_q"), ty, self.clk).reset(self.clear, 0);
        held.enable(written & !exceeds).next(self.data(ty));
        (held.q, written & exceeds)
    }

    /// Commands; gives whether one was refused.
    fn commands(&self) -> Sig<'m> {
        let m = self.m;
        let written = m.named("commands", self.writes & self.at(register::CONTROL));
        let bit = |bit: u32| self.request.data.bit(bit);
        let [start, stop, reset] =
            [register::CONTROL_START_BIT, register::CONTROL_STOP_BIT, register::CONTROL_RESET_BIT]
                .map(bit);
        // A program that runs is not started again, unless it is reset first.
        let check = match self.checks {
            true => bit(register::CONTROL_CHECK_BIT),
            false => m.lit(BIT, 0),
        };
        let refused = written & ((start & check) | ((start | check) & (self.busy | reset)));
        let good = written & !refused;
        // In registers: everything hangs on these.
        let soon = |name: &str, bit: Sig<'m>| {
            let held = m.reg(&format!("{name}_q"), BIT, self.clk).reset(self.rst, 0);
            held.next(good & bit);
            held.q
        };
        let reset = soon("reset", reset);
        // The request for a reset is answered nevertheless.
        m.drive(self.clear, self.rst | reset);
        m.drive(m.output("reset", BIT, "stop now"), reset);
        if self.checks {
            m.drive(m.output("check", BIT, "check a memory"), soon("check", check));
        }
        for (name, bit, doc) in
            [("start", start, "run a program"), ("stop", stop, "stop after the layer that runs")]
        {
            m.drive(m.output(name, BIT, doc), soon(name, bit));
        }
        refused
    }

    /// The window; gives its registers, the word read and whether a request was refused.
    fn window(&self) -> [Sig<'m>; 5] {
        let m = self.m;
        let (select, large_select) = self.stored("window_select", register::WINDOW_SELECT, SELECT);
        let here = self.at(register::WINDOW_DATA);
        let missing = m.input("host_missing", BIT, "there is no such transfer");
        let possible = !missing & !self.busy;
        let (write, read) = (self.writes & here, self.reads & here);
        let moves = m.named("moves", (write | read) & possible);

        let written = self.writes & self.at(register::WINDOW_ADDRESS);
        let large = written & self.exceeds(self.transfer);
        let address = m.reg("window_address_q", self.transfer, self.clk).reset(self.clear, 0);
        let address = address.enable((written & !large) | moves);
        address.next(written.mux(self.data(self.transfer), address.q + 1));
        for (name, value, doc) in [
            ("select", select, "which memory"),
            ("address", address.q, "which transfer"),
            ("write", write & possible, "write it at this edge"),
            ("read", read & possible, "read it at this edge"),
            ("data", self.request.data, "what to write"),
            ("writes", self.request.write, "the request is a write, possible or not"),
        ] {
            m.drive(m.output(&format!("host_{name}"), value.ty(), doc), value);
        }
        let answer = m.input("host_answer", uint(32), "the transfer read at the last edge");
        let refused = large_select | large | ((write | read) & !possible);
        [select, address.q, answer, here, refused]
    }

    /// The cycle counter: reading its low word holds the high one.
    fn cycles(&self) -> [Sig<'m>; 2] {
        let m = self.m;
        let cycles = m.input("cycles", uint(self.cycle_bits), "since the start");
        if self.cycle_bits <= 32 {
            return [cycles.zero_extend(32), m.lit(uint(32), 0)];
        }
        let high = m.reg("cycles_high_q", uint(32), self.clk);
        let high = high.enable(self.reads & self.at(register::CYCLES_LOW));
        high.next(cycles.slice(self.cycle_bits - 1, 32).zero_extend(32));
        [cycles.slice(31, 0), high.q]
    }

    /// The status register, and the interrupt that follows from it.
    fn status(&self, enable: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let done = m.input("status_done", BIT, "the program reached its end");
        let code = uint(register::STATUS_ERROR_WIDTH);
        let error = m.input("status_error", code, "why it did not");
        let number = uint(register::STATUS_LAYER_WIDTH);
        let layer = m.input("status_layer", number, "the layer that runs, or ran last");
        let interrupt = m.reg("interrupt_q", BIT, self.clk).reset(self.clear, 0);
        interrupt.next((enable.bit(0) & done) | (enable.bit(1) & error.reduce_or()));
        m.drive(m.output("interrupt", BIT, "a program is done or failed"), interrupt.q);
        let gap = m.lit(uint(register::STATUS_ERROR_BIT - 2), 0);
        m.cat(&[layer, error, gap, done, self.busy])
    }

    /// Answers requests three edges after they are looked at, from registers.
    fn answer(&self, values: &[(u32, Sig<'m>)], refused: Sig<'m>, [window, here]: [Sig<'m>; 2]) {
        let m = self.m;
        let failed = match self.outside {
            true => here & m.input("host_failed", BIT, "memory outside failed"),
            false => m.lit(BIT, 0),
        };
        let arms: Vec<_> = values.iter().map(|(at, value)| (u128::from(at / 4), *value)).collect();
        let value = m.case(self.request.address, &arms, m.lit(uint(32), 0));
        let any = |list: &mut dyn Iterator<Item = u32>| {
            list.fold(m.lit(BIT, 0), |any, address| any | self.at(address))
        };
        let readable = any(&mut values.iter().map(|(at, _)| *at).chain([register::WINDOW_DATA]));
        let checks = [register::CHECK_LENGTH, register::CHECK_CRC];
        let writable =
            any(&mut WRITABLE.into_iter().chain(checks.into_iter().filter(|_| self.checks)));
        let bad = (self.reads & !readable) | (self.writes & !writable) | self.partly | refused;
        let held = |name: &str, value: Sig<'m>| m.pipe(name, value, self.clk);
        let seen = |name: &str, value: Sig<'m>| {
            let seen = m.reg(name, value.ty(), self.clk).enable(self.looks);
            seen.next(value);
            seen.q
        };
        let from_window = held("from_window_q", here);
        let value = if self.direct { value } else { seen("value_q", value) };
        let read = from_window.mux(window, value);
        m.drive(self.on_bus("read"), held("read_q", read));
        m.drive(self.on_bus("error"), held("error_q", seen("bad_q", bad) | failed));
    }
}

/// Registers that can be written.
const WRITABLE: [u32; 7] = [
    register::CONTROL,
    register::PROGRAM_START,
    register::CLOCK_LEVEL,
    register::WINDOW_SELECT,
    register::WINDOW_ADDRESS,
    register::WINDOW_DATA,
    register::INTERRUPT_ENABLE,
];

/// Places the bus; its requests are looked at in their second cycle.
fn map<'m>(m: &'m ModuleBuilder, config: &ControlConfig) -> Map<'m> {
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let bus = m.sink("bus", &register_bus(BUS_ADDRESS_BITS));
    let busy = m.input("status_busy", BIT, "a program runs");
    let of = |field: &str| bus.get(field).expect("a field of the register bus");
    let answers = m.reg("answers_q", BIT, clk).reset(rst, 0);
    let arrives = m.reg("arrives_q", BIT, clk).reset(rst, 0);
    let looks = m.reg("looks_q", BIT, clk).reset(rst, 0);
    let ready = m.reg("ready_q", BIT, clk).reset(rst, 0);
    let fresh = looks.q;
    // Before memories that are far away have an answer.
    let later = if config.far() { FAR_EDGES } else { 0 };
    let (mut looked, mut under_way) = (fresh, fresh);
    for edge in 1..=later {
        let reg = m.reg(&format!("looked_{edge}_q"), BIT, clk).reset(rst, 0);
        reg.next(looked);
        (looked, under_way) = (reg.q, under_way | reg.q);
    }
    looks.next(of("valid") & !under_way & !answers.q & !arrives.q & !ready.q);
    let outside = config.external.is_some();
    let waits = match outside {
        true => m.input("host_waits", BIT, "memory outside has no answer yet"),
        false => m.lit(BIT, 0),
    };
    answers.next(looked | (answers.q & waits));
    arrives.next(answers.q & !waits);
    ready.next(arrives.q);
    m.drive(of("ready"), ready.q);
    // A request stays until it is answered; in registers its way is shorter.
    let held = |name: &str, value| if config.direct { value } else { m.pipe(name, value, clk) };
    let [address, data, write] =
        ["address", "data", "write"].map(|field| held(&format!("{field}_q"), of(field)));
    let whole = held("whole_q", of("strobe").reduce_and());
    let [reads, writes] = [!write, write & whole].map(|kind| fresh & kind);
    let clear = m.wire("clear", BIT);
    let (partly, checks) = (fresh & write & !whole, config.checks);
    let request = Request { address, data, write };
    let (transfer, cycle_bits) = (config.transfer(), config.cycle_bits);
    Map {
        m,
        clk,
        rst,
        clear,
        looks: fresh,
        reads,
        writes,
        partly,
        bus,
        request,
        busy,
        checks,
        outside,
        transfer,
        cycle_bits,
        direct: config.direct,
    }
}

/// A value as the host reads it.
fn wide(value: Sig<'_>) -> Sig<'_> {
    value.zero_extend(32)
}

/// Builds the registers.
pub fn registers(config: &ControlConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("registers").param("", config.tag());
    let m = m.doc("The register map, and windows onto the memories.");
    let map = map(&m, config);
    let counter = program_counter(config);
    let constant = |value: u32| m.lit(uint(32), value);

    let (first, bad_first) = map.stored("program_start", register::PROGRAM_START, counter);
    m.drive(m.output("program_start", counter, "where the program begins"), first);
    let (level, bad_level) = map.stored("clock_wanted", register::CLOCK_LEVEL, LEVEL);
    m.drive(m.output("clock_wanted", LEVEL, "the level to change to"), level);
    let current = m.input("clock_current", LEVEL, "the level in use");
    let gap = m.lit(uint(register::CLOCK_LEVEL_CURRENT_BIT - LEVEL.width), 0);
    let enables = map.stored("interrupt_enable", register::INTERRUPT_ENABLE, uint(2));
    let [select, address, answer, here, bad_window] = map.window();
    let [low, high] = map.cycles();
    let mut values = vec![
        (register::ID, constant(ID)),
        (register::ISA_VERSION, constant(ISA_VERSION)),
        (register::SHAPE, constant(config.shape())),
        (register::CONFIG_HASH, constant(config.hash)),
        (register::STATUS, map.status(enables.0)),
        (register::PROGRAM_START, wide(first)),
        (register::CLOCK_LEVEL, wide(m.cat(&[current, gap, level]))),
        (register::WINDOW_SELECT, wide(select)),
        (register::WINDOW_ADDRESS, wide(address)),
        (register::INTERRUPT_ENABLE, wide(enables.0)),
        (register::CYCLES_LOW, low),
        (register::CYCLES_HIGH, high),
    ];
    let counter = |(name, at): (&str, u32)| (at, m.input(name, uint(32), "a counter"));
    values.extend(counters(config).map(counter));
    let mut refused = map.commands() | bad_first | bad_level | bad_window | enables.1;
    if config.checks {
        let (length, bad) = map.stored("check_length", register::CHECK_LENGTH, config.transfer());
        let (crc, _) = map.stored("check_crc", register::CHECK_CRC, uint(32));
        m.drive(m.output("check_length", config.transfer(), "transfers to check"), length);
        m.drive(m.output("check_crc", uint(32), "the CRC-32 they should have"), crc);
        values.extend([(register::CHECK_LENGTH, wide(length)), (register::CHECK_CRC, crc)]);
        refused = refused | bad;
    }
    map.answer(&values, refused, [answer, here]);
    Ok(m.build()?)
}
