//! Power-of-two weights: the multiplier is a shifter.
//!
//! `code` is `z s eeee`: zero flag, sign, shift. A set zero flag gives 0 whatever follows it.
//! Cost for 8-bit activations: 111 LUT4 on ECP5, 89 on iCE40. Combinational.
//!
//! | port | meaning |
//! |---|---|
//! | `code` | 6 bits |
//! | `activation` | signed, `activation_bits` wide |
//! | `product` | signed, 16 bits wider |
//!
//! ```text
//! code        <-2^3><+2^0>< 0  >
//! activation  <  5 ><  5 ><  5 >
//! product     < -40><  5 ><  0 >
//! ```
//!
//! ```
//! # use bitladder_blocks::weights::{WeightBlockConfig, power_block};
//! let block = power_block(&WeightBlockConfig { activation_bits: 16 })?;
//! assert_eq!(block.ports()[2].ty, bitladder_rtl::sint(32));
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{Module, ModuleBuilder, Sig};
use bitladder_spec::weight_code::MAX_POWER;

use super::{WeightBlockConfig, block, negated_if};
use crate::BlockError;

/// Weight times activation, 16 bits wider than the activation.
pub(crate) fn power_product<'m>(
    m: &'m ModuleBuilder,
    code: Sig<'m>,
    activation: Sig<'m>,
) -> Sig<'m> {
    let signed = negated_if(code.bit(4), activation);
    let wide = signed.sign_extend(signed.width() + u32::from(MAX_POWER));
    code.bit(5).mux(m.lit(wide.ty(), 0), wide.shift_left_by(code.bits(0, 4)))
}

/// Builds the block.
pub fn power_block(config: &WeightBlockConfig) -> Result<Arc<Module>, BlockError> {
    let doc = "A power-of-two weight times an activation: shift and negate.";
    block("power_block.activation_bits", *config, doc, 6, power_product)
}
