//! What can be wrong with a platform file.

use thiserror::Error;

/// A platform that cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlatformError {
    /// Not the TOML that is expected.
    #[error("{file}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser says, with line and column.
        message: String,
    },
    /// No clock, or clocks in disorder.
    #[error(
        "{file}: clocks_mhz is {clocks:?}; give at least one positive clock, from slow to fast"
    )]
    Clocks {
        /// The file.
        file: String,
        /// The clocks.
        clocks: Vec<f64>,
    },
    /// No precision at all.
    #[error("{file}: no [[precision]] table; give at least one, the most accurate first")]
    NoPrecision {
        /// The file.
        file: String,
    },
    /// A table with a value too many or too few.
    #[error("{file}: {field} has {found} value(s), clocks_mhz has {wanted}; give one per clock")]
    Length {
        /// The file.
        file: String,
        /// The field.
        field: String,
        /// Values found.
        found: usize,
        /// Values needed.
        wanted: usize,
    },
    /// A number out of its range.
    #[error("{file}: {field} is {value}; times and powers must be positive, shares up to 100 %")]
    Number {
        /// The file.
        file: String,
        /// The field.
        field: String,
        /// The value.
        value: f64,
    },
    /// A cascade over precisions the platform lacks, or with shares that cannot be.
    #[error(
        "cascade `{cascade}`: rung {rung} {what}; list existing precisions from narrow to wide, \
         the first reached by 1 of all images and each later one by no more than the one before"
    )]
    Cascade {
        /// The cascade.
        cascade: String,
        /// The rung, from 0.
        rung: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}
