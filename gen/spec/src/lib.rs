//! The numeric contract of bitladder: what every number means, to the bit.
//!
//! Golden engine, hardware, importers and host all take their formats, rounding, saturation and
//! accumulator widths from this crate; `docs/numerics.md` says the same in prose. Nothing here
//! reads a file or prints a line.
//!
//! | concern | item |
//! |---|---|
//! | integers and their ranges | [`IntType`], [`Span`] |
//! | what a tensor's integers stand for | [`TensorFormat`], [`Scale`] |
//! | weights as stored codes | [`WeightFormat`], [`Weights`] |
//! | weights that hold narrower ones | [`nested`] |
//! | weights as few signed digits | [`csd`] |
//! | rounding, by name | [`Rounding`], [`ValueRounding`] |
//! | values out of range, by name | [`Saturation`] |
//! | accumulator widths, proven | [`accumulator`] |
//! | from accumulator to output | [`Requant`], [`OutputStage`] |
//! | pooling | [`pool`] |
//! | argmax, top-2, margins | [`decision`] |
//! | batch-norm folding | [`fold_batch_norm`] |
//!
//! ```
//! use bitladder_spec::{IntType, Requant, Rounding};
//! // 300 * 3 / 2^3 = 112.5, and half-up means up.
//! let requant = Requant::new(3, 3)?;
//! assert_eq!(requant.apply(300, 1, Rounding::HalfUp), 113);
//! assert_eq!(IntType::new(8, true)?.span().clamp(113), 113);
//! # Ok::<(), bitladder_spec::SpecError>(())
//! ```

pub mod accumulator;
mod batch_norm;
pub mod csd;
pub mod decision;
mod error;
mod format;
mod int_type;
pub mod nested;
mod output_stage;
pub mod pool;
mod prng;
mod requant;
mod rounding;
mod saturation;
mod vectors;
pub mod weight_code;
mod weights;

pub use batch_norm::{BatchNorm, fold_batch_norm};
pub use error::SpecError;
pub use format::{Scale, TensorFormat};
pub use int_type::{IntType, Span};
pub use output_stage::OutputStage;
pub use prng::SplitMix64;
pub use requant::{MAX_MULTIPLIER_BITS, MAX_SHIFT, Requant};
pub use rounding::{Rounding, ValueRounding};
pub use saturation::Saturation;
pub use vectors::{VectorAxis, VectorLayout};
pub use weights::{WeightFormat, Weights};
