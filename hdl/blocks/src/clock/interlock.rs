//! Gates of several clocks that open one at a time.

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig};

use super::cells;
use crate::Family;

/// The merged clock, and how it stands.
pub(super) struct Interlock<'m> {
    pub(super) clock: Clock<'m>,
    /// For each clock, in the control's domain: its gate is open, or has just closed.
    pub(super) busy: Vec<Sig<'m>>,
}

/// `wanted` has one register per clock in the domain of `control`, at most one of them set.
pub(super) fn interlock<'m>(
    m: &'m ModuleBuilder,
    family: Family,
    control: Clock<'m>,
    clocks: &[Clock<'m>],
    wanted: &[Sig<'m>],
) -> Interlock<'m> {
    let registers: Vec<_> = (0..)
        .zip(clocks)
        .map(|(n, clock): (u32, _)| {
            ["run", "busy"].map(|name| m.reg(&format!("{name}_{n}_q"), BIT, *clock).init(0))
        })
        .collect();
    let mut gated = Vec::new();
    for (n, clock) in clocks.iter().enumerate() {
        let [run, busy] = registers[n];
        let others = (0..clocks.len()).filter(|other| *other != n);
        let blocked = others.fold(m.lit(BIT, 0), |any, other| {
            let name = format!("busy_{other}_at_{n}");
            any | m.synchronize(&name, registers[other][1].q, *clock)
        });
        let next = m.synchronize(&format!("want_{n}_at_{n}"), wanted[n], *clock) & !blocked;
        run.next(next);
        // One period longer than the gate is open: by then its output rests.
        busy.next(next | run.q);
        let gate = cells::gate(m, family, &format!("u_gate_{n}"), *clock, run.q);
        gated.extend(gate);
    }
    let busy = (0..)
        .zip(&registers)
        .map(|(n, [_, busy]): (u32, _)| m.synchronize(&format!("busy_{n}_seen"), busy.q, control))
        .collect();
    Interlock { clock: cells::merge(m, &gated), busy }
}
