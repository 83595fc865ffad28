//! Weight blocks: what a stored weight code does to an activation.
//!
//! | format | block | stands for |
//! |---|---|---|
//! | 3-bit code | [`qsq_decoder`], [`qsq_vector`] | 0, +-a, +-2a, +-4a of a vector's scalar a |
//! | power of two | [`power_block`] | 0, +-2^e |
//! | ternary | [`ternary_block`] | -1, 0, +1 |
//! | binary | [`binary_block`], [`xnor_popcount`] | -1, +1 |
//!
//! The codes are those of [`bitladder_spec::weight_code`].

mod binary;
mod power;
mod qsq;
mod qsq_vector;
mod ternary;
mod xnor;

pub use binary::binary_block;
pub use power::power_block;
pub use qsq::{QsqDecoderConfig, qsq_decoder};
pub use qsq_vector::{QsqVectorConfig, qsq_vector};
pub use ternary::ternary_block;
pub use xnor::{XnorConfig, xnor_popcount};

pub(crate) use binary::binary_product;
pub(crate) use power::power_product;
pub(crate) use ternary::ternary_product;

use bitladder_rtl::{Module, ModuleBuilder, Sig, sint, uint};
use std::sync::Arc;

use crate::BlockError;
use crate::check::within;

/// The width of the activations that enter a weight block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightBlockConfig {
    /// Bits of the (signed, centred) activation, 2 to 32.
    pub activation_bits: u32,
}

/// The negative where `negate` is set, one bit wider so that every value has one.
pub(crate) fn negated_if<'m>(negate: Sig<'m>, value: Sig<'m>) -> Sig<'m> {
    let wide = value.sign_extend(value.width() + 1);
    negate.mux(-wide, wide)
}

/// A combinational module from a code and an activation to their product.
fn block(
    key: &'static str,
    config: WeightBlockConfig,
    doc: &str,
    code_bits: u32,
    product: impl for<'m> Fn(&'m ModuleBuilder, Sig<'m>, Sig<'m>) -> Sig<'m>,
) -> Result<Arc<Module>, BlockError> {
    within(key, config.activation_bits, 2..=32)?;
    let name = key.split('.').next().unwrap_or(key);
    let m = ModuleBuilder::new(name).param("a", config.activation_bits).doc(doc);
    let code = m.input("code", uint(code_bits), "the weight as stored");
    let activation = m.input("activation", sint(config.activation_bits), "centred activation");
    let value = product(&m, code, activation);
    m.drive(m.output("product", value.ty(), "weight times activation"), value);
    Ok(m.build()?)
}
