//! Memories and checks of data at rest or on the way.

mod crc32;
mod fifo;
mod ram;

pub use crc32::{Crc32Config, crc32};
pub use fifo::{FifoConfig, fifo};
pub use ram::{RamConfig, ram};

pub(crate) use crc32::{CRC32_START, crc32_next};
