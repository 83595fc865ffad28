//! Ends of counts that are seen ahead.

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig};

/// Whether a count from 0 is at the last of its `size`, in a register: where a machine is large or its
/// clock fast, what hangs on an end is too far away to compare first. `start` begins anew, and the size
/// has its value by then; the count goes on, or begins again after its `last`, with `moves`.
pub(super) fn seen_ahead<'m>(
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
