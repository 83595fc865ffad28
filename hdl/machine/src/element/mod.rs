//! Pools, sums and rescales: layers without weights.

mod arrive;
mod config;
mod largest;
mod operands;
mod pool;
mod ratio;
mod sums;
mod unit;
mod walk;

pub use config::ElementConfig;
pub use ratio::{RatioConfig, ratio};
pub use unit::element_unit;
pub use walk::{WalkConfig, walk};

pub(crate) use unit::fields;
pub(crate) use walk::{address_bits, count_bits};
