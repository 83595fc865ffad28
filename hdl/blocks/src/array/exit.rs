//! Where results leave a column: saturation and the radix point.

use bitladder_rtl::{ModuleBuilder, Sig};

use crate::{LanePlan, Mode};

/// A result as the lanes give it, taken apart.
pub(super) struct Exit<'m> {
    /// The sum, saturated and shifted to its place.
    pub(super) value: Sig<'m>,
    /// The sum did not fit.
    pub(super) saturated: Sig<'m>,
}

/// Turns `{negative, overflowed, sum}` into a number. It costs a LUT or two per bit, which is why
/// it is here and not in each lane. `word` is true for results of 16-bit words; without it all
/// results are of one sort.
pub(super) fn exit<'m>(
    m: &'m ModuleBuilder,
    plan: &LanePlan,
    result: Sig<'m>,
    word: Option<Sig<'m>>,
) -> Exit<'m> {
    let width = plan.accumulator_bits();
    let sum = result.truncate(width).as_signed();
    let (saturated, negative) = (result.bit(width), result.bit(width + 1));
    let most = m.ones(sum.ty()).as_unsigned().shift_right(1);
    let limit = (most ^ negative.repeat(width)).as_signed();
    let value = saturated.mux(limit, sum);
    let narrow = plan.config().modes.iter().find(|mode| **mode != Mode::Word16);
    let fraction = narrow.map_or(0, |mode| plan.fraction(*mode));
    let value = match (fraction, word) {
        (0, _) => value,
        (by, None) => value.shift_right(by),
        (by, Some(word)) => word.mux(value, value.shift_right(by)),
    };
    Exit { value, saturated }
}
