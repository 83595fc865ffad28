//! What can be wrong with a board file, and with a design on a board.

use thiserror::Error;

/// A board file that cannot be used.
#[derive(Debug, Error)]
pub enum BoardError {
    /// A file that cannot be read.
    #[error("{file}: cannot be read: {source}")]
    File {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown or a missing key, a value of the wrong kind.
    #[error("{file}:{line}: {problem}")]
    Syntax {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A value that this key cannot have.
    #[error("{file}:{line}: `{key}` is `{value}`; allowed: {allowed}")]
    Value {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// A key that is needed here.
    #[error("{file}:{line}: {whom} needs `{key}`: {why}")]
    Missing {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// Who needs it.
        whom: String,
        /// The key.
        key: &'static str,
        /// What it is for.
        why: &'static str,
    },
    /// Two statements that exclude each other.
    #[error("{file}:{line}: `{key}` is `{value}`, but {other}; {remedy}")]
    Contradiction {
        /// The file.
        file: String,
        /// The line.
        line: usize,
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it contradicts.
        other: String,
        /// What to do.
        remedy: &'static str,
    },
}

/// A design whose ports do not fit the board.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BindError {
    /// A port that the board has no signal for.
    #[error(
        "port `{port}` has no pin on `{board}`; rename it to one of {known}, or add a `[[signal]]` \
         to fpga/{board}.toml"
    )]
    Unknown {
        /// The port.
        port: String,
        /// The board.
        board: String,
        /// Ports that the board has signals for.
        known: String,
    },
    /// A port wider than its signal.
    #[error("port `{port}` has {width} bits, `{board}` has {pins} pins for it; make it narrower")]
    Width {
        /// The port.
        port: String,
        /// Its width.
        width: usize,
        /// The board.
        board: String,
        /// Pins of the signal.
        pins: usize,
    },
    /// Two ports on one pin.
    #[error("ports `{first}` and `{second}` share pin {pin} of `{board}`; use one of them")]
    Shared {
        /// A port.
        first: String,
        /// The other port.
        second: String,
        /// The pin.
        pin: String,
        /// The board.
        board: String,
    },
}

/// The line of a place in a text, counted from 1.
pub(super) fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
