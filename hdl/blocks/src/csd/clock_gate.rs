//! The families' clock gates.

use std::sync::Arc;

use bitladder_rtl::{BIT, BlackBox, Clock, ModuleBuilder, Sig};

/// A vendor cell that stops a clock without glitches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockGateCell {
    /// ECP5: about six gated clocks from one source can be routed.
    Dcca,
    /// Gowin.
    Dqce,
}

impl ClockGateCell {
    /// The cell's name, its clock input, its enable and its clock output.
    fn pins(self) -> [&'static str; 4] {
        match self {
            ClockGateCell::Dcca => ["DCCA", "CLKI", "CE", "CLKO"],
            ClockGateCell::Dqce => ["DQCE", "CLKIN", "CE", "CLKOUT"],
        }
    }

    pub(super) fn tag(self) -> &'static str {
        match self {
            ClockGateCell::Dcca => "dcca",
            ClockGateCell::Dqce => "dqce",
        }
    }

    /// Places the cell: the clock that ticks where `enable` is set before the edge.
    pub(super) fn gate<'m>(
        self,
        m: &'m ModuleBuilder,
        clock: Clock<'m>,
        enable: Sig<'m>,
    ) -> Clock<'m> {
        let [name, input, ce, output] = self.pins();
        let cell = BlackBox::new(name, "A clock gate.")
            .clock(input)
            .input(ce, BIT)
            .clock_output(output)
            .clock_rule(output, input, Some((ce, true)));
        let placed = m.black_box("u_gate", &Arc::new(cell)).doc("stops the operand registers");
        placed.clock(input, clock).connect(ce, enable).clock_out(output)
    }
}
