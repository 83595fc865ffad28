//! The top of a design for a board: oscillator, PLL, reset, serial line and lights around a machine.
//!
//! | port | meaning |
//! |---|---|
//! | the board's oscillator | `clk` on all boards that are here |
//! | `uart_rx`, `uart_tx` | the serial line |
//! | `led` | bit 0: the machine runs; bit 1: its interrupt |
//! | `flash_cs_n` | 1, where the serial line shares wires with the flash |
//!
//! ```text
//! oscillator --> PLL --+--> clock switch --> machine behind its serial line
//!                      |       ^     |level in use
//!                      |       |     v
//!                      |     level that the machine asks for
//!                      +--> lock --> reset, until 15 edges after the lock
//! ```

use std::sync::Arc;

use bitladder_blocks::{ClockSwitchConfig, Family, SwitchCell, clock_switch};
use bitladder_fpga::{Board, Clocks};
use bitladder_hdl_machine::top::{machine_uart_at, machine_uart_bus_at};
use bitladder_machine::MachineConfig;
use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use crate::{BuildError, Host};

/// Edges that the machine stays in reset for after the PLL has locked.
const RESET_EDGES: u32 = 15;
/// Bits of a clock level in the machine's registers.
const LEVEL_BITS: u32 = 2;

/// Clocks and reset of the design.
struct Source<'m> {
    clock: Clock<'m>,
    reset: Sig<'m>,
    /// The switch and the clock of its control; none if there is only one level.
    switch: Option<(Instance<'m>, Clock<'m>)>,
}

/// A machine on a board.
pub(crate) fn board_top(
    config: &MachineConfig,
    host: Host,
    board: &Board,
    clocks: &Clocks,
) -> Result<Arc<Module>, BuildError> {
    if config.external_memory.is_some() {
        let (machine, board) = (config.name.clone(), board.name.clone());
        return Err(BuildError::ExternalMemory { machine, board });
    }
    let machine = match host {
        Host::UartBus => machine_uart_bus_at(config, &clocks.hz)?,
        _ => machine_uart_at(config, &clocks.hz)?,
    };
    let m = ModuleBuilder::new("board");
    let m = m.param("", identifier(&board.name)).param("", identifier(&config.name));
    let m = m.doc(&format!("The machine `{}` on board `{}`.", config.name, board.name));
    let source = source(&m, config, board, clocks)?;
    let placed = m.instance("machine", &machine).clock("clk", source.clock);
    placed.connect("rst", source.reset);
    placed.connect("rx", m.input("uart_rx", BIT, "serial line from the host"));
    m.drive(m.output("uart_tx", BIT, "serial line to the host"), placed.out("tx"));
    levels(&m, &source, placed);
    lights(&m, board, !source.reset, placed.out("interrupt"));
    m.build()
        .map_err(Box::new)
        .map_err(|source| BuildError::Description { machine: config.name.clone(), source })
}

/// A name that Verilog takes.
fn identifier(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn source<'m>(
    m: &'m ModuleBuilder,
    config: &MachineConfig,
    board: &Board,
    clocks: &Clocks,
) -> Result<Source<'m>, BuildError> {
    let oscillator = m.clock(&board.clock.signal, "the board's oscillator");
    let Some(cell) = &clocks.cell else {
        let reset = reset(m, "machine", m.lit(BIT, 1), oscillator);
        return Ok(Source { clock: oscillator, reset, switch: None });
    };
    let cell = m.black_box("clocks", &cell.black_box()).clock("CLKI", oscillator);
    let locked = cell.out("LOCK");
    let first = cell.clock_out("CLKO0");
    if clocks.hz.len() == 1 {
        return Ok(Source {
            clock: first,
            reset: reset(m, "machine", locked, first),
            switch: None,
        });
    }
    let count = clocks.hz.len() as u32;
    let family = board.fpga.device.family.primitives();
    let switch = ClockSwitchConfig { family, clocks: count, cell: switch_cell(family, count) };
    let of = |source| BuildError::Link { machine: config.name.clone(), source: Box::new(source) };
    let switch = m.instance("switch", &clock_switch(&switch).map_err(of)?).clock("clk", first);
    switch.connect("rst", reset(m, "switch", locked, first));
    for index in 0..count {
        switch.clock(&format!("clk_{index}"), cell.clock_out(&format!("CLKO{index}")));
    }
    let clock = switch.clock_out("clk");
    Ok(Source { clock, reset: reset(m, "machine", locked, clock), switch: Some((switch, first)) })
}

/// The vendor's own switch as far as it goes, as it takes the fewest clock nets.
fn switch_cell(family: Family, clocks: u32) -> SwitchCell {
    match (family, clocks) {
        (Family::Ecp5, 2) | (Family::Gowin, _) => SwitchCell::Vendor,
        _ => SwitchCell::Interlock,
    }
}

/// A reset in the domain of a clock, from power-up until some edges after `good`.
fn reset<'m>(m: &'m ModuleBuilder, name: &str, good: Sig<'m>, clock: Clock<'m>) -> Sig<'m> {
    let good = m.synchronize(&format!("{name}_locked"), good, clock);
    let count = uint(RESET_EDGES.ilog2() + 1);
    let edges = m.reg(&format!("{name}_edges_q"), count, clock).reset(!good, 0).init(0);
    let up = edges.q.eq(RESET_EDGES);
    edges.next(up.mux(edges.q, edges.q + 1));
    m.named(&format!("{name}_reset"), !up)
}

/// Between the level that the machine asks for and the switch. A level is two bits, which may
/// arrive in different cycles: one that was seen twice is taken, and the switch moves but from one
/// level to another.
fn levels<'m>(m: &'m ModuleBuilder, source: &Source<'m>, machine: Instance<'m>) {
    let wanted = machine.out("clock_level");
    let Some((switch, control)) = source.switch else {
        machine.ignore("clock_level");
        machine.connect("clock_current", m.lit(uint(LEVEL_BITS), 0));
        return;
    };
    let used = switch.out("level");
    let wanted = m.crossing("level_wanted", wanted);
    let early = m.pipe("level_early_q", m.pipe("level_meta_q", wanted, control), control);
    let late = m.pipe("level_late_q", early, control);
    let may = switch.out("settled") & early.eq(late);
    let level = m.reg("level_q", used.ty(), control).enable(may).init(0);
    level.next(late.bits(0, used.width()));
    switch.connect("level", level.q);
    let used = m.crossing("level_used", used);
    let used = m.pipe("used_meta_q", used, source.clock);
    let used = m.pipe("used_q", used, source.clock);
    machine.connect("clock_current", used.zero_extend(LEVEL_BITS));
}

/// Lights, as far as the board has them.
fn lights<'m>(m: &'m ModuleBuilder, board: &Board, runs: Sig<'m>, interrupt: Sig<'m>) {
    let both = interrupt.cat(runs);
    if let Some(led) = board.signal("led") {
        let shown = both.bits(0, both.width().min(led.pins.len() as u32));
        let shown = if led.active_low { !shown } else { shown };
        m.drive(m.output("led", shown.ty(), "runs; interrupt"), shown);
    }
    let shared = board.signal("uart_rx").is_some_and(|signal| signal.shared);
    if shared && board.signal("flash_cs_n").is_some() {
        m.drive(m.output("flash_cs_n", BIT, "leaves the wires to the serial line"), m.lit(BIT, 1));
    }
}
