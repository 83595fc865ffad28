//! What can be wrong with a trace file.

use thiserror::Error;

use super::MAX_WIDTH;

/// A trace file that cannot be read; every message names the file.
#[derive(Debug, Error)]
pub enum TraceError {
    /// The file could not be opened or read.
    #[error("{file}: cannot read: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is neither VCD nor FST.
    #[error("{file}: neither VCD nor FST: {found}")]
    NotATrace {
        /// The file.
        file: String,
        /// What it looks like instead.
        found: &'static str,
    },
    /// The text of a VCD file is wrong at one place.
    #[error("{file}: line {line}, byte {byte}: {problem}")]
    Vcd {
        /// The file.
        file: String,
        /// Line, counted from 1.
        line: u64,
        /// Byte offset in the file, counted from 0.
        byte: u64,
        /// What is wrong there.
        problem: Box<VcdProblem>,
    },
    /// An FST file is damaged.
    #[error("{file}: {problem}")]
    Fst {
        /// The file.
        file: String,
        /// What is wrong.
        problem: FstProblem,
    },
}

/// What is wrong at one place of a VCD file.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum VcdProblem {
    /// Value changes start while declarations are still open.
    #[error("'{0}' stands before $enddefinitions $end; the declarations are incomplete")]
    BodyBeforeEnd(String),
    /// The file ends inside the declarations.
    #[error("the file ends before $enddefinitions; it is truncated")]
    EndsInDeclarations,
    /// A command was never closed.
    #[error("{0} has no $end")]
    NoEnd(String),
    /// A declaration lacks words.
    #[error("{0} is incomplete: '{1}'")]
    Incomplete(&'static str, String),
    /// More scopes are left than were entered.
    #[error("$upscope without an open $scope")]
    UpscopeWithoutScope,
    /// The time scale is not understood.
    #[error("time scale '{0}' is not 1, 10 or 100 of s, ms, us, ns, ps or fs")]
    Timescale(String),
    /// The width is not a number from 0 to the limit.
    #[error("width '{0}' of '{1}' is not a number from 0 to {MAX_WIDTH}")]
    Width(String, String),
    /// One identifier stands for signals of different shape.
    #[error("identifier '{0}' was declared before as {1}, and here '{2}' as {3}")]
    Redeclared(String, String, String, String),
    /// The names alone need more than 4 GiB, or there are more than 4 billion signals.
    #[error("too many names; the limit is 4 GiB of text")]
    TooManyNames,
    /// A word is longer than any legal value.
    #[error("a word is longer than {0} bytes; this is not a VCD file")]
    WordTooLong(usize),
    /// A value change names an identifier that was not declared.
    #[error("value change of unknown identifier '{0}'")]
    UnknownId(String),
    /// A time that is not a number.
    #[error("'{0}' is not a time")]
    Time(String),
    /// Time runs backwards.
    #[error("time goes backwards, from {0} to {1}")]
    Backwards(u64, u64),
    /// A value has a character that is no bit.
    #[error("'{0}' is not a value of bits 0, 1, x and z")]
    Value(String),
    /// A value has more bits than its signal.
    #[error("a value of {0} bits for a signal of {1} bits")]
    TooWide(usize, u32),
    /// A value of another kind than the signal's.
    #[error("a {0} for identifier '{1}', which was declared as {2}")]
    WrongKind(&'static str, String, String),
    /// The file ends inside a value change.
    #[error("the file ends inside a value change; it is truncated")]
    EndsInChange,
    /// A command that has no place among value changes.
    #[error("command {0} is not expected among value changes")]
    Command(String),
    /// Extended VCD, as of `$dumpports`.
    #[error("extended VCD ($dumpports) is not supported; write with $dumpvars")]
    Extended,
}

/// What is wrong with an FST file.
#[derive(Debug, Error)]
pub enum FstProblem {
    /// A block claims a size that the file cannot hold.
    #[error("byte {byte}: {what}; the file is damaged or truncated")]
    Block {
        /// Where the block starts.
        byte: u64,
        /// What does not fit.
        what: String,
    },
    /// The library reports an error.
    #[error("damaged FST: {0}")]
    Library(String),
    /// The library gave up without an error.
    #[error("damaged FST: the reader stopped at an impossible value")]
    Stopped,
    /// A signal is wider than supported.
    #[error("signal '{0}' is {1} bits wide; the limit is {MAX_WIDTH}")]
    Width(String, u32),
    /// Names need more than 4 GiB.
    #[error("too many names; the limit is 4 GiB of text")]
    TooManyNames,
    /// Time runs backwards.
    #[error("time goes backwards, from {0} to {1}")]
    Backwards(u64, u64),
}
