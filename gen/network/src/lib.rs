//! Networks as data.
//!
//! A network is a list of layers in the order of their execution. Values are numbered: first the
//! network's inputs, then one value per layer. Shapes leave the batch out: an image is
//! `[channels, height, width]`, a vector `[features]`.
//!
//! [`FloatNetwork`] is what an importer makes and what the float reference runs;
//! [`QuantNetwork`] is the integer form that golden engine and hardware share. This crate knows
//! what makes either valid; it executes nothing and reads no file.

mod declared;
mod error;
mod float;
mod fold;
mod quant;
mod validate;
mod window;

pub use declared::{Declared, DeclaredWeights};
pub use error::NetworkError;
pub use float::{FloatLayer, FloatNetwork, FloatOp, Input};
pub use fold::{fold_batch_norms, fold_declared_batch_norms};
pub use quant::{Linear, QuantInput, QuantLayer, QuantNetwork, QuantOp};
pub use window::Window;

/// Number of a value: inputs first, then layers.
pub type ValueId = usize;

/// Number of elements of a shape; `None` if it does not fit the machine.
pub fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |product, extent| product.checked_mul(*extent))
}
