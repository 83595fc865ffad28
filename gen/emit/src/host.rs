//! How the outside reaches a machine.

use std::fmt;
use std::sync::Arc;

use bitladder_blocks::frame;
use bitladder_blocks::io::WishboneMode;
use bitladder_hdl_machine::top::{machine, machine_axi_lite, machine_wishbone};
use bitladder_machine::MachineConfig;
use bitladder_rtl::Module;

use crate::BuildError;

/// The host link in front of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// Three pins around the register bus: only for measuring, on any board.
    Pins,
    /// An AXI4-Lite slave, for systems on a chip.
    AxiLite,
    /// A Wishbone slave, for systems on a chip.
    Wishbone,
}

impl Host {
    /// All of them.
    pub const ALL: [Host; 3] = [Host::Pins, Host::AxiLite, Host::Wishbone];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Host::Pins => "pins",
            Host::AxiLite => "axi-lite",
            Host::Wishbone => "wishbone",
        }
    }

    /// The host link of this name.
    pub fn find(name: &str) -> Option<Host> {
        Host::ALL.into_iter().find(|host| host.name() == name)
    }

    /// True if a board's pins can carry it; the others are for systems on a chip.
    pub fn fits_boards(self) -> bool {
        match self {
            Host::Pins => true,
            Host::AxiLite | Host::Wishbone => false,
        }
    }

    /// The machine behind this link.
    pub(crate) fn top(self, config: &MachineConfig) -> Result<Arc<Module>, BuildError> {
        match self {
            Host::Pins => {
                let name = config.name.clone();
                let of = |source| BuildError::Link { machine: name, source: Box::new(source) };
                frame(&machine(config)?).map_err(of)
            }
            Host::AxiLite => Ok(machine_axi_lite(config)?),
            Host::Wishbone => Ok(machine_wishbone(config, WishboneMode::Classic)?),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
