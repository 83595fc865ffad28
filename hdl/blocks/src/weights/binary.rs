//! Binary weights on activations of several bits: keep or negate.
//!
//! `code` 1 is +1 and 0 is -1. For binary activations too, see
//! [`xnor_popcount`](super::xnor_popcount). Cost for 8-bit activations: 19 LUT4 on ECP5.
//! Combinational.
//!
//! | port | meaning |
//! |---|---|
//! | `code` | 1 bit |
//! | `activation` | signed, `activation_bits` wide |
//! | `product` | signed, one bit wider |
//!
//! ```text
//! code        <  1 ><  0 >
//! activation  <  5 ><  5 >
//! product     <  5 >< -5 >
//! ```
//!
//! ```
//! # use bitladder_blocks::weights::{WeightBlockConfig, binary_block};
//! let error = binary_block(&WeightBlockConfig { activation_bits: 1 }).unwrap_err();
//! assert!(error.to_string().contains("`binary_block.activation_bits` = 1"));
//! ```

use std::sync::Arc;

use bitladder_rtl::{Module, ModuleBuilder, Sig};

use super::{WeightBlockConfig, block, negated_if};
use crate::BlockError;

/// Weight times activation, one bit wider than the activation.
pub(crate) fn binary_product<'m>(
    _m: &'m ModuleBuilder,
    code: Sig<'m>,
    activation: Sig<'m>,
) -> Sig<'m> {
    negated_if(!code, activation)
}

/// Builds the block.
pub fn binary_block(config: &WeightBlockConfig) -> Result<Arc<Module>, BlockError> {
    let doc = "A binary weight times an activation: keep or negate.";
    block("binary_block.activation_bits", *config, doc, 1, binary_product)
}
