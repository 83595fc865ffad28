//! Max pools: the largest operands of each window.

use bitladder_machine::isa::{Operation, field};
use bitladder_rtl::{BIT, BundlePort, Sig, uint};

use super::arrive::Arrival;
use super::largest::Operands;
use super::unit::{Unit, field_of};

impl<'m> Unit<'_, 'm> {
    /// The largest operands of each window; drives the groups and gives their valid bit.
    pub(super) fn pool(&self, at: Arrival<'m>, group: &[Sig<'m>], out: &BundlePort<'m>) -> Sig<'m> {
        let Arrival { tap, inside, counts, .. } = at;
        let (m, pools) = (self.m, self.is(Operation::MaxPool));
        // In registers where clocks are fast: these fields go to all units.
        let near = |name: &str, place| match self.config.direct {
            true => self.fields.get(place),
            false => m.pipe(name, self.fields.get(place), self.clk),
        };
        let operands = Operands {
            m,
            modes: &self.config.modes,
            mode: near("mode_q", field::MODE),
            signed: near("signed_q", field::INPUT_SIGNED),
        };
        // Nothing of the window has been seen: taps before were outside.
        let fresh = m.reg("fresh_q", BIT, self.clk).enable(self.advance & tap.valid);
        let alone = m.named("alone", tap.first | fresh.q);
        fresh.next(alone & !inside);
        let takes = self.advance & counts;
        for (column, word) in group.iter().enumerate() {
            let best = m.reg(&format!("best_{column}_q"), uint(16), self.clk).enable(takes);
            best.next(alone.mux(*word, operands.largest(best.q, *word)));
            m.drive(field_of(out, &format!("word_{column}")), best.q);
        }
        let done = m.reg("pooled_q", BIT, self.clk).reset(self.rst, 0).enable(self.advance);
        done.next(tap.valid & tap.last & pools);
        m.drive(field_of(out, "last"), self.hold("pooled_last_q", tap.pass_end));
        done.q
    }
}
