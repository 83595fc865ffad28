//! What errors are made of: signals, places, kinds.

use std::fmt;
use std::panic::Location;

use crate::ty::Ty;

/// A signal as it appears in an error: its path and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// `module.signal`, or a short rendering of an unnamed expression.
    pub path: String,
    /// Width and sign of the signal.
    pub ty: Ty,
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.path, self.ty)
    }
}

/// The source line that made the mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    file: &'static str,
    line: u32,
}

impl From<&'static Location<'static>> for Place {
    fn from(at: &'static Location<'static>) -> Place {
        Place { file: at.file(), line: at.line() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What kind of signal nobody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// An input port of the module.
    Input,
    /// A wire that is driven.
    Wire,
    /// A register.
    Register,
    /// The data of a memory's read port.
    MemoryRead,
    /// An output of an instance.
    InstanceOutput,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unread::Input => "input",
            Unread::Wire => "wire",
            Unread::Register => "register",
            Unread::MemoryRead => "memory read port",
            Unread::InstanceOutput => "instance output",
        })
    }
}

/// What is wrong with a memory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryProblem {
    /// No words, or more than any target has.
    #[error("a depth of {0} words is impossible; choose one from 1 to 16777216")]
    Depth(usize),
    /// More initial words than the memory holds.
    #[error("{given} initial words do not fit {depth} words; drop some or make it deeper")]
    InitLength {
        /// Words given.
        given: usize,
        /// Words there are.
        depth: usize,
    },
    /// An initial word that does not fit the element type.
    #[error("initial word {index} ({value:#x}) does not fit {ty}; widen the words")]
    InitValue {
        /// Index of the word.
        index: usize,
        /// The word.
        value: u128,
        /// The element type.
        ty: Ty,
    },
    /// The mask does not divide the word into equal lanes.
    #[error(
        "a mask of {mask} bits does not divide words of {word} bits into equal lanes; choose a divisor"
    )]
    Mask {
        /// Width of the mask.
        mask: u32,
        /// Width of a word.
        word: u32,
    },
    /// New data can only be forwarded inside one clock domain.
    #[error("reading new data needs the write and read ports on one clock; use `DontCare`")]
    NewDataAcrossClocks,
    /// A memory that is never read.
    #[error("it has no read port; remove it or read it")]
    NeverRead,
}
