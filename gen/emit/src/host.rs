//! How the outside reaches a machine.

use std::fmt;
use std::sync::Arc;

use bitladder_blocks::frame;
use bitladder_blocks::io::WishboneMode;
use bitladder_hdl_machine::top::{
    machine, machine_axi_lite, machine_mailbox, machine_uart, machine_uart_bus, machine_wishbone,
};
use bitladder_machine::{HostPort, MachineConfig};
use bitladder_rtl::Module;

use crate::BuildError;

/// The host link in front of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Three pins around the register bus: only for measuring, on any board.
    Pins,
    /// Packets over a serial line; on a board with its oscillator, PLL and pins.
    Uart,
    /// Register transfers over a serial line; on a board as `Uart`.
    UartBus,
    /// An AXI4-Lite slave, for systems on a chip.
    AxiLite,
    /// A Wishbone slave, for systems on a chip.
    Wishbone,
    /// A slave on pipelined Wishbone, for systems on a chip.
    WishbonePipelined,
    /// Packets in rings of memory behind AXI4-Lite, for cards.
    Mailbox,
}

impl Host {
    /// All of them.
    pub const ALL: [Host; 7] = [
        Host::Pins,
        Host::Uart,
        Host::UartBus,
        Host::AxiLite,
        Host::Wishbone,
        Host::WishbonePipelined,
        Host::Mailbox,
    ];

    /// The one that a configuration asks for with `host.port`; a bare bus has no pins of its own.
    pub fn of(config: &MachineConfig) -> Host {
        match config.host.port {
            HostPort::Bus => Host::Pins,
            HostPort::AxiLite => Host::AxiLite,
            HostPort::Wishbone => Host::Wishbone,
            HostPort::WishbonePipelined => Host::WishbonePipelined,
            HostPort::Uart => Host::Uart,
            HostPort::UartBus => Host::UartBus,
            HostPort::Mailbox => Host::Mailbox,
        }
    }

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Host::Pins => "pins",
            Host::Uart => "uart",
            Host::UartBus => "uart-bus",
            Host::AxiLite => "axi-lite",
            Host::Wishbone => "wishbone",
            Host::WishbonePipelined => "wishbone-pipelined",
            Host::Mailbox => "mailbox",
        }
    }

    /// The host link of this name.
    pub fn find(name: &str) -> Option<Host> {
        Host::ALL.into_iter().find(|host| host.name() == name)
    }

    /// True if a board's pins can carry it; the others are for systems on a chip.
    pub fn fits_boards(self) -> bool {
        matches!(self, Host::Pins | Host::Uart | Host::UartBus)
    }

    /// True if it is a serial line, behind a board's PLL.
    pub(crate) fn is_serial(self) -> bool {
        matches!(self, Host::Uart | Host::UartBus)
    }

    /// True if packets go over it, for which there is a packet engine in front of the machine.
    pub fn has_packets(self) -> bool {
        matches!(self, Host::Uart | Host::Mailbox)
    }

    /// The machine behind this link, without a board.
    pub(crate) fn top(self, config: &MachineConfig) -> Result<Arc<Module>, BuildError> {
        match self {
            Host::Pins => {
                let name = config.name.clone();
                let of = |source| BuildError::Link { machine: name, source: Box::new(source) };
                frame(&machine(config)?).map_err(of)
            }
            Host::Uart => Ok(machine_uart(config)?),
            Host::UartBus => Ok(machine_uart_bus(config)?),
            Host::AxiLite => Ok(machine_axi_lite(config)?),
            Host::Wishbone => Ok(machine_wishbone(config, WishboneMode::Classic)?),
            Host::WishbonePipelined => Ok(machine_wishbone(config, WishboneMode::Pipelined)?),
            Host::Mailbox => Ok(machine_mailbox(config)?),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
