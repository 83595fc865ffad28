//! Exact ratio: `sum * multiplier / divisor` with what the one rounding still has to know.
//!
//! An average rounds once, after the shift of the requantisation. So the quotient comes times
//! four, plus what its rest is worth: 0 for nothing, 1 below one half, 2 one half, 3 above. Any
//! rounding of `value / 2^(shift + 2)` is then that of the exact quotient divided by `2^shift`;
//! negative sums give the negative of it, which is exact as well. Multiplication and division are
//! serial, by one adder: [`RatioConfig::cycles`] edges from `start` to the value.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | takes `sum` and `multiplier` |
//! | `sum` | of a window |
//! | `multiplier` | unless it is one bit wide |
//! | `divisor` | positions of the window, not 0; at least a `2^17`th of the sum; stays |
//! | `busy` | the value is not there yet |
//! | `value` | stays until the next start |
//!
//! ```text
//! clk    _/~\_/~\_ ... _/~\_/~\_
//! start  /~~~\__________________
//! busy   ____/~~~~ ... ~\_______
//! value                  <4q + c
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::element::{RatioConfig, ratio};
//! let config = RatioConfig { multiplier_bits: 16 };
//! assert_eq!((config.cycles(), ratio(&config)?.name()), (69, "ratio_m16"));
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::check::within;
use bitladder_machine::isa::field;
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Reg, Sig, Ty, sint, uint};

use crate::post::ELEMENT_SUM_BITS;

/// Bits of a sum without its sign.
const MAGNITUDE: u32 = ELEMENT_SUM_BITS - 1;

/// Ranges of a ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatioConfig {
    /// Widest multiplier, 1 to 17; with 1 it is one, and there is no port.
    pub multiplier_bits: u32,
}

impl RatioConfig {
    fn multiplies(self) -> bool {
        self.multiplier_bits > 1
    }

    fn product_bits(self) -> u32 {
        MAGNITUDE + if self.multiplies() { self.multiplier_bits } else { 0 }
    }

    /// Edges that multiplication and division take.
    fn steps(self) -> u32 {
        self.product_bits() + if self.multiplies() { self.multiplier_bits } else { 0 }
    }

    /// Edges from `start` to the value.
    pub fn cycles(self) -> u32 {
        self.steps() + 1
    }
}

/// What the rest is worth. 0: nothing, 1: below one half, 2: one half, 3: above.
fn worth<'m>(m: &'m ModuleBuilder, [rest, divisor]: [Sig<'m>; 2]) -> Sig<'m> {
    let twice = rest.cat(m.lit(BIT, 0));
    let divisor = divisor.zero_extend(twice.width());
    let half = twice.ge(divisor);
    half.cat(rest.reduce_or() & !twice.eq(divisor))
}

/// The quotient and its rest's worth as one signed number.
fn value<'m>(quotient: Sig<'m>, worth: Sig<'m>, negative: Sig<'m>) -> Sig<'m> {
    let magnitude = quotient.resize(MAGNITUDE - 2).cat(worth).zero_extend(ELEMENT_SUM_BITS);
    negative.mux(-magnitude.as_signed(), magnitude.as_signed())
}

/// The serial part: registers and what moves them.
struct Serial<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    config: RatioConfig,
    start: Sig<'m>,
    /// Edges to go; some are left.
    count: Sig<'m>,
    busy: Sig<'m>,
}

impl<'m> Serial<'m> {
    fn register(&self, name: &str, ty: Ty) -> Reg<'m> {
        self.m.reg(name, ty, self.clk).enable(self.start | self.busy)
    }

    /// Whether the product is still being made, and the next value of the number then.
    fn product(&self, magnitude: Sig<'m>, number: Sig<'m>) -> (Sig<'m>, Sig<'m>) {
        let m = self.m;
        let factor = m.input("multiplier", uint(self.config.multiplier_bits), "factor of the sum");
        let left = self.register("factor_q", factor.ty());
        left.next(self.start.mux(factor, left.q.shift_left(1)));
        let taken = m.reg("magnitude_q", magnitude.ty(), self.clk).enable(self.start);
        taken.next(magnitude);
        let term = left.q.msb().mux(taken.q, m.lit(taken.q.ty(), 0));
        let multiplies = m.named("multiplies", self.count.gt(number.width()));
        (multiplies, number.shift_left(1) + term.zero_extend(number.width()))
    }

    /// Product and division; gives quotient and rest.
    fn divide(&self, magnitude: Sig<'m>, divisor: Sig<'m>) -> (Sig<'m>, Sig<'m>) {
        let (m, start) = (self.m, self.start);
        let number = self.register("number_q", uint(self.config.product_bits()));
        let rest = self.register("rest_q", divisor.ty());
        let trial = rest.q.cat(number.q.msb());
        let wide = divisor.zero_extend(trial.width());
        let fits = m.named("fits", trial.ge(wide));
        let left = fits.mux(trial - wide, trial).truncate(divisor.width());
        let quotient = number.q.cat(fits).truncate(number.q.width());
        let none = m.lit(divisor.ty(), 0);
        if self.config.multiplies() {
            let (multiplies, product) = self.product(magnitude, number.q);
            let next = multiplies.mux(product, quotient);
            number.next(start.mux(m.lit(number.q.ty(), 0), next));
            rest.next((start | multiplies).mux(none, left));
        } else {
            number.next(start.mux(magnitude, quotient));
            rest.next(start.mux(none, left));
        }
        (number.q, rest.q)
    }
}

/// Builds the unit.
pub fn ratio(config: &RatioConfig) -> Result<Arc<Module>, BlockError> {
    within("ratio.multiplier_bits", config.multiplier_bits, 1..=17)?;
    let m = ModuleBuilder::new("ratio").param("m", config.multiplier_bits);
    let m = m.doc("A serial product and quotient, with the worth of the rest.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "stops the work");
    let start = m.input("start", BIT, "takes sum and multiplier");
    let sum = m.input("sum", sint(ELEMENT_SUM_BITS), "of a window");
    let divisor = m.input("divisor", uint(field::DIVISOR.width), "positions of the window");

    let steps = config.steps();
    let count = m.reg("count_q", uint(steps.ilog2() + 1), clk).reset(rst, 0).doc("edges to go");
    let busy = m.named("works", count.q.reduce_or());
    count.next(start.mux(m.lit(count.q.ty(), steps), busy.mux(count.q - 1, count.q)));
    let negative = m.reg("negative_q", BIT, clk).enable(start);
    negative.next(sum.msb());
    let magnitude = sum.msb().mux(-sum, sum).as_unsigned().truncate(MAGNITUDE);
    let serial = Serial { m: &m, clk, config: *config, start, count: count.q, busy };
    let (quotient, rest) = serial.divide(magnitude, divisor);
    // In a register: behind it comes the sign's carry.
    let worth = m.pipe("worth_q", worth(&m, [rest, divisor]), clk);
    let value = value(quotient, worth, negative.q);
    let worked = m.pipe("worked_q", busy, clk);
    m.drive(m.output("busy", BIT, "the value is not there yet"), busy | worked);
    m.drive(m.output("value", value.ty(), "four times the quotient, and its rest's worth"), value);
    Ok(m.build()?)
}
