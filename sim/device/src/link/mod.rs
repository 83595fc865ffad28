//! Machines behind packets: the bus that speaks them, and the simulated machines that answer.

mod bridge;
mod bus;
mod clocks;
mod line;
mod ports;
mod serial;
mod simulated;
mod window;

pub use bridge::MailboxBridge;
pub use bus::PacketBus;
pub use clocks::Clocks;
pub use line::UartLine;
pub use ports::{Ports, SimPorts, VerilatedPorts};
pub use serial::SerialBus;
pub use simulated::{
    SimulatedMailbox, SimulatedUart, SimulatedUartBus, behind_packets, mailbox_sim,
    mailbox_verilated, mailbox_window, uart_bus_sim, uart_bus_verilated, uart_line, uart_sim,
    uart_verilated,
};
pub use window::AxiWindow;
