//! The golden model: what a network computes, to the bit.
//!
//! - [`float`]: the float reference;
//! - [`oracle`]: the integer definition, naive enough to be read against `docs/numerics.md`;
//! - [`engine`]: the same results, fast;
//! - [`generate`]: random networks and inputs to compare engines on;
//!
//! All of them work on batches ([`FloatBatch`], [`IntBatch`]) and show every intermediate value to
//! an observer, which is how calibration, dumps and comparisons are made. Nothing here reads or
//! writes a file.

pub mod engine;
mod error;
mod evaluation;
pub mod float;
pub mod generate;
mod kernels;
pub mod oracle;
mod tensor;

pub use engine::Engine;
pub use error::GoldenError;
pub use evaluation::{Evaluation, classify};
pub use kernels::KernelChoice;
pub use tensor::{Batch, FloatBatch, IntBatch};
