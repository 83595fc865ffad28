//! What can go wrong with a device.

use std::fmt;

use bitladder_machine::LoadError;
use bitladder_machine::isa::{DescriptorError, error};
use thiserror::Error;

use crate::BusError;

/// Why a machine stopped: the error code of its status register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Unknown operation or a field out of range.
    BadDescriptor,
    /// A layer took more cycles than its descriptor allows.
    Watchdog,
    /// An address outside its memory.
    Address,
    /// The array's results were overwritten before they left.
    Overrun,
    /// A sum did not fit the accumulator.
    Saturated,
    /// A memory, or what was loaded from outside, does not have its checksum.
    Checksum,
    /// The program ran past the end of program memory.
    Program,
    /// External memory answered with an error.
    External,
    /// A code this version does not know.
    Unknown(u8),
}

impl Fault {
    /// The fault of an error code; `None` for 0.
    pub fn from_code(code: u8) -> Option<Fault> {
        Some(match u32::from(code) {
            0 => return None,
            error::BAD_DESCRIPTOR => Fault::BadDescriptor,
            error::WATCHDOG => Fault::Watchdog,
            error::ADDRESS => Fault::Address,
            error::OVERRUN => Fault::Overrun,
            error::SATURATED => Fault::Saturated,
            error::CHECKSUM => Fault::Checksum,
            error::PROGRAM => Fault::Program,
            error::EXTERNAL => Fault::External,
            _ => Fault::Unknown(code),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::BadDescriptor => "bad descriptor: load the program again",
            Fault::Watchdog => "it took more cycles than its watchdog allows",
            Fault::Address => "an address lies outside its memory: load the program again",
            Fault::Overrun => "results were overwritten before they left the array",
            Fault::Saturated => "a sum does not fit the accumulator",
            Fault::Checksum => {
                "its weights or a memory lost their checksum: load the program again"
            }
            Fault::Program => "program memory ends before the program: load it again",
            Fault::External => "external memory answered with an error: is all of it there?",
            Fault::Unknown(code) => return write!(f, "unknown error code {code}"),
        })
    }
}

/// A device that does not do what it was asked for.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// The bus.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Inputs or results that do not suit the program.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A program that is none.
    #[error("the program cannot be read, compile it again: {0}")]
    Program(#[from] DescriptorError),
    /// The machine stopped with an error.
    #[error("layer {layer} (`{name}`): {fault}")]
    Failed {
        /// What went wrong.
        fault: Fault,
        /// The layer's number.
        layer: u32,
        /// Its name, as far as it is known.
        name: String,
    },
    /// A program runs.
    #[error("a program is running: wait for it, or reset the device")]
    Busy,
    /// Nothing was loaded.
    #[error("no program is loaded: load one first")]
    NotLoaded,
    /// The program did not reach its end.
    #[error("the program was stopped before its end: start it again")]
    Stopped,
    /// It takes too long.
    #[error("the program still runs after {cycles} cycles: wait longer, or reset the device")]
    Timeout {
        /// Cycles waited for.
        cycles: u64,
    },
    /// Something else answers.
    #[error("register `id` holds {found:#010x}, not {wanted:#010x}: this is no such machine")]
    Identity {
        /// What it holds.
        found: u32,
        /// What it should hold.
        wanted: u32,
    },
    /// Another version of the instruction set.
    #[error(
        "the machine has instruction set {found}, this host knows {wanted}: update one of them"
    )]
    Version {
        /// The machine's.
        found: u32,
        /// The host's.
        wanted: u32,
    },
    /// A program for another machine.
    #[error(
        "program `{program}` was compiled for configuration {wanted:08x}, the device is {found:08x}: \
         compile it for this machine"
    )]
    Config {
        /// The program.
        program: String,
        /// The start of the hash it was compiled for.
        wanted: u32,
        /// The device's.
        found: u32,
    },
    /// A memory does not hold what was written.
    #[error("{memory} memory does not hold what was loaded: its checksum is wrong; load it again")]
    Corrupt {
        /// The memory.
        memory: &'static str,
    },
    /// A clock that the machine does not have.
    #[error("clock level {level} was asked for; the machine has {levels}, from 0, the fastest")]
    Clock {
        /// What was asked for.
        level: u32,
        /// How many it has.
        levels: usize,
    },
    /// Access beyond a memory.
    #[error("{memory} memory has no transfers {first} to {last}")]
    Outside {
        /// The memory.
        memory: &'static str,
        /// First transfer.
        first: usize,
        /// Last transfer.
        last: usize,
    },
}
