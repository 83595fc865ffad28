//! Ternary weights: keep, drop or negate the activation.
//!
//! `code` is two's complement: `01` keeps, `11` negates, `00` drops (and so does `10`, which the
//! contract does not use). Cost for 8-bit activations: 19 LUT4 on ECP5. Combinational.
//!
//! | port | meaning |
//! |---|---|
//! | `code` | 2 bits |
//! | `activation` | signed, `activation_bits` wide |
//! | `product` | signed, one bit wider |
//!
//! ```text
//! code        < 01 >< 11 >< 00 >
//! activation  <  5 ><  5 ><  5 >
//! product     <  5 >< -5 ><  0 >
//! ```
//!
//! ```
//! # use bitladder_blocks::weights::{WeightBlockConfig, ternary_block};
//! let block = ternary_block(&WeightBlockConfig { activation_bits: 8 })?;
//! assert_eq!(block.name(), "ternary_block_a8");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{Module, ModuleBuilder, Sig};

use super::{WeightBlockConfig, block, negated_if};
use crate::BlockError;

/// Weight times activation, one bit wider than the activation.
pub(crate) fn ternary_product<'m>(
    m: &'m ModuleBuilder,
    code: Sig<'m>,
    activation: Sig<'m>,
) -> Sig<'m> {
    let signed = negated_if(code.bit(1), activation);
    code.bit(0).mux(signed, m.lit(signed.ty(), 0))
}

/// Builds the block.
pub fn ternary_block(config: &WeightBlockConfig) -> Result<Arc<Module>, BlockError> {
    let doc = "A ternary weight times an activation: keep, drop or negate.";
    block("ternary_block.activation_bits", *config, doc, 2, ternary_product)
}
