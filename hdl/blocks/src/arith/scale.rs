//! Multiply and shift: the scaling half of a requantisation.

use bitladder_rtl::{BIT, ModuleBuilder, Sig, uint};
use bitladder_spec::{MAX_MULTIPLIER_BITS, MAX_SHIFT};

use super::rounding::Rest;
use crate::BlockError;
use crate::check::within;
use crate::stream::Pipeline;

/// Bits of the multiplier taken at once: with its sign, a port of an 18-bit hardware multiplier.
const CHUNK_BITS: u32 = 17;

/// Ranges of multiplier and shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScaleConfig {
    /// Widest multiplier, 1 to 31 bits. 1 is the shift-only form: no multiplier is built and the
    /// `multiplier` field disappears. Above 17 bits one more pipeline stage is built.
    pub multiplier_bits: u32,
    /// Largest shift, 1 to 62: each doubling costs one row of multiplexers. Larger values of the
    /// `shift` field give wrong results.
    pub max_shift: u32,
}

impl ScaleConfig {
    pub(super) fn validate(self) -> Result<(), BlockError> {
        within("scale.multiplier_bits", self.multiplier_bits, 1..=MAX_MULTIPLIER_BITS.into())?;
        within("scale.max_shift", self.max_shift, 1..=MAX_SHIFT.into())
    }

    pub(super) fn multiplies(self) -> bool {
        self.multiplier_bits > 1
    }

    /// Width of the `shift` field.
    pub(super) fn shift_bits(self) -> u32 {
        self.max_shift.ilog2() + 1
    }

    /// Pipeline stages of [`ScaleConfig::product`].
    pub(super) fn product_stages(self) -> u32 {
        match self.multiplier_bits {
            1 => 0,
            2..=CHUNK_BITS => 1,
            _ => 2,
        }
    }

    /// The stream fields that bring multiplier and shift along.
    pub(super) fn fields(self) -> Vec<(&'static str, bitladder_rtl::Ty, &'static str)> {
        let shift = (
            "shift",
            uint(self.shift_bits()),
            "divides by two to the power of it; at most the largest shift",
        );
        match self.multiplies() {
            true => {
                vec![("multiplier", uint(self.multiplier_bits), "factor above the shift"), shift]
            }
            false => vec![shift],
        }
    }

    /// The exact product, through as many pipeline stages as the multiplier's width asks for;
    /// `shift` goes along.
    pub(super) fn product<'m>(
        self,
        pipe: &mut Pipeline<'m>,
        value: Sig<'m>,
        multiplier: Option<Sig<'m>>,
        shift: Sig<'m>,
    ) -> (Sig<'m>, Sig<'m>) {
        let Some(multiplier) = multiplier else { return (value, shift) };
        let width = value.width() + self.multiplier_bits;
        let part = |low: u32| {
            let bits = CHUNK_BITS.min(self.multiplier_bits - low);
            let factor = multiplier.bits(low, bits).zero_extend(bits + 1).as_signed();
            // One bit less than both operands: the factor is not negative.
            let product = (value * factor).truncate(value.width() + bits);
            pipe.hold(&format!("product_{low}_q"), product)
        };
        let low = part(0);
        let high = (self.multiplier_bits > CHUNK_BITS).then(|| part(CHUNK_BITS));
        let shift = pipe.hold("shift_1_q", shift);
        pipe.next_stage();
        let Some(high) = high else { return (low, shift) };
        let high = high.widening_shl(CHUNK_BITS);
        let sum = pipe.hold("product_q", low.sign_extend(width) + high.resize(width));
        let shift = pipe.hold("shift_2_q", shift);
        pipe.next_stage();
        (sum, shift)
    }

    /// `product / 2^shift`, with what was dropped.
    pub(super) fn shifted<'m>(
        self,
        m: &'m ModuleBuilder,
        product: Sig<'m>,
        shift: Sig<'m>,
    ) -> Shifted<'m> {
        // Far shifts read copies of the sign.
        let product = product.sign_extend(product.width().max(self.max_shift + 1));
        // One bit further up, so that the first dropped bit stays in view.
        let shifted = product.widening_shl(1).shift_right_by(shift);
        let floor = shifted.slice(product.width(), 1).as_signed();
        let half_bit = shifted.bit(0);
        let dropped: Vec<Sig<'m>> =
            (0..self.max_shift - 1).rev().map(|bit| product.bit(bit) & shift.gt(bit + 1)).collect();
        let below = if dropped.is_empty() { m.lit(BIT, 0) } else { m.cat(&dropped).reduce_or() };
        Shifted { floor, half_bit, below }
    }
}

/// A product behind the shift.
pub(super) struct Shifted<'m> {
    /// Rounded down.
    pub(super) floor: Sig<'m>,
    /// The first dropped bit.
    pub(super) half_bit: Sig<'m>,
    /// Whether a bit below that one was set.
    pub(super) below: Sig<'m>,
}

impl<'m> Shifted<'m> {
    pub(super) fn rest(&self) -> Rest<'m> {
        Rest::of_bits(self.half_bit, self.below)
    }
}
