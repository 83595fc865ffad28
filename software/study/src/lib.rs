//! Characterising networks over precisions.
//!
//! - [`energy`]: what layers and networks cost, by models that are data files.
//!
//! Nothing here writes to the terminal. `docs/characterization.md` explains methods and results.

pub mod energy;
mod shape;

pub use shape::{LayerKind, LayerShape, shapes_of};
