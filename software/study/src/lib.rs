//! Characterising networks over precisions.
//!
//! - [`energy`]: what layers and networks cost, by models that are data files;
//! - [`characterize()`]: which width each image needs, and ladders of widths by score margin;
//! - [`pca`]: layers that add dimensions, and hybrid formats;
//! - [`pareto`]: accuracy against energy, memory and cycles;
//! - [`papers`]: the papers' networks, and [`hybrid`] what their hybrids cost;
//! - [`mixed`]: a width per layer under a budget;
//! - [`svg`]: small plots.
//!
//! Nothing here writes to the terminal. `docs/characterization.md` explains methods and results.

pub mod characterize;
mod eigen;
pub mod energy;
mod error;
pub mod hybrid;
pub mod mixed;
pub mod papers;
pub mod pareto;
pub mod pca;
mod sets;
mod shape;
pub mod svg;

pub use characterize::characterize;
pub use error::StudyError;
pub use sets::Sets;
pub use shape::{LayerKind, LayerShape, shapes_of};
