//! Canonic-signed-digit multipliers whose effort is chosen at run time.
//!
//! [`bitladder_spec::csd`] says what they compute, `docs/csd.md` how far that is from the exact
//! product, and `docs/results/csd-activity.md` what it saves.

mod multiplier;
mod recoder;
mod serial;
mod truncate;

pub use multiplier::{CsdMultiplierConfig, Gating, csd_multiplier};
pub use recoder::{CsdRecoderConfig, csd_recoder};
pub use serial::{CsdSerialConfig, csd_serial};
pub use truncate::{CsdTruncateConfig, csd_truncate};

use bitladder_rtl::{ModuleBuilder, Sig, Ty, sint, uint};

use crate::BlockError;
use crate::check::within;
use crate::stream::StreamField;

/// Weights of 2 to 16 bits and activations of 2 to 32.
fn check_widths(
    weight_key: &'static str,
    weight_bits: u32,
    activation_key: &'static str,
    activation_bits: u32,
) -> Result<(), BlockError> {
    within(weight_key, weight_bits, 2..=16)?;
    within(activation_key, activation_bits, 2..=32)
}

/// The stream that brings a weight and an activation.
fn operand_fields(weight_bits: u32, activation_bits: u32) -> [StreamField<'static>; 2] {
    [
        ("weight", sint(weight_bits), "to be recoded"),
        ("activation", sint(activation_bits), "to be shifted and added"),
    ]
}

/// Type of the knob that counts digits: up to all that a weight can have.
fn digits_ty(weight_bits: u32) -> Ty {
    uint(weight_bits.div_ceil(2).ilog2() + 1)
}

/// Type of the knob that drops low positions: up to all of them.
fn dropped_ty(weight_bits: u32) -> Ty {
    uint(weight_bits.ilog2() + 1)
}

/// Bits at positions from `dropped` up.
fn from_position<'m>(m: &'m ModuleBuilder, bits: Sig<'m>, dropped: Sig<'m>) -> Sig<'m> {
    bits & m.ones(bits.ty()).shift_left_by(dropped)
}
