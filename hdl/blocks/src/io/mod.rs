//! The outside world: serial lines and register buses. Packets are in [`crate::link`].
//!
//! | module | what |
//! |---|---|
//! | [`uart_tx()`], [`uart_rx()`] | bytes over a serial line, at any fraction of the clock |
//! | [`axi_lite()`], [`wishbone()`] | bus slaves in front of a [`register_bus()`] |
//! | [`serial_bus()`] | a register bus over a byte stream, without packets |
//! | [`skid_buffer()`] | a stream's paths cut at full speed |

mod axi_lite;
mod divider;
mod register_bus;
mod serial_bus;
mod skid;
mod uart_rx;
mod uart_tx;
mod wishbone;

pub use axi_lite::{AxiLiteConfig, axi_lite};
pub use divider::ClockDivider;
pub use register_bus::register_bus;
pub use serial_bus::serial_bus;
pub use skid::{SkidConfig, skid_buffer};
pub use uart_rx::uart_rx;
pub use uart_tx::uart_tx;
pub use wishbone::{WishboneConfig, WishboneMode, wishbone};
