//! When results are complete and which row is leaving.

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig, address_width, uint};

use super::config::ArrayPlan;
use crate::{Drain, LanePlan};

/// What goes along with the words.
#[derive(Clone, Copy)]
pub(super) struct Words<'m> {
    pub(super) valid: Sig<'m>,
    pub(super) last: Sig<'m>,
    pub(super) mode: Sig<'m>,
}

/// State of the results.
pub(super) struct Leaving<'m> {
    /// After the next edge some row waits in the result registers.
    pub(super) will_wait: Sig<'m>,
    /// Some row waits now.
    pub(super) waiting: Sig<'m>,
    /// That row.
    pub(super) row: Sig<'m>,
    /// It was computed in the plan's odd mode; only where that makes a difference.
    pub(super) odd: Option<Sig<'m>>,
    /// Results were overwritten before they left; stays set until reset.
    pub(super) overrun: Sig<'m>,
}

/// Counts the rows down, from the last one. `words` are those at the array's inputs; `step` is
/// true where a row leaves.
pub(super) fn leaving<'m>(
    m: &'m ModuleBuilder,
    plan: &ArrayPlan,
    (clk, rst): (Clock<'m>, Sig<'m>),
    words: Words<'m>,
    step: Sig<'m>,
) -> Leaving<'m> {
    let rows = plan.config().rows;
    let bit = |name: &str, value: Sig<'m>| {
        let reg = m.reg(name, BIT, clk).reset(rst, 0);
        reg.next(value);
        reg.q
    };
    // One edge before the first lane's result register; one more is the edge's register.
    let delay = LanePlan::LATENCY + u32::from(plan.config().drain == Drain::Short);
    let first = (1..=delay)
        .fold(words.valid & words.last, |value, stage| bit(&format!("last_{stage}_q"), value));
    let mut busy = m.lit(BIT, 0);
    let mut complete = first;
    for stage in 1..=plan.skew() {
        complete = bit(&format!("skew_{stage}_q"), complete);
        busy = busy | complete;
    }

    let index = uint(address_width(rows as usize));
    let row = m.reg("row_left_q", index, clk).reset(rst, 0);
    row.next(complete.mux(m.lit(index, i128::from(rows) - 1), step.mux(row.q - 1, row.q)));
    let waiting = m.reg("waiting_q", BIT, clk).reset(rst, 0);
    let remains = waiting.q & !(step & row.q.eq(0));
    let will_wait = complete | remains;
    waiting.next(will_wait);

    let lost = first & (busy | remains);
    let overrun = m.reg("overrun_q", BIT, clk).reset(rst, 0);
    overrun.next(overrun.q | lost);
    let odd = odd_flag(m, plan, clk, words, complete, delay + plan.skew());
    Leaving { will_wait, waiting: waiting.q, row: row.q, odd, overrun: overrun.q }
}

/// Whether the results that wait are of the mode whose sums lie elsewhere.
fn odd_flag<'m>(
    m: &'m ModuleBuilder,
    plan: &ArrayPlan,
    clk: Clock<'m>,
    words: Words<'m>,
    complete: Sig<'m>,
    delay: u32,
) -> Option<Sig<'m>> {
    let now = words.mode.eq(plan.lane().odd_mode()?.code() as i128);
    let late = (1..=delay).fold(now, |value, stage| m.pipe(&format!("odd_{stage}_q"), value, clk));
    let held = m.reg("result_odd_q", BIT, clk).enable(complete);
    held.next(late);
    Some(held.q)
}
