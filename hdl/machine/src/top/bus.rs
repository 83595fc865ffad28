//! The machine behind the buses of systems on a chip.
//!
//! Addresses are those of the register map: bytes on AXI4-Lite, words on Wishbone. What the
//! machine refuses answers SLVERR or `err`.

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::io::{AxiLiteConfig, WishboneConfig, WishboneMode, axi_lite, wishbone};
use bitladder_machine::MachineConfig;
use bitladder_rtl::{BIT, Errors, Module, ModuleBuilder};

use super::{MachineError, identifier, machine};
use crate::control::{BUS_ADDRESS_BITS, pass_out};

/// The machine and a slave in front of it.
fn behind(
    config: &MachineConfig,
    name: &str,
    slave: Result<Arc<Module>, BlockError>,
) -> Result<Arc<Module>, MachineError> {
    let of = |source: BlockError| MachineError::Unit { machine: config.name.clone(), source };
    let (slave, inner) = (slave.map_err(of)?, machine(config)?);
    let m = ModuleBuilder::new(&format!("machine_{name}")).param("", identifier(&config.name));
    let m = m.doc(&format!("The machine `{}` behind {name}.", config.name));
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let front = m.instance("slave", &slave).clock("clk", clk).connect("rst", rst);
    let placed = m.instance("machine", &inner).clock("clk", clk).connect("rst", rst);
    m.link(front, "bus", placed, "bus");
    let outside = |port: &str| port != "rst" && !port.starts_with("bus_");
    pass_out(&m, front, &slave, outside);
    pass_out(&m, placed, &inner, outside);
    let wrong = |source: Errors| MachineError::Description { machine: config.name.clone(), source };
    m.build().map_err(wrong)
}

/// The machine behind AXI4-Lite, with byte addresses of 8 bits.
pub fn machine_axi_lite(config: &MachineConfig) -> Result<Arc<Module>, MachineError> {
    let slave = axi_lite(&AxiLiteConfig { address_bits: BUS_ADDRESS_BITS + 2 });
    behind(config, "axi_lite", slave)
}

/// The machine behind classic or pipelined Wishbone, with word addresses of 6 bits.
pub fn machine_wishbone(
    config: &MachineConfig,
    mode: WishboneMode,
) -> Result<Arc<Module>, MachineError> {
    let slave = wishbone(&WishboneConfig { address_bits: BUS_ADDRESS_BITS, mode });
    let name = match mode {
        WishboneMode::Classic => "wishbone",
        WishboneMode::Pipelined => "wishbone_pipelined",
    };
    behind(config, name, slave)
}
