//! What can be wrong with an energy model or a question to it.

use thiserror::Error;

/// An energy model that cannot be read, or has no answer.
#[derive(Debug, Error)]
pub enum EnergyError {
    /// A file that is no such model.
    #[error("{file}: {source}; compare it with the models that come along")]
    File {
        /// The file.
        file: String,
        /// What the parser says.
        source: Box<toml::de::Error>,
    },
    /// A quantity that cannot be.
    #[error("{file}: {field} is {value}; give a finite number above zero")]
    Number {
        /// The file.
        file: String,
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A table without rows.
    #[error("{file}: there is no [[{field}]]; give at least one")]
    NoRows {
        /// The file.
        file: String,
        /// The missing table.
        field: &'static str,
    },
    /// A width beyond the table.
    #[error("{model}: no width of {bits} bits; its widest is {widest}")]
    Width {
        /// The model.
        model: String,
        /// The width asked for.
        bits: u8,
        /// The widest there is.
        widest: u8,
    },
    /// A precision or data set a tile does not know.
    #[error("{model}: no {what} is called `{name}`; it has {known}")]
    Unknown {
        /// The model.
        model: String,
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
        /// The names there are.
        known: String,
    },
}
