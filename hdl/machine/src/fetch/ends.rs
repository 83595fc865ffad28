//! Ends of counts.

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig};

use super::config::FetchPlan;

/// Whether a count from 0 is at the last of its `size`, which stands by the `start`: seen ahead where
/// words are held. The count goes on, or begins again after its last, with `moves`.
pub(super) fn end<'m>(
    (m, clk, start): (&'m ModuleBuilder, Clock<'m>, Sig<'m>),
    plan: &FetchPlan,
    (name, [count, size]): (&str, [Sig<'m>; 2]),
    moves: Sig<'m>,
) -> Sig<'m> {
    let last = m.pipe(&format!("last_{name}"), size - 1, clk);
    match plan.staged() {
        true => seen_ahead((m, clk, start), name, [count, size, last], moves),
        false => count.eq(last),
    }
}

/// The end in a register: where a machine is large or its clock fast, what hangs on it is too far away
/// to compare first.
fn seen_ahead<'m>(
    (m, clk, start): (&'m ModuleBuilder, Clock<'m>, Sig<'m>),
    name: &str,
    [count, size, last]: [Sig<'m>; 3],
    moves: Sig<'m>,
) -> Sig<'m> {
    let single = m.pipe(&format!("single_{name}"), size.eq(1), clk);
    let seen = m.reg(&format!("end_{name}"), BIT, clk).enable(start | moves);
    let next = seen.q.mux(single, (count + 1).eq(last));
    seen.next(start.mux(size.eq(1), next));
    seen.q
}
