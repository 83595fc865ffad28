//! What layers and networks cost.
//!
//! | model | says | file |
//! |---|---|---|
//! | [`PowerTable`] | power per width at one throughput: the Envision chip | `models/envision.toml` |
//! | [`Operations`] | energy of accesses and operations, from which layers are summed | `models/cmos45.toml` |
//! | [`Tile`] | cycles and power of a tile of neurons and synapses | `models/tile65.toml` |
//! | [`Dram`] | energy of transfers from external memory | `models/dram.toml` |
//! | [`Products`] | energy of a product on our own lane, measured at its gates | `models/osu018.toml` |
//!
//! [`EnergyModel`] is any of them. Each has a `shipped` constructor and `from_toml` for a file of one's own. [`code_bits`] and
//! [`CodedStorage`] say how much memory quality-scalable codes take.

mod coded;
mod dram;
mod error;
mod operations;
mod planned;
mod power_table;
mod products;
mod tile;

use serde::de::DeserializeOwned;

pub use coded::{CodedStorage, code_bits};
pub use dram::Dram;
pub use error::EnergyError;
pub use operations::{Operations, Precision};
pub use planned::EnergyModel;
pub use power_table::PowerTable;
pub use products::Products;
pub use tile::{Tile, TilePrecision};

/// Reads a model; `file` is its name in messages.
fn parse<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, EnergyError> {
    toml::from_str(text)
        .map_err(|source| EnergyError::File { file: file.to_owned(), source: Box::new(source) })
}

/// Refuses numbers that cannot be a quantity of energy, power or time.
fn positive(file: &str, field: &'static str, value: f64) -> Result<(), EnergyError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(EnergyError::Number { file: file.to_owned(), field, value })
}
