//! What the words of a packet say.

use core::error::Error;
use core::fmt;

use crate::{Kind, Refusal, header, operation};

/// First word of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the packet is.
    pub kind: Kind,
    /// Number of the request, and of its answer.
    pub sequence: u8,
    /// From a device: requests that may be under way from now on.
    pub credits: u8,
    /// In [`Kind::Refused`]: why.
    pub code: u8,
}

impl Header {
    /// The header of a request.
    pub const fn request(kind: Kind, sequence: u8) -> Self {
        Self { kind, sequence, credits: 0, code: 0 }
    }

    /// The word.
    pub const fn word(self) -> u32 {
        header::KIND.put(self.kind.code())
            | header::SEQUENCE.put(self.sequence as u32)
            | header::CREDITS.put(self.credits as u32)
            | header::CODE.put(self.code as u32)
    }

    /// Reads a word; `None` for a kind nobody knows.
    pub fn read(word: u32) -> Option<Self> {
        Some(Self {
            kind: Kind::from_code(header::KIND.get(word))?,
            sequence: header::SEQUENCE.get(word) as u8,
            credits: header::CREDITS.get(word) as u8,
            code: header::CODE.get(word) as u8,
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

/// Registers read or written by one operation of [`Kind::Execute`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Byte address of the first register.
    pub address: u32,
    /// All words to or from this register: a window.
    pub fixed: bool,
    /// Writes; otherwise reads.
    pub write: bool,
    /// How many words.
    pub count: u16,
}

/// An operation that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationError {
    /// No register has this address.
    Address(u32),
    /// Nothing to do.
    Empty,
}

impl Error for OperationError {}

impl fmt::Display for OperationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = 4 << operation::REGISTER.width;
        match self {
            OperationError::Address(address) => {
                write!(
                    f,
                    "{address:#x} is no register's address: multiples of 4 below {limit:#x} are"
                )
            }
            OperationError::Empty => f.write_str("an operation of no words: leave it out"),
        }
    }
}

impl Operation {
    /// The word.
    pub fn word(self) -> Result<u32, OperationError> {
        if !self.address.is_multiple_of(4) || self.address / 4 > operation::REGISTER.most() {
            return Err(OperationError::Address(self.address));
        }
        if self.count == 0 {
            return Err(OperationError::Empty);
        }
        Ok(operation::REGISTER.put(self.address / 4)
            | operation::FIXED.put(self.fixed.into())
            | operation::WRITE.put(self.write.into())
            | operation::COUNT.put(self.count.into()))
    }

    /// Reads a word; a count of 0 is for the reader to refuse.
    pub const fn read(word: u32) -> Self {
        Self {
            address: 4 * operation::REGISTER.get(word),
            fixed: operation::FIXED.get(word) == 1,
            write: operation::WRITE.get(word) == 1,
            count: operation::COUNT.get(word) as u16,
        }
    }

    /// The register of a word of the operation; beyond the last register it starts again.
    pub const fn address_of(self, index: u32) -> u32 {
        let step = if self.fixed { 0 } else { index };
        4 * operation::REGISTER.get(self.address / 4 + step)
    }
}

/// Longest body in words of a device that has `packet_bytes` of room for a packet.
pub const fn body_words(packet_bytes: usize) -> usize {
    (packet_bytes / 4).saturating_sub(crate::RESERVED_WORDS as usize)
}
