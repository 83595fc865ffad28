//! The accumulator, its overflow flag and the result register.

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig, sint, uint};

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

impl<'m> Control<'m> {
    /// The result register: takes a result where it `ends`, or that of the lane above.
    fn result(&self, m: &'m ModuleBuilder, ends: Sig<'m>, result: Sig<'m>) -> Sig<'m> {
        let register = m.reg("result_q", result.ty(), self.clk);
        match self.chain {
            Some((shift, above)) => register.enable(ends | shift).next(ends.mux(result, above)),
            None => register.enable(ends).next(result),
        }
        register.q
    }
}

/// The sum with one more term.
fn plus<'m>(m: &'m ModuleBuilder, sum: Sig<'m>, term: &Term<'m>) -> Sig<'m> {
    let value = term.value.resize(sum.width());
    match term.carry {
        Some(carry) => add_with_carry(m, sum, value, carry),
        None => sum + value,
    }
}

/// Whether a step before the last one overflowed, and the sign of what overflowed, as `{negative,
/// overflowed}`: now, and as registers hold it from the steps before.
fn overflows<'m>(
    m: &'m ModuleBuilder,
    control: &Control<'m>,
    sum: Sig<'m>,
    clear: Sig<'m>,
) -> [Sig<'m>; 2] {
    let Control { clk, enable, valid, .. } = *control;
    let wrapped = sum.msb() ^ sum.bit(sum.width() - 2);
    let [over, negative] = ["overflow_q", "negative_q"]
        .map(|name| m.reg(name, uint(1), clk).reset(clear, 0).enable(enable & valid));
    let over_now = over.q | wrapped;
    let negative_now = over.q.mux(negative.q, sum.msb());
    over.next(over_now);
    negative.next(negative_now);
    [negative_now.cat(over_now), negative.q.cat(over.q)]
}

/// Sums terms; the last one's sum goes to the result register and clears the accumulator at the
/// same edge, so dot products follow each other without a gap and clearing needs no gates.
pub(super) fn accumulate<'m>(
    m: &'m ModuleBuilder,
    plan: &LanePlan,
    control: &Control<'m>,
    term: &Term<'m>,
) -> Sig<'m> {
    let Control { clk, rst, enable, valid, last, .. } = *control;
    let ty = sint(plan.accumulator_bits() + 1);
    let ends = enable & last;
    let clear = m.named("clear", rst | ends);
    let sum_q = m.reg("sum_q", ty, clk).reset(clear, 0).enable(enable & valid);
    let sum = m.named("sum", plus(m, sum_q.q, term));
    sum_q.next(sum);
    let [flags, _] = overflows(m, control, sum_q.q, clear);
    control.result(m, ends, flags.cat(sum.as_unsigned()))
}

/// The same, but the result register takes the sum from the accumulator, an edge later, while the
/// next term starts the accumulator over: so the adder has one destination, and on iCE40 shares its
/// cells with the accumulator.
pub(super) fn accumulate_late<'m>(
    m: &'m ModuleBuilder,
    plan: &LanePlan,
    control: &Control<'m>,
    term: &Term<'m>,
) -> Sig<'m> {
    let Control { clk, rst, enable, valid, last, .. } = *control;
    let ty = sint(plan.accumulator_bits() + 1);
    let over = m.reg("over_q", BIT, clk).reset(rst, 0).enable(enable);
    over.next(last);
    let ends = enable & over.q;
    let clear = m.named("clear", rst | (ends & !valid));
    let sum_q = m.reg("sum_q", ty, clk).reset(clear, 0).enable(enable & valid);
    // A term with a carry of its own cannot take the adder's place.
    let sum = match term.carry {
        Some(_) => plus(m, over.q.mux(m.lit(ty, 0), sum_q.q), term),
        None => over.q.mux(term.value.resize(ty.width), plus(m, sum_q.q, term)),
    };
    sum_q.next(sum);
    let [_, flags] = overflows(m, control, sum_q.q, rst | ends);
    control.result(m, ends, flags.cat(sum_q.q.as_unsigned()))
}
