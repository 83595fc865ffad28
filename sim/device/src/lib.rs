//! One way to run programs on the machine, whatever it is made of.
//!
//! [`Device`] is what a host does: load a program, set inputs, start, wait, read results. Behind it
//! are the interpreter ([`Golden`]), the RTL in the Rust simulation ([`rust_sim`]) and in Verilator
//! ([`verilator`]), and whatever else answers on a [`Bus`]: [`BusDevice`] speaks the register map.
//! [`locate`] finds out where a device leaves the interpreter's path.
//!
//! ```
//! use bitladder_device::{Device, Golden};
//! use bitladder_machine::MachineConfig;
//! let text = include_str!("../../../gen/configs/sim-4x4.toml");
//! let mut device = Golden::new(&MachineConfig::parse("sim-4x4.toml", text)?);
//! assert_eq!((device.info()?.rows, device.info()?.columns), (4, 4));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bus;
mod bus_device;
mod device;
mod error;
mod golden;
mod layers;
mod link;
mod locate;
mod outside;
mod pins;
mod simulated;
mod state;

pub use bus::{Bus, BusError};
pub use bus_device::BusDevice;
pub use device::{Device, cycle_limit, run};
pub use error::{DeviceError, Fault};
pub use golden::Golden;
pub use layers::{Causes, LayerCount, compare_layers, count_layers};
pub use link::{
    AxiWindow, Clocks, MailboxBridge, PacketBus, Ports, SerialBus, SimPorts, SimulatedMailbox,
    SimulatedUart, SimulatedUartBus, UartLine, VerilatedPorts, behind_packets, mailbox_sim,
    mailbox_verilated, mailbox_window, uart_bus_sim, uart_bus_verilated, uart_line, uart_sim,
    uart_verilated,
};
pub use locate::{LocateError, Mismatch, Place, locate};
pub use outside::{OutsideModel, outside_model};
pub use pins::{PinBus, Pins};
pub use simulated::{
    BackendError, RustSim, Verilated, rust_sim, rust_sim_of, rust_sim_with, verilator,
    verilator_with,
};
pub use state::{Counters, Info, Memory, Status};
