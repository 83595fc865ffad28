//! Memories and checks of data at rest or on the way.
//!
//! | module | what |
//! |---|---|
//! | [`fifo()`] | queue of any depth, first word falling through |
//! | [`ram()`] | one write and one read port, with contents after power-up |
//! | [`spram()`] | a single port, in blocks that only iCE40 UltraPlus has |
//! | [`crc32()`] | checksum of one to eight bytes per cycle |
//! | [`MemoryPortConfig::bundle`] | the port to memory outside: bursts of any length |
//! | [`sdram()`] | behind it, a controller for SDR SDRAM |
//! | [`axi4_master()`], [`wishbone_master()`] | or a master of a system's bus |

mod axi4_master;
mod crc32;
mod fifo;
mod port;
mod ram;
mod sdram;
mod spram;
mod wishbone_master;

pub use axi4_master::axi4_master;
pub use crc32::{Crc32Config, crc32};
pub use fifo::{FifoConfig, fifo};
pub use port::MemoryPortConfig;
pub use ram::{RamConfig, ram};
pub use sdram::{SdramConfig, SdramTimes, sdram};
pub use spram::spram;
pub use wishbone_master::wishbone_master;

pub(crate) use crc32::{CRC32_RESIDUE, CRC32_START, crc32_next};
