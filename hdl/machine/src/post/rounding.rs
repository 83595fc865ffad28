//! Division by powers of two, rounded by name.

use bitladder_rtl::{BIT, ModuleBuilder, Sig};
use bitladder_spec::Rounding;

/// A quotient rounded down, and what was dropped.
pub(super) struct Shifted<'m> {
    pub(super) floor: Sig<'m>,
    /// The first dropped bit.
    pub(super) half: Sig<'m>,
    /// Whether a bit below that one was set.
    pub(super) below: Sig<'m>,
}

/// `value / 2^shift`. What each stage of the shifter drops is gathered on the way: that is a
/// third of the logic that comparing each bit's place with the shift would take.
pub(super) fn shifted<'m>(m: &'m ModuleBuilder, value: Sig<'m>, shift: Sig<'m>) -> Shifted<'m> {
    // One place further up, so that the first dropped bit stays in view.
    let mut rest = value.widening_shl(1);
    let mut below = m.lit(BIT, 0);
    for stage in (0..shift.width()).rev() {
        let (places, moves) = (1 << stage, shift.bit(stage));
        let dropped = rest.slice(places.min(rest.width()) - 1, 0).reduce_or();
        below = below | (moves & dropped);
        rest = moves.mux(rest.shift_right(places), rest);
    }
    let floor = rest.slice(value.width(), 1).as_signed();
    Shifted { floor, half: rest.bit(0), below }
}

/// Whether roundings look at the first dropped bit, and at those below.
pub(super) fn dropped_bits(list: &[Rounding]) -> [bool; 2] {
    let first = list.iter().any(|rounding| *rounding != Rounding::Floor);
    let others =
        list.iter().any(|rounding| !matches!(rounding, Rounding::HalfUp | Rounding::Floor));
    [first, others]
}

impl<'m> Shifted<'m> {
    /// Whether the quotient becomes one more; `which` counts the list's entries.
    pub(super) fn goes_up(
        &self,
        m: &'m ModuleBuilder,
        list: &[Rounding],
        which: Option<Sig<'m>>,
    ) -> Sig<'m> {
        let Shifted { floor, half, below } = *self;
        let up = |rounding: &Rounding| match rounding {
            Rounding::HalfUp => half,
            Rounding::HalfEven => half & (below | floor.bit(0)),
            Rounding::HalfAway => half & (below | !floor.msb()),
            Rounding::TowardZero => (half | below) & floor.msb(),
            Rounding::Floor => m.lit(BIT, 0),
        };
        let ups: Vec<Sig<'m>> = list.iter().map(up).collect();
        match (which, ups.split_last()) {
            (Some(which), Some((last, others))) => {
                let arms: Vec<_> = (0..).zip(others.iter().copied()).collect();
                m.case(which, &arms, *last)
            }
            _ => ups[0],
        }
    }
}
