//! How a host reaches the machine's registers.

use std::error::Error;

use thiserror::Error;

/// A register bus. Every call returns in bounded time.
pub trait Bus {
    /// Reads a register by its byte address.
    fn read32(&mut self, address: u32) -> Result<u32, BusError>;

    /// Writes a register by its byte address.
    fn write32(&mut self, address: u32, value: u32) -> Result<(), BusError>;

    /// Reads one register several times: a memory through its window.
    fn read_burst(&mut self, address: u32, words: &mut [u32]) -> Result<(), BusError> {
        for word in words {
            *word = self.read32(address)?;
        }
        Ok(())
    }

    /// Writes one register several times: a memory through its window.
    fn write_burst(&mut self, address: u32, words: &[u32]) -> Result<(), BusError> {
        words.iter().try_for_each(|word| self.write32(address, *word))
    }

    /// Lets the machine work for a moment between two looks at its status.
    fn pause(&mut self) -> Result<(), BusError>;
}

/// A request without an answer, or with a bad one.
#[derive(Debug, Error)]
pub enum BusError {
    /// The machine refused the request: the register does not exist, or not now.
    #[error("the machine refuses the {} {address:#04x}", if *.write { "write to" } else { "read of" })]
    Refused {
        /// The byte address.
        address: u32,
        /// Whether it was a write.
        write: bool,
    },
    /// No answer in time.
    #[error("no answer from register {address:#04x} after {waited}: is the machine's clock running?")]
    Silent {
        /// The byte address.
        address: u32,
        /// How long it took, with its unit.
        waited: String,
    },
    /// The link itself failed.
    #[error("the link to the machine failed: {source}")]
    Link {
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
}
