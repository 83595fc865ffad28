//! Clock control: stopping clocks, choosing among clocks, and pacing without touching clocks.
//!
//! | module | does | on |
//! |---|---|---|
//! | [`clock_gate`] | stops a clock while nothing is to do | every family |
//! | [`clock_switch`] | hands over between two to four running clocks | ECP5, iCE40, Gowin |
//! | [`pacer`] | enables every n-th cycle of one clock | every family |
//!
//! # Cells
//!
//! | family | gate | switch |
//! |---|---|---|
//! | ECP5 | `DCCA` | `DCSC` for two clocks; interlock of `DCCA`s for up to four |
//! | iCE40 | falling-edge register, LUT and `SB_GB` | interlock |
//! | Gowin | `DQCE` | `DCS` for up to four clocks; interlock of `DQCE`s |
//! | generic | none: a clock enable goes along with the clock | none: use the [`pacer`] |
//!
//! What the open flows route of this is in `docs/results/clock-cells.md`; nextpnr 0.11 stops with an
//! exception at the interlock on Gowin when its clocks come from registers.
//!
//! The clocks that a switch chooses among are inputs: board oscillators or outputs of a PLL. They
//! must keep running while they may be chosen.
//!
//! # Why no short pulse appears
//!
//! A gated clock rests low. Each gate is opened and closed by a register on its own clock, and
//! moves only while that clock is low: on ECP5 and Gowin inside the vendor's cell, on iCE40 by a
//! register on the falling edge in front of the LUT (one input of a LUT changes at a time, which
//! makes no glitch).
//!
//! The interlock lets a source run when the selection says so **and** no other source runs. A
//! source counts as running from the edge that opens its gate to one full period after the edge
//! that closed it, by which time its output is at rest; the others see this through two
//! registers each. So at most one of the clocks that are merged moves, and merging a moving clock
//! with resting ones cannot make a pulse that the moving clock does not have. A new selection is
//! accepted only when the previous hand-over has ended, so no source can see a selection that is
//! older than the state of the others. `tests/clock.rs` runs this against sources with unrelated
//! periods and measures every pulse.

mod cells;
mod gate;
mod interlock;
mod pacer;
mod switch;

pub(crate) use cells::gate as clock_gate_cell;
pub use gate::clock_gate;
pub use pacer::{PacerConfig, pacer};
pub use switch::{ClockSwitchConfig, SwitchCell, clock_switch};
