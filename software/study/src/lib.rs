//! Characterising networks over precisions.
//!
//! - [`energy`]: what layers and networks cost, by models that are data files;
//! - [`characterize()`]: which width each image needs, and ladders of widths by score margin.
//!
//! Nothing here writes to the terminal. `docs/characterization.md` explains methods and results.

pub mod characterize;
pub mod energy;
mod error;
mod sets;
mod shape;

pub use characterize::characterize;
pub use error::StudyError;
pub use sets::Sets;
pub use shape::{LayerKind, LayerShape, shapes_of};
