//! The golden model: what a network computes, to the bit.
//!
//! - [`float`]: the float reference;
//! - [`oracle`]: the integer definition, naive enough to be read against `docs/numerics.md`;
//!
//! All of them work on batches ([`FloatBatch`], [`IntBatch`]) and show every intermediate value to
//! an observer, which is how calibration, dumps and comparisons are made. Nothing here reads or
//! writes a file.

mod error;
mod evaluation;
pub mod float;
pub mod oracle;
mod tensor;

pub use error::GoldenError;
pub use evaluation::{Evaluation, classify};
pub use tensor::{Batch, FloatBatch, IntBatch};
