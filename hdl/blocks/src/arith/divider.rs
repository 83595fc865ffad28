//! Serial divider: one quotient bit per cycle, by trial subtraction.

use std::sync::Arc;

use bitladder_rtl::{BIT, Errors, Module, ModuleBuilder, uint};

/// A divider for unsigned numbers. `start` takes the operands; `busy` is clear again after
/// `dividend_bits` more edges, and then `quotient` and `remainder` stay until the next start. The
/// divisor must stay while it is busy and must not be 0.
pub(super) fn divider(dividend_bits: u32, divisor_bits: u32) -> Result<Arc<Module>, Errors> {
    let m = ModuleBuilder::new("divider").param("n", dividend_bits).param("d", divisor_bits);
    let m = m.doc("Serial division of unsigned numbers, one bit per cycle.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "stops a division");
    let start = m.input("start", BIT, "takes the dividend");
    let dividend = m.input("dividend", uint(dividend_bits), "number to divide");
    let divisor = m.input("divisor", uint(divisor_bits), "number to divide by, not 0");

    let count_ty = uint(dividend_bits.ilog2() + 1);
    let count = m.reg("count_q", count_ty, clk).reset(rst, 0).doc("bits to go");
    let busy = m.named("busy", count.q.reduce_or());
    let full = m.lit(count_ty, dividend_bits);
    count.next(start.mux(full, busy.mux(count.q - 1, count.q)));
    let quotient = m.reg("quotient_q", uint(dividend_bits), clk).enable(start | busy);
    let remainder = m.reg("remainder_q", uint(divisor_bits), clk).enable(start | busy);
    let trial = remainder.q.cat(quotient.q.msb());
    let wide = divisor.zero_extend(divisor_bits + 1);
    let fits = m.named("fits", trial.ge(wide));
    let left = fits.mux(trial - wide, trial).truncate(divisor_bits);
    remainder.next(start.mux(m.lit(uint(divisor_bits), 0), left));
    let shifted = quotient.q.cat(fits).truncate(dividend_bits);
    quotient.next(start.mux(dividend, shifted));

    m.drive(m.output("busy", BIT, "the results are not there yet"), busy);
    m.drive(m.output("quotient", uint(dividend_bits), "rounded down"), quotient.q);
    m.drive(m.output("remainder", uint(divisor_bits), "what is left"), remainder.q);
    m.build()
}
