//! The accumulator, its overflow flag and the result register.

use bitladder_rtl::{Clock, ModuleBuilder, Sig, sint, uint};

use super::carry::add_with_carry;
use super::config::LanePlan;
use super::product::Term;

/// Above the sum in a result: a guard bit, which differs from the sign if the last step overflowed;
/// a step before it overflowed; the true sum was negative then. What follows from them is for
/// whoever uses the result: behind the adder's carry chain it would cost time.
pub(super) const RESULT_FLAGS: u32 = 3;

/// The control of a lane, at the stage where terms are accumulated.
pub(super) struct Control<'m> {
    pub(super) clk: Clock<'m>,
    pub(super) rst: Sig<'m>,
    pub(super) enable: Sig<'m>,
    /// The term counts.
    pub(super) valid: Sig<'m>,
    /// The term counts and ends the dot product.
    pub(super) last: Sig<'m>,
    /// The chain's shift and the result of the lane above, if results leave by a chain.
    pub(super) chain: Option<(Sig<'m>, Sig<'m>)>,
}

/// Sums terms; the last one's sum goes to the result register and clears the accumulator at the
/// same edge, so dot products follow each other without a gap and clearing needs no gates.
pub(super) fn accumulate<'m>(
    m: &'m ModuleBuilder,
    plan: &LanePlan,
    control: &Control<'m>,
    term: &Term<'m>,
) -> Sig<'m> {
    let Control { clk, rst, enable, valid, last, chain } = *control;
    let ty = sint(plan.accumulator_bits() + 1);
    let ends = enable & last;
    let clear = m.named("clear", rst | ends);
    let sum_q = m.reg("sum_q", ty, clk).reset(clear, 0).enable(enable & valid);
    let value = term.value.resize(ty.width);
    let sum = match term.carry {
        Some(carry) => add_with_carry(m, sum_q.q, value, carry),
        None => sum_q.q + value,
    };
    let sum = m.named("sum", sum);
    sum_q.next(sum);

    let wrapped = sum_q.q.msb() ^ sum_q.q.bit(ty.width - 2);
    let [over, negative] = ["overflow_q", "negative_q"]
        .map(|name| m.reg(name, uint(1), clk).reset(clear, 0).enable(enable & valid));
    let over_now = over.q | wrapped;
    let negative_now = over.q.mux(negative.q, sum_q.q.msb());
    over.next(over_now);
    negative.next(negative_now);

    let result = m.cat(&[negative_now, over_now, sum.as_unsigned()]);
    let result_q = m.reg("result_q", uint(ty.width - 1 + RESULT_FLAGS), clk);
    match chain {
        Some((shift, above)) => result_q.enable(ends | shift).next(ends.mux(result, above)),
        None => result_q.enable(ends).next(result),
    }
    result_q.q
}
