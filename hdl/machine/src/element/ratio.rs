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
//! assert_eq!((config.cycles(), ratio(&config)?.name()), (68, "ratio_m16"));
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::field;
use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, sint, uint};

use crate::check::within;
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

    /// Edges from `start` to the value.
    pub fn cycles(self) -> u32 {
        self.product_bits() + if self.multiplies() { self.multiplier_bits } else { 0 }
    }
}

/// The quotient and its rest as one signed number.
fn value<'m>(
    m: &'m ModuleBuilder,
    quotient: Sig<'m>,
    [rest, divisor]: [Sig<'m>; 2],
    negative: Sig<'m>,
) -> Sig<'m> {
    let twice = rest.cat(m.lit(BIT, 0));
    let divisor = divisor.zero_extend(twice.width());
    let half = twice.ge(divisor);
    // 0: nothing, 1: below one half, 2: one half, 3: above.
    let worth = half.cat(rest.reduce_or() & !twice.eq(divisor));
    let magnitude = quotient.resize(MAGNITUDE - 2).cat(worth).zero_extend(ELEMENT_SUM_BITS);
    negative.mux(-magnitude.as_signed(), magnitude.as_signed())
}

/// Builds the unit.
pub fn ratio(config: &RatioConfig) -> Result<Arc<Module>, BlockError> {
    within("ratio.multiplier_bits", config.multiplier_bits.into(), 1..=17)?;
    let m = ModuleBuilder::new("ratio").param("m", config.multiplier_bits);
    let m = m.doc("A serial product and quotient, with the worth of the rest.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "stops the work");
    let start = m.input("start", BIT, "takes sum and multiplier");
    let sum = m.input("sum", sint(ELEMENT_SUM_BITS), "of a window");
    let divisor = m.input("divisor", uint(field::DIVISOR.width), "positions of the window");

    let (width, cycles) = (config.product_bits(), config.cycles());
    let count = m.reg("count_q", uint(cycles.ilog2() + 1), clk).reset(rst, 0).doc("edges to go");
    let busy = m.named("busy", count.q.reduce_or());
    count.next(start.mux(m.lit(count.q.ty(), cycles), busy.mux(count.q - 1, count.q)));
    let negative = m.reg("negative_q", BIT, clk).enable(start);
    negative.next(sum.msb());
    let magnitude = sum.msb().mux(-sum, sum).as_unsigned().truncate(MAGNITUDE);
    let number = m.reg("number_q", uint(width), clk).enable(start | busy);
    let rest = m.reg("rest_q", divisor.ty(), clk).enable(start | busy);

    let trial = rest.q.cat(number.q.msb());
    let wide = divisor.zero_extend(trial.width());
    let fits = m.named("fits", trial.ge(wide));
    let left = fits.mux(trial - wide, trial).truncate(divisor.width());
    let quotient = number.q.cat(fits).truncate(width);
    let none = m.lit(divisor.ty(), 0);
    if config.multiplies() {
        let factor = m.input("multiplier", uint(config.multiplier_bits), "factor of the sum");
        let left_factor = m.reg("factor_q", factor.ty(), clk).enable(start | busy);
        left_factor.next(start.mux(factor, left_factor.q.shift_left(1)));
        let taken = m.reg("magnitude_q", magnitude.ty(), clk).enable(start);
        taken.next(magnitude);
        let multiplies = m.named("multiplies", count.q.gt(width));
        let term = left_factor.q.msb().mux(taken.q, m.lit(taken.q.ty(), 0));
        let product = number.q.shift_left(1) + term.zero_extend(width);
        let next = multiplies.mux(product, quotient);
        number.next(start.mux(m.lit(number.q.ty(), 0), next));
        rest.next((start | multiplies).mux(none, left));
    } else {
        number.next(start.mux(magnitude, quotient));
        rest.next(start.mux(none, left));
    }
    m.drive(m.output("busy", BIT, "the value is not there yet"), busy);
    let value = value(&m, number.q, [rest.q, divisor], negative.q);
    m.drive(m.output("value", value.ty(), "four times the quotient, and its rest's worth"), value);
    Ok(m.build()?)
}
