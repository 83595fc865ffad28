//! The outside world: serial lines, packets, and register buses.
//!
//! | module | what |
//! |---|---|
//! | [`uart_tx()`], [`uart_rx()`] | bytes over a serial line, at any fraction of the clock |
//! | [`packet_tx()`], [`packet_rx()`] | packets with a checksum over a byte stream |
//! | [`axi_lite()`], [`wishbone()`] | bus slaves in front of a [`register_bus()`] |
//! | [`serial_bus()`] | a register bus over a byte stream, without packets |
//! | [`skid_buffer()`] | a stream's paths cut at full speed |

mod axi_lite;
mod divider;
mod packet;
mod packet_rx;
mod packet_tx;
mod register_bus;
mod serial_bus;
mod skid;
mod uart_rx;
mod uart_tx;
mod wishbone;

pub use axi_lite::{AxiLiteConfig, axi_lite};
pub use divider::ClockDivider;
pub use packet::PacketFormat;
pub use packet_rx::packet_rx;
pub use packet_tx::packet_tx;
pub use register_bus::register_bus;
pub use serial_bus::serial_bus;
pub use skid::{SkidConfig, skid_buffer};
pub use uart_rx::uart_rx;
pub use uart_tx::uart_tx;
pub use wishbone::{WishboneConfig, WishboneMode, wishbone};
