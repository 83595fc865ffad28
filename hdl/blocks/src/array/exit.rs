//! Where results leave a column: saturation and the radix point. It costs a LUT per bit, which is
//! why it is here and not in each lane.

use bitladder_rtl::{Clock, ModuleBuilder, Sig, uint};

use crate::LanePlan;

/// The last registers of the columns, behind saturation.
pub(super) struct Exit<'a, 'm> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) plan: &'a LanePlan,
    pub(super) clk: Clock<'m>,
    /// The results are of the plan's odd mode; only where that makes a difference.
    pub(super) odd: Option<Sig<'m>>,
    /// The registers take what comes.
    pub(super) pass: Sig<'m>,
}

impl<'m> Exit<'_, 'm> {
    /// Turns what [`limits`] made into a number, saturated and shifted to its place, and whether
    /// it was saturated.
    ///
    /// Bits that are zero at the lower limit whatever the mode get that from the reset of their
    /// registers, so that one LUT holds the shift and the upper limit.
    pub(super) fn column(&self, name: &str, result: Sig<'m>) -> [Sig<'m>; 2] {
        let (m, width) = (self.m, self.plan.accumulator_bits());
        let sum = result.truncate(width).as_signed();
        let (above, below) = (result.bit(width), result.bit(width + 1));
        let most = m.ones(sum.ty()).as_unsigned().shift_right(1);
        let limit = self.shift((most ^ below.repeat(width)).as_signed());
        let value = self.shift(sum);
        let low = width - 1 - self.fractions().into_iter().max().unwrap_or(0);
        let saturated = above | below;
        let high = saturated.mux(limit, value).slice(width - 1, low).as_signed();
        let high = self.keep(&format!("result_{name}_high_q"), high);
        let saturated = self.keep(&format!("saturated_{name}_q"), saturated);
        if low == 0 {
            return [high, saturated];
        }
        let reg = m.reg(&format!("result_{name}_q"), uint(low), self.clk).enable(self.pass);
        let reg = reg.reset(self.pass & below, 0);
        reg.next(value.truncate(low).as_unsigned() | above.repeat(low));
        [high.cat(reg.q).as_signed(), saturated]
    }

    fn keep(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let reg = self.m.reg(name, value.ty(), self.clk);
        reg.enable(self.pass).next(value);
        reg.q
    }

    /// How far up sums lie: those of the odd mode and of the others.
    fn fractions(&self) -> [u32; 2] {
        let odd = self.plan.odd_mode();
        let others = self.plan.config().modes.iter().find(|mode| Some(**mode) != odd);
        let others = others.map_or(0, |mode| self.plan.fraction(*mode));
        [odd.map_or(others, |mode| self.plan.fraction(mode)), others]
    }

    fn shift(&self, sum: Sig<'m>) -> Sig<'m> {
        let [odd, others] = self.fractions().map(|by| sum.shift_right(by));
        self.odd.map_or(others, |flag| flag.mux(odd, others))
    }
}

/// Puts the limit at which a sum stands, none, the upper or the lower, in the place of what a
/// lane gives, `{negative, overflowed, guard, sum}`: decided a step before it is used.
pub(super) fn limits<'m>(m: &'m ModuleBuilder, plan: &LanePlan, result: Sig<'m>) -> Sig<'m> {
    let width = plan.accumulator_bits();
    let (sum, guard) = (result.truncate(width), result.bit(width));
    let (before, negative) = (result.bit(width + 1), result.bit(width + 2));
    let overflowed = before | (guard ^ sum.msb());
    let negative = before.mux(negative, guard);
    m.cat(&[overflowed & negative, overflowed & !negative, sum])
}
