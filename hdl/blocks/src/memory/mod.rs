//! Memories and checks of data at rest or on the way.
//!
//! | module | what |
//! |---|---|
//! | [`fifo()`] | queue of any depth, first word falling through |
//! | [`ram()`] | one write and one read port, with contents after power-up |
//! | [`crc32()`] | checksum of one to eight bytes per cycle |

mod crc32;
mod fifo;
mod ram;

pub use crc32::{Crc32Config, crc32};
pub use fifo::{FifoConfig, fifo};
pub use ram::{RamConfig, ram};

pub(crate) use crc32::{CRC32_RESIDUE, CRC32_START, crc32_next};
