//! How the host reaches a machine.

use serde::{Deserialize, Serialize};

use super::check::Fault;
use super::{ClockConfig, MachineConfig};

/// What leads to the machine's registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostPort {
    /// Nothing: the register bus itself is the port.
    Bus,
    /// An AXI4-Lite slave.
    AxiLite,
    /// A Wishbone slave, classic.
    Wishbone,
    /// A Wishbone slave, pipelined.
    WishbonePipelined,
    /// Packets over a serial line.
    Uart,
    /// Register transfers over a serial line, without packets.
    UartBus,
    /// Packets in rings of memory behind an AXI4-Lite slave, for PCIe.
    Mailbox,
}

/// How the host reaches the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostConfig {
    /// What leads to the machine's registers.
    pub port: HostPort,
    /// Bits per second of a serial line.
    pub baud: u32,
    /// Room for a packet.
    pub packet_bytes: u32,
    /// Packets under way at once.
    pub window: u32,
    /// Whether the machine counts what its units do, and what moves, for the host.
    pub counters: bool,
}

fn range(key: &'static str, value: u32, allowed: &str) -> Result<(), Fault> {
    Err(Fault::Range { key, value: value.to_string(), allowed: allowed.into() })
}

pub(super) fn check(config: &MachineConfig) -> Result<(), Fault> {
    let HostConfig { port, baud, packet_bytes, window, .. } = config.host;
    if !packet_bytes.is_power_of_two() || !(128..=4096).contains(&packet_bytes) {
        return range("host.packet_bytes", packet_bytes, "a power of two from 128 to 4096");
    }
    if !window.is_power_of_two() || !(2..=16).contains(&window) {
        return range("host.window", window, "a power of two from 2 to 16");
    }
    if !(9600..=12_000_000).contains(&baud) {
        return range("host.baud", baud, "9600 to 12000000");
    }
    match port {
        HostPort::Uart | HostPort::UartBus => serial(&config.clock, baud),
        _ => Ok(()),
    }
}

/// A bit of the line takes four cycles or more, at every clock.
fn serial(clock: &ClockConfig, baud: u32) -> Result<(), Fault> {
    let slowest = clock.levels_mhz.last().copied().unwrap_or_default();
    let most = slowest.saturating_mul(1_000_000) / 4;
    if baud <= most {
        return Ok(());
    }
    let values = [baud.to_string(), format!("{:?}", clock.levels_mhz)];
    let remedy = "a bit takes four cycles or more of the slowest clock: choose a lower rate";
    Err(Fault::Conflict { keys: ["host.baud", "clock.levels_mhz"], values, remedy })
}
