//! Stopping a clock.

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder};

use super::cells;
use crate::{BlockError, Family};

/// A clock that stops while `enable` is clear, and a clock enable to go with it.
///
/// Logic behind it uses both outputs: on families with gates the clock stops and `enable` is a
/// constant; on the generic one the clock runs on and `enable` follows the input. Either way a
/// register behind them ticks at the same edges.
///
/// | port | way | meaning |
/// |---|---|---|
/// | `clk` | in | the clock |
/// | `enable` | in | let the clock run, from the edge after the next |
/// | `clk` | out | the clock that stops |
/// | `enable` | out | clock enable for registers on it |
///
/// ```text
/// clk_i     /1\_/2\_/3\_/4\_/5\_
/// enable_i  ====
/// clk_o     ____/2\_____________
/// ```
///
/// Cost: one register, and a clock cell of the family.
///
/// ```
/// # use bitladder_blocks::{Family, clock_gate};
/// assert_eq!(clock_gate(Family::Ecp5)?.name(), "clock_gate_ecp5");
/// # Ok::<(), bitladder_blocks::BlockError>(())
/// ```
pub fn clock_gate(family: Family) -> Result<Arc<Module>, BlockError> {
    let m = ModuleBuilder::new("clock_gate").doc("Stops a clock.").param("", family);
    let clk = m.clock("clk", "clock");
    let enable = m.input("enable", BIT, "let the clock run, from the edge after the next");
    let run = m.reg("run_q", BIT, clk).init(0);
    run.next(enable);
    let one = m.lit(BIT, 1);
    let (gated, enable) = match cells::gate(&m, family, "u_gate", clk, run.q) {
        Some(gated) => (gated, one),
        None => (clk, run.q),
    };
    m.clock_output("clk", gated, "the clock that stops");
    m.drive(m.output("enable", BIT, "clock enable for registers on it"), enable);
    Ok(m.build()?)
}
