//! Requests of the bus: taken in, looked at, answered.

use bitladder_blocks::io::register_bus;
use bitladder_machine::isa::register;
use bitladder_rtl::{BIT, BundlePort, Clock, ModuleBuilder, Sig, Ty, uint};

use super::BUS_ADDRESS_BITS;
use crate::control::config::ControlConfig;

/// What the bus asks for.
pub(super) struct Request<'m> {
    pub(super) address: Sig<'m>,
    pub(super) data: Sig<'m>,
    pub(super) write: Sig<'m>,
}

/// What the parts of the register map share.
pub(super) struct Map<'m> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) clk: Clock<'m>,
    pub(super) rst: Sig<'m>,
    /// Back to the first values, on reset or command.
    pub(super) clear: Sig<'m>,
    pub(super) bus: BundlePort<'m>,
    /// The request, in registers: what follows from it takes its time.
    pub(super) request: Request<'m>,
    /// A request is looked at: its second cycle. It reads or writes.
    pub(super) looks: Sig<'m>,
    pub(super) reads: Sig<'m>,
    pub(super) writes: Sig<'m>,
    /// A write of less than a word.
    pub(super) partly: Sig<'m>,
    pub(super) busy: Sig<'m>,
    /// Memories can be checked, and there is memory outside.
    pub(super) checks: bool,
    pub(super) outside: bool,
    /// The number of a transfer between host and memories.
    pub(super) transfer: Ty,
    /// Bits of the count of cycles.
    pub(super) cycle_bits: u32,
    /// The clock is slow.
    pub(super) direct: bool,
}

impl<'m> Map<'m> {
    fn on_bus(&self, field: &str) -> Sig<'m> {
        self.bus.get(field).expect("a field of the register bus")
    }

    pub(super) fn at(&self, address: u32) -> Sig<'m> {
        self.request.address.eq(address / 4)
    }

    pub(super) fn data(&self, ty: Ty) -> Sig<'m> {
        self.request.data.truncate(ty.width)
    }

    /// A value too large for a register of this type is on the bus.
    pub(super) fn exceeds(&self, ty: Ty) -> Sig<'m> {
        match ty.width {
            32 => self.m.lit(BIT, 0),
            width => self.request.data.slice(31, width).reduce_or(),
        }
    }

    /// A register that is read and written; gives its value and whether a write was refused.
    pub(super) fn stored(&self, name: &str, address: u32, ty: Ty) -> (Sig<'m>, Sig<'m>) {
        let written = self.writes & self.at(address);
        let exceeds = self.exceeds(ty);
        let held = self.m.reg(&format!("{name}_q"), ty, self.clk).reset(self.clear, 0);
        held.enable(written & !exceeds).next(self.data(ty));
        (held.q, written & exceeds)
    }

    /// Answers requests three edges after they are looked at, from registers.
    pub(super) fn answer(
        &self,
        values: &[(u32, Sig<'m>)],
        refused: Sig<'m>,
        [window, here]: [Sig<'m>; 2],
    ) {
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

/// The cycles of a request, which memory outside may hold up: whether it is looked at.
fn cycles<'m>(
    m: &'m ModuleBuilder,
    (clk, rst): (Clock<'m>, Sig<'m>),
    [valid, done]: [Sig<'m>; 2],
    config: &ControlConfig,
) -> Sig<'m> {
    let cycle = |name: &str| m.reg(name, BIT, clk).reset(rst, 0);
    let [answers, arrives, looks, ready] =
        ["answers_q", "arrives_q", "looks_q", "ready_q"].map(cycle);
    // Before memories that are far away have an answer.
    let (mut looked, mut under_way) = (looks.q, looks.q);
    for edge in 1..=config.far_edges() {
        let reg = cycle(&format!("looked_{edge}_q"));
        reg.next(looked);
        (looked, under_way) = (reg.q, under_way | reg.q);
    }
    looks.next(valid & !under_way & !answers.q & !arrives.q & !ready.q);
    let waits = match config.external {
        Some(_) => m.input("host_waits", BIT, "memory outside has no answer yet"),
        None => m.lit(BIT, 0),
    };
    answers.next(looked | (answers.q & waits));
    arrives.next(answers.q & !waits);
    ready.next(arrives.q);
    m.drive(done, ready.q);
    looks.q
}

/// Places the bus; its requests are looked at in their second cycle.
pub(super) fn map<'m>(m: &'m ModuleBuilder, config: &ControlConfig) -> Map<'m> {
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let bus = m.sink("bus", &register_bus(BUS_ADDRESS_BITS));
    let busy = m.input("status_busy", BIT, "a program runs");
    let of = |field: &str| bus.get(field).expect("a field of the register bus");
    let outside = config.external.is_some();
    let looks = cycles(m, (clk, rst), [of("valid"), of("ready")], config);
    // A request stays until it is answered; in registers its way is shorter.
    let held = |name: &str, value| if config.direct { value } else { m.pipe(name, value, clk) };
    let [address, data, write] =
        ["address", "data", "write"].map(|field| held(&format!("{field}_q"), of(field)));
    let whole = held("whole_q", of("strobe").reduce_and());
    let [reads, writes] = [!write, write & whole].map(|kind| looks & kind);
    let clear = m.wire("clear", BIT);
    let (partly, checks) = (looks & write & !whole, config.checks);
    let request = Request { address, data, write };
    let (transfer, cycle_bits) = (config.transfer(), config.cycle_bits);
    Map {
        m,
        clk,
        rst,
        clear,
        looks,
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
