//! The sequencer alone: counters that no run is long enough for count in all their bits.

use std::sync::Arc;

use bitladder_rtl::{Module, Sim};

use super::{text, unit};

/// Counts from just below the top bit, by a step.
fn counts(sim: &mut Sim, register: &str) -> Result<(), String> {
    let width = sim.signal(register).map_err(text)?.ty().width;
    let below = (1_u128 << (width - 1)) - 1;
    sim.deposit(register, below).map_err(text)?;
    for wanted in [below + 1, below + 2] {
        sim.step("clk").map_err(text)?;
        let found = sim.get(register).map_err(text)?;
        if found != wanted {
            return Err(format!("{register} counts to {found:#x}, not to {wanted:#x}"));
        }
    }
    Ok(())
}

/// The state in which a layer runs, and both counters count.
const RUNS: u128 = 2;

/// Cycles since the start, and those of the watchdog.
pub(super) fn all(top: &Arc<Module>, known: bool) -> Result<(), String> {
    let Some(mut sim) = unit(top, "sequencer_")? else { return Ok(()) };
    for (name, value) in [("rst", 1), ("rst", 0), ("start", 1), ("start", 0)] {
        sim.set(name, value).map_err(text)?;
        sim.step("clk").map_err(text)?;
    }
    for register in ["cycles_q", "elapsed_q"] {
        // A fault can leave a register that nothing can be put into; others see that fault.
        let there = sim.deposit("state_q", RUNS).and_then(|()| sim.deposit(register, 0));
        if known && there.is_err() {
            continue;
        }
        there.map_err(text)?;
        counts(&mut sim, register)?;
    }
    Ok(())
}
