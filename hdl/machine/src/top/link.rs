//! The machine behind a serial line, with packets or without, or behind packets in the rings of a
//! mailbox.
//!
//! | port | meaning |
//! |---|---|
//! | `rx`, `tx` | the serial line, high when idle (`uart`, `uart-bus`) |
//! | `aw`, `w`, `b`, `ar`, `r` | AXI4-Lite with byte addresses of 14 bits (`mailbox`) |
//! | `interrupt` | a program is done or failed (`uart`, `uart-bus`); there are replies (`mailbox`) |
//! | `clock_level`, `clock_current` | level to change to; level in use |
//!
//! The line keeps its bit rate when the clock changes.

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::io::{AxiLiteConfig, ClockDivider, axi_lite, serial_bus, uart_rx, uart_tx};
use bitladder_blocks::link::{
    LinkConfig, MAILBOX_ADDRESS_BITS, MailboxConfig, mailbox, packet_engine,
};
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::register;
use bitladder_rtl::{BIT, Clock, Errors, Instance, Module, ModuleBuilder, Sig};

use super::{MachineError, identifier, machine};
use crate::control::{BUS_ADDRESS_BITS, ControlConfig, pass_out};

/// Words of a mailbox's rings: the packets under way, as far as the window of memory reaches.
fn ring_words(config: &MachineConfig) -> u32 {
    (config.host.window * config.host.packet_bytes / 4).clamp(32, 1024)
}

fn link(config: &MachineConfig) -> LinkConfig {
    LinkConfig {
        packet_bytes: config.host.packet_bytes,
        window: config.host.window,
        address_bits: BUS_ADDRESS_BITS,
        status: register::STATUS,
        config_hash: ControlConfig::of(config).hash,
    }
}

/// A module under construction, with the machine and the packet engine in front of it.
struct Top<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    machine: Instance<'m>,
    engine: Instance<'m>,
}

impl<'m> Top<'m> {
    fn place(m: &'m ModuleBuilder, inner: &Arc<Module>, engine: &Arc<Module>) -> Top<'m> {
        let clk = m.clock("clk", "clock");
        let rst = m.input("rst", BIT, "synchronous reset");
        let machine = m.instance("machine", inner).clock("clk", clk).connect("rst", rst);
        let engine = m.instance("engine", engine).clock("clk", clk);
        m.link(engine, "bus", machine, "bus");
        let outside = |port: &str| {
            !["rst", "interrupt", "clock_current"].contains(&port) && !port.starts_with("bus_")
        };
        pass_out(m, machine, inner, outside);
        Top { m, clk, rst, machine, engine }
    }

    fn instance(&self, name: &str, module: &Arc<Module>) -> Instance<'m> {
        self.m.instance(name, module).clock("clk", self.clk).connect("rst", self.rst)
    }

    fn interrupt(&self, value: Sig<'m>, doc: &str) {
        self.m.drive(self.m.output("interrupt", BIT, doc), value);
    }

    /// The clock in use.
    fn level(&self) -> Sig<'m> {
        let level = self.machine.out("clock_level").ty();
        let level = self.m.input("clock_current", level, "clock level in use");
        self.machine.connect("clock_current", level);
        level
    }
}

/// Builds a machine behind an engine that speaks to its register bus; `front` connects the
/// engine's streams.
fn behind(
    config: &MachineConfig,
    (name, engine): (&str, &Arc<Module>),
    front: impl FnOnce(&Top<'_>) -> Result<(), BlockError>,
) -> Result<Arc<Module>, MachineError> {
    let of = |source: BlockError| MachineError::Unit { machine: config.name.clone(), source };
    let inner = machine(config)?;
    let m = ModuleBuilder::new(&format!("machine_{name}")).param("", identifier(&config.name));
    let m = m.doc(&format!("The machine `{}` behind `{name}`.", config.name));
    front(&Top::place(&m, &inner, engine)).map_err(of)?;
    let wrong = |source: Errors| MachineError::Description { machine: config.name.clone(), source };
    m.build().map_err(wrong)
}

/// The machine behind a serial line, its clocks as configured.
pub fn machine_uart(config: &MachineConfig) -> Result<Arc<Module>, MachineError> {
    let hz: Vec<u32> = config.clock.levels_mhz.iter().map(|mhz| mhz * 1_000_000).collect();
    machine_uart_at(config, &hz)
}

/// The machine behind a serial line whose clocks are these, in hertz, from level 0 on: what a
/// board's PLL makes of the configured ones. With a single one, no other level ever runs.
pub fn machine_uart_at(config: &MachineConfig, hz: &[u32]) -> Result<Arc<Module>, MachineError> {
    let engine = packets(config)?;
    behind(config, ("uart", &engine), |top| {
        serial(top, config, hz)?;
        top.engine.connect("interrupt", top.machine.out("interrupt")).ignore("session");
        Ok(())
    })
}

/// The machine behind a serial line without packets, its clocks as configured.
pub fn machine_uart_bus(config: &MachineConfig) -> Result<Arc<Module>, MachineError> {
    let hz: Vec<u32> = config.clock.levels_mhz.iter().map(|mhz| mhz * 1_000_000).collect();
    machine_uart_bus_at(config, &hz)
}

/// The same with the clocks of a board, as [`machine_uart_at`].
pub fn machine_uart_bus_at(
    config: &MachineConfig,
    hz: &[u32],
) -> Result<Arc<Module>, MachineError> {
    let of = |source: BlockError| MachineError::Unit { machine: config.name.clone(), source };
    let engine = serial_bus(BUS_ADDRESS_BITS).map_err(of)?;
    behind(config, ("uart_bus", &engine), |top| serial(top, config, hz))
}

/// The serial line in front of an engine.
fn serial(top: &Top<'_>, config: &MachineConfig, hz: &[u32]) -> Result<(), BlockError> {
    let divider = ClockDivider::for_clocks(hz, config.host.baud)?;
    let (m, engine) = (top.m, top.engine);
    engine.connect("rst", top.rst);
    let rx = top.instance("rx", &uart_rx(divider)?);
    let tx = top.instance("tx", &uart_tx(divider)?);
    rx.connect("line", m.input("rx", BIT, "serial line from the host"));
    rx.ignore("framing_error").ignore("overrun");
    m.drive(m.output("tx", BIT, "serial line to the host"), tx.out("line"));
    m.link(rx, "out", engine, "in");
    m.link(engine, "out", tx, "in");
    let level = top.level();
    if hz.len() > 1 {
        rx.connect("level", level);
        tx.connect("level", level);
    }
    top.interrupt(top.machine.out("interrupt"), "a program is done or failed");
    Ok(())
}

/// The packet engine.
fn packets(config: &MachineConfig) -> Result<Arc<Module>, MachineError> {
    let of = |source: BlockError| MachineError::Unit { machine: config.name.clone(), source };
    packet_engine(&link(config)).map_err(of)
}

/// The machine behind a mailbox.
pub fn machine_mailbox(config: &MachineConfig) -> Result<Arc<Module>, MachineError> {
    let engine = packets(config)?;
    behind(config, ("mailbox", &engine), |top| {
        top.engine.connect("interrupt", top.machine.out("interrupt")).ignore("session");
        let slave = axi_lite(&AxiLiteConfig { address_bits: MAILBOX_ADDRESS_BITS + 2 })?;
        let config_hash = ControlConfig::of(config).hash;
        let rings = mailbox(&MailboxConfig { ring_words: ring_words(config), config_hash })?;
        let front = top.instance("slave", &slave);
        let rings = top.instance("rings", &rings);
        top.m.link(front, "bus", rings, "bus");
        top.m.link(rings, "to", top.engine, "in");
        top.m.link(top.engine, "out", rings, "from");
        top.engine.connect("rst", top.rst | rings.out("restart"));
        pass_out(top.m, front, &slave, |port| port != "rst" && !port.starts_with("bus_"));
        top.level();
        top.interrupt(rings.out("interrupt"), "there are replies");
        Ok(())
    })
}
