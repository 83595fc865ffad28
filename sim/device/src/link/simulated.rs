//! Simulated machines behind a serial line or a mailbox.

use std::time::Duration;

use bitladder_hdl_machine::top::{machine_mailbox, machine_uart, machine_uart_bus};
use bitladder_link::{Link, LinkError, LinkOptions, Mailbox, Transport};
use bitladder_machine::MachineConfig;
use bitladder_rtl::Design;
use bitladder_verilated::BuildOptions;

use super::bus::PacketBus;
use super::ports::{Ports, SimPorts, VerilatedPorts};
use super::serial::SerialBus;
use super::{AxiWindow, Clocks, UartLine, line, window};
use crate::{BackendError, BusDevice};

/// A simulated machine behind a serial line.
pub type SimulatedUart<P> = BusDevice<PacketBus<UartLine<P>>>;
/// A simulated machine behind a serial line without packets.
pub type SimulatedUartBus<P> = BusDevice<SerialBus<UartLine<P>>>;
/// A simulated machine behind a mailbox.
pub type SimulatedMailbox<P> = BusDevice<PacketBus<Mailbox<AxiWindow<P>>>>;

/// Cycles between two looks at the status.
const MOMENT: u32 = 1000;

fn moment(config: &MachineConfig) -> Duration {
    Duration::from_secs_f64(f64::from(MOMENT) / Clocks::of(config).hz())
}

/// As patient as the line needs for a window of packets in both directions.
fn options(config: &MachineConfig) -> LinkOptions {
    let bits = 10 * 2 * config.host.packet_bytes * (config.host.window + 1);
    let timeout = Duration::from_secs_f64(f64::from(bits) / f64::from(config.host.baud));
    LinkOptions { timeout, tries: 8, nonce: 0x5eed }
}

/// A device behind packets over any transport, with the patience that suits the machine's line.
pub fn behind_packets<T: Transport>(
    config: &MachineConfig,
    transport: T,
) -> Result<BusDevice<PacketBus<T>>, LinkError> {
    let link = Link::open(transport, options(config))?;
    Ok(BusDevice::new(PacketBus::new(link, moment(config))))
}

/// The machine behind a serial line in the Rust simulation, driven at its pins.
pub fn uart_sim(config: &MachineConfig) -> Result<SimulatedUart<SimPorts>, BackendError> {
    let design = Design::elaborate(&machine_uart(config)?)?;
    let ports = SimPorts::new(&design, &line::INPUTS, &line::OUTPUTS)?;
    let line = UartLine::new(ports, Clocks::of(config), config.host.baud, 0.0)?;
    Ok(behind_packets(config, line)?)
}

/// The machine behind a serial line in Verilator, driven at its pins.
pub fn uart_verilated(
    config: &MachineConfig,
    options: &BuildOptions,
) -> Result<SimulatedUart<VerilatedPorts>, BackendError> {
    Ok(behind_packets(config, uart_line(config, options, 0.0)?)?)
}

fn on_line<P: Ports>(
    config: &MachineConfig,
    ports: P,
) -> Result<SimulatedUartBus<P>, BackendError> {
    let line = UartLine::new(ports, Clocks::of(config), config.host.baud, 0.0)?;
    // As long as an answer of some bytes takes.
    let timeout = Duration::from_secs_f64(10.0 * 10.0 / f64::from(config.host.baud));
    Ok(BusDevice::new(SerialBus::open(line, timeout, moment(config))?))
}

/// The machine behind a serial line without packets in the Rust simulation, driven at its pins.
pub fn uart_bus_sim(config: &MachineConfig) -> Result<SimulatedUartBus<SimPorts>, BackendError> {
    let design = Design::elaborate(&machine_uart_bus(config)?)?;
    on_line(config, SimPorts::new(&design, &line::INPUTS, &line::OUTPUTS)?)
}

/// The same in Verilator.
pub fn uart_bus_verilated(
    config: &MachineConfig,
    options: &BuildOptions,
) -> Result<SimulatedUartBus<VerilatedPorts>, BackendError> {
    let design = Design::elaborate(&machine_uart_bus(config)?)?;
    on_line(config, VerilatedPorts::new(&design, options, &line::INPUTS, &line::OUTPUTS)?)
}

/// The serial line alone, at the pins of the machine in Verilator. The host's bit rate is off by
/// `error`, a share of it.
pub fn uart_line(
    config: &MachineConfig,
    options: &BuildOptions,
    error: f64,
) -> Result<UartLine<VerilatedPorts>, BackendError> {
    let design = Design::elaborate(&machine_uart(config)?)?;
    let ports = VerilatedPorts::new(&design, options, &line::INPUTS, &line::OUTPUTS)?;
    Ok(UartLine::new(ports, Clocks::of(config), config.host.baud, error)?)
}

/// The machine behind a mailbox in the Rust simulation.
pub fn mailbox_sim(config: &MachineConfig) -> Result<SimulatedMailbox<SimPorts>, BackendError> {
    let design = Design::elaborate(&machine_mailbox(config)?)?;
    let ports = SimPorts::new(&design, &window::INPUTS, &window::OUTPUTS)?;
    let mailbox = Mailbox::open(AxiWindow::new(ports, Clocks::of(config))?)?;
    Ok(behind_packets(config, mailbox)?)
}

/// The machine behind a mailbox in Verilator.
pub fn mailbox_verilated(
    config: &MachineConfig,
    options: &BuildOptions,
) -> Result<SimulatedMailbox<VerilatedPorts>, BackendError> {
    let mailbox = Mailbox::open(mailbox_window(config, options)?)?;
    Ok(behind_packets(config, mailbox)?)
}

/// The window of the mailbox alone, at the pins of the machine in Verilator.
pub fn mailbox_window(
    config: &MachineConfig,
    options: &BuildOptions,
) -> Result<AxiWindow<VerilatedPorts>, BackendError> {
    let design = Design::elaborate(&machine_mailbox(config)?)?;
    let ports = VerilatedPorts::new(&design, options, &window::INPUTS, &window::OUTPUTS)?;
    Ok(AxiWindow::new(ports, Clocks::of(config))?)
}
