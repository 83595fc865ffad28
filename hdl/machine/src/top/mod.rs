//! The whole machine.
//!
//! ```text
//!  register bus -- control (registers, sequencer, memories)
//!                    | layer                    ^ |
//!                    v                          | v
//!                  core (gather, weights, array) --> back end (post, element unit) , decide
//! ```
//!
//! | port | meaning |
//! |---|---|
//! | `rst` | synchronous reset; memories keep their contents |
//! | `bus` | the register map of docs/reference/machine.md; `address` is a byte address divided by 4 |
//! | `interrupt` | a program is done or failed |
//! | `sdram_*` or `m_*` | memory outside the FPGA, if the configuration has some |
//! | `clock_level`, `clock_current` | clock level to change to, changed between layers; level in use |
//!
//! ```text
//! clk         _/~\_/~\_/~\_ ... _/~\_/~\_
//! bus_valid   /~~~~~~~\__________________     write start to `control`
//! bus_ready   _____/~~~\_________________
//! interrupt   ______________ ... ____/~~~     the program is done
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::top::machine;
//! # use bitladder_machine::{HostPort, MachineConfig};
//! let text = include_str!("../../../../gen/configs/sim-4x4.toml");
//! let config = MachineConfig::parse("sim-4x4.toml", text)?;
//! assert!(machine(&config)?.name().starts_with("machine_sim_4x4"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bus;
mod config;
mod error;
mod link;
mod wiring;

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::io::{WishboneMode, register_bus};
use bitladder_machine::isa::FieldPlace;
use bitladder_machine::{HostPort, MachineConfig};
use bitladder_rtl::{BIT, Errors, Module, ModuleBuilder, uint};

pub use bus::{machine_axi_lite, machine_wishbone};
pub use error::MachineError;
pub use link::{
    machine_mailbox, machine_uart, machine_uart_at, machine_uart_bus, machine_uart_bus_at,
};

use crate::control::{BUS_ADDRESS_BITS, ControlConfig, seen};
use crate::post::{PostConfig, WriterConfig};
use config::Units;
use wiring::Wiring;

/// A name that Verilog takes: what is no letter or digit becomes an underscore.
pub(super) fn identifier(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The name of a machine's module, and of its scope in waveforms.
pub fn machine_name(config: &MachineConfig) -> String {
    format!("machine_{}", identifier(&config.name))
}

/// Bits of the number of a pixel in a layer (`core.result_pixel_o`): they follow from the memories.
pub fn pixel_bits(config: &MachineConfig) -> u32 {
    ControlConfig::of(config).operand_bits
}

/// What the machine's units see of a field (`control.layer_<field>_o`) of a descriptor's words: bits that
/// no program of this machine needs are not kept.
pub fn field_value(config: &MachineConfig, place: FieldPlace, words: &[u32]) -> u128 {
    seen(&ControlConfig::of(config), place, words)
}

/// Bits of the address at which the writer puts a row (`back.post.writer.address_q`).
pub fn row_address_bits(config: &MachineConfig) -> u32 {
    WriterConfig::of(&PostConfig::of(config)).address().width
}

/// Builds a machine.
pub fn machine(config: &MachineConfig) -> Result<Arc<Module>, MachineError> {
    let of = |source: BlockError| MachineError::Unit { machine: config.name.clone(), source };
    let units = Units::of(config).map_err(of)?;
    let m = ModuleBuilder::new("machine").param("", identifier(&config.name));
    let m = m.doc(&format!("The machine `{}`.", config.name));
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let bus = m.sink("bus", &register_bus(BUS_ADDRESS_BITS));
    let wiring = Wiring::place(&m, clk, rst, &units).map_err(of)?;
    wiring.control.pass_on("bus", &bus);
    let level = uint(2);
    m.drive(
        m.output("clock_level", level, "level to change to"),
        wiring.control.out("clock_level"),
    );
    wiring.control.connect("clock_current", m.input("clock_current", level, "level in use"));
    wiring.sequence();
    if units.control.counters {
        wiring.counts();
    } else {
        wiring.control.ignore("clear");
    }
    wiring.sums();
    wiring.memories();
    wiring.parameters(units.control.decodes());
    wiring.refusals(&units);
    let wrong = |source: Errors| MachineError::Description { machine: config.name.clone(), source };
    m.build().map_err(wrong)
}

/// Builds a machine behind the port that its configuration names.
pub fn machine_with_port(config: &MachineConfig) -> Result<Arc<Module>, MachineError> {
    match config.host.port {
        HostPort::Bus => machine(config),
        HostPort::AxiLite => machine_axi_lite(config),
        HostPort::Wishbone => machine_wishbone(config, WishboneMode::Classic),
        HostPort::WishbonePipelined => machine_wishbone(config, WishboneMode::Pipelined),
        HostPort::Uart => machine_uart(config),
        HostPort::UartBus => machine_uart_bus(config),
        HostPort::Mailbox => machine_mailbox(config),
    }
}
