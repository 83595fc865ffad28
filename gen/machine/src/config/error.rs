//! What can be wrong with a configuration.

use thiserror::Error;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file that cannot be read.
    #[error("{file}: cannot be read: {source}")]
    File {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, or an unknown or missing key; the message shows the line.
    #[error("{file}: {source}")]
    Syntax {
        /// The file.
        file: String,
        /// What and where.
        source: Box<toml::de::Error>,
    },
    /// A value out of its range.
    #[error("{file}:{line}: `{key}` is {value}, allowed is {allowed}")]
    Range {
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
    /// Two values that exclude each other.
    #[error("{file}:{line}: `{key}` is {value}, but `{other}` is {other_value}: {remedy}")]
    Conflict {
        /// The file.
        file: String,
        /// The line of `key`.
        line: usize,
        /// The key.
        key: &'static str,
        /// Its value.
        value: Box<str>,
        /// The other key.
        other: &'static str,
        /// The other value.
        other_value: Box<str>,
        /// What would do.
        remedy: &'static str,
    },
}
