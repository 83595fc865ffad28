//! The named roundings of the contract, as one bit: does the floor go up by one?

use bitladder_rtl::{BIT, ModuleBuilder, Sig};
use bitladder_spec::Rounding;

/// What a division dropped, compared with one half.
pub(super) struct Rest<'m> {
    /// More than one half.
    pub(super) above: Sig<'m>,
    /// Exactly one half.
    pub(super) half: Sig<'m>,
    /// More than nothing.
    pub(super) any: Sig<'m>,
}

impl<'m> Rest<'m> {
    /// From the first dropped bit and whether any bit below it was set.
    pub(super) fn of_bits(half_bit: Sig<'m>, below: Sig<'m>) -> Rest<'m> {
        Rest { above: half_bit & below, half: half_bit & !below, any: half_bit | below }
    }

    /// Whether a signed quotient rounded down becomes one more.
    pub(super) fn goes_up(&self, m: &'m ModuleBuilder, by: Rounding, floor: Sig<'m>) -> Sig<'m> {
        match by {
            Rounding::HalfUp => self.above | self.half,
            Rounding::HalfEven => self.above | (self.half & floor.bit(0)),
            Rounding::HalfAway => self.above | (self.half & !floor.msb()),
            Rounding::TowardZero => self.any & floor.msb(),
            Rounding::Floor => m.lit(BIT, 0),
        }
    }
}

/// The entry of a list that a selector names; a list of one needs no selector.
pub(super) fn choose<'m>(
    m: &'m ModuleBuilder,
    selector: Option<Sig<'m>>,
    entries: &[Sig<'m>],
) -> Sig<'m> {
    let last = entries[entries.len() - 1];
    let Some(selector) = selector else { return last };
    let keyed: Vec<(u128, Sig<'m>)> = (0..).zip(entries[..entries.len() - 1].to_vec()).collect();
    m.case(selector, &keyed, last)
}
