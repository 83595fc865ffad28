//! Machines behind packets: the bus that speaks them, and the simulated machines that answer.

mod bus;
mod line;
mod ports;
mod simulated;
mod window;

pub use bus::PacketBus;
pub use line::UartLine;
pub use ports::{Ports, SimPorts, VerilatedPorts};
pub use simulated::{
    SimulatedMailbox, SimulatedUart, behind_packets, mailbox_sim, mailbox_verilated, uart_line,
    uart_sim, uart_verilated,
};
pub use window::AxiWindow;
