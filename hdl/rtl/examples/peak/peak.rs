//! Holds the largest of the samples that arrived since it was cleared.

use std::sync::Arc;

use bitladder_rtl::{Errors, Module, ModuleBuilder, sint, uint};

/// A peak detector for signed samples of `width` bits.
pub(crate) fn peak(width: u32) -> Result<Arc<Module>, Errors> {
    let m = ModuleBuilder::new("peak").param("w", width).doc("Holds the largest sample.");
    let clk = m.clock("clk", "clock");
    let clear = m.input("clear", uint(1), "forget all samples");
    let valid = m.input("valid", uint(1), "a sample is offered");
    let x = m.input("x", sint(width), "sample");

    let lowest = -1i128 << (width - 1);
    let peak = m.reg("peak_q", sint(width), clk).reset(clear, lowest).enable(valid);
    let larger = m.named("larger", x.gt(peak.q));
    peak.next(larger.mux(x, peak.q));

    let margin = x.widening_sub(peak.q); // exact: one bit wider than its operands
    m.drive(m.output("peak", sint(width), "the largest sample"), peak.q);
    m.drive(m.output("margin", margin.ty(), "sample less peak"), margin);
    m.build()
}
