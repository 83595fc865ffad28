//! Handing over between clocks.

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, address_width, uint};

use super::cells::{self, MOST_CLOCKS};
use super::interlock::interlock;
use crate::{BlockError, Family};

/// What hands over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SwitchCell {
    /// The vendor's switch: `DCSC` (two clocks) or `DCS` (up to four). Fewest resources; the level
    /// that it reports is the one it was told, as the cell does not answer.
    Vendor,
    /// A gate per clock and an interlock between them: any family with gates, up to four clocks,
    /// and it reports the clock that runs.
    Interlock,
}

impl SwitchCell {
    fn name(self) -> &'static str {
        match self {
            SwitchCell::Vendor => "vendor",
            SwitchCell::Interlock => "interlock",
        }
    }
}

/// A switch between clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSwitchConfig {
    /// Whose cells.
    pub family: Family,
    /// Clocks to choose among, 2 to 4.
    pub clocks: u32,
    /// What hands over.
    pub cell: SwitchCell,
}

/// Hands over between running clocks without a short pulse (see the [module](super)).
///
/// | port | way | meaning |
/// |---|---|---|
/// | `clk` | in | a clock that always runs, for the control |
/// | `rst` | in | synchronous reset: level 0 |
/// | `level` | in | which clock; held until `settled` |
/// | `clk_<n>` | in | the clocks |
/// | `clk` | out | the chosen clock |
/// | `level` | out | the clock that was chosen last |
/// | `settled` | out | the hand-over has ended; the next one may begin |
///
/// During a hand-over the output rests: for at most three periods of the old clock and four of
/// the new one.
///
/// ```text
/// clk_0_i    /~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_    not to scale: the rest is longer
/// clk_1_i    /~~~\___/~~~\___/~~~\___/~~~\___/~~~
/// level_i    < 0  >< 1
/// clk_o      /~\_/~\_/~\_____________/~~~\___/~~~
/// settled_o  ~~~~~~\_______________________/~~~~~~
/// ```
///
/// ```
/// # use bitladder_blocks::{ClockSwitchConfig, Family, SwitchCell, clock_switch};
/// let config = ClockSwitchConfig { family: Family::Ice40, clocks: 2, cell: SwitchCell::Interlock };
/// assert_eq!(clock_switch(&config)?.name(), "clock_switch_ice40_interlock_n2");
/// # Ok::<(), bitladder_blocks::BlockError>(())
/// ```
///
/// Cost of the interlock: per clock 4 registers and 2 for each other clock, and a gate cell.
pub fn clock_switch(config: &ClockSwitchConfig) -> Result<Arc<Module>, BlockError> {
    check(config)?;
    let count = config.clocks;
    let m = ModuleBuilder::new("clock_switch")
        .doc("Hands over between running clocks.")
        .param("", config.family)
        .param("", config.cell.name())
        .param("n", count);
    let clk = m.clock("clk", "a clock that always runs");
    let rst = m.input("rst", BIT, "synchronous reset: level 0");
    let index = uint(address_width(count as usize));
    let level = m.input("level", index, "which clock to run on");
    let clocks: Vec<Clock<'_>> =
        (0..count).map(|n| m.clock(&format!("clk_{n}"), "a clock to choose")).collect();

    let chosen = m.reg("level_q", index, clk).reset(rst, 0).init(0);
    let (out, rests) = hand_over(&m, config, clk, &clocks, chosen.q);
    // A level beyond the clocks would leave the design without one.
    let known = (0..count).fold(m.lit(BIT, 0), |any, n| any | level.eq(n));
    chosen.next((rests & known).mux(level, chosen.q));
    m.clock_output("clk", out, "the chosen clock");
    m.drive(m.output("level", index, "the clock that was chosen last"), chosen.q);
    let settled = rests & chosen.q.eq(level);
    m.drive(m.output("settled", BIT, "the hand-over to `level` has ended"), settled);
    Ok(m.build()?)
}

/// The switched clock, and whether only the clock of the `chosen` level runs.
fn hand_over<'m>(
    m: &'m ModuleBuilder,
    config: &ClockSwitchConfig,
    control: Clock<'m>,
    clocks: &[Clock<'m>],
    chosen: Sig<'m>,
) -> (Clock<'m>, Sig<'m>) {
    let want = |n: u32| {
        let reg = m.reg(&format!("want_{n}_q"), BIT, control).init(i32::from(n == 0));
        reg.next(chosen.eq(n));
        reg.q
    };
    let wanted: Vec<Sig<'m>> = (0..config.clocks).map(want).collect();
    let one = m.lit(BIT, 1);
    if config.cell == SwitchCell::Vendor {
        return (cells::switch(m, config.family, clocks, &wanted), one);
    }
    let linked = interlock(m, config.family, control, clocks, &wanted);
    // As soon as another clock is chosen this is false, and it stays so until the old clock has
    // been seen to rest and the new one to run.
    let as_chosen =
        (0..).zip(&linked.busy).fold(one, |all, (n, busy): (u32, _)| all & busy.eq(chosen.eq(n)));
    (linked.clock, as_chosen)
}

fn check(config: &ClockSwitchConfig) -> Result<(), BlockError> {
    let most = match (config.cell, config.family) {
        (SwitchCell::Vendor, Family::Ecp5) => 2,
        _ => MOST_CLOCKS,
    };
    let value = i64::from(config.clocks);
    let none = match (config.cell, config.family) {
        (_, Family::Generic) => Some("plain Verilog has no clock cells: use a pacer"),
        (SwitchCell::Vendor, Family::Ice40) => Some("iCE40 has no such cell: use the interlock"),
        _ => None,
    };
    if let Some(remedy) = none {
        let (value, other_value) = (config.cell.name().into(), config.family.name().into());
        let (key, other) = ("clock.cell", "clock.family");
        return Err(BlockError::Conflict { key, value, other, other_value, remedy });
    }
    if !(2..=most as i64).contains(&value) {
        let allowed = format!("2 to {most} with this cell");
        return Err(BlockError::Range { key: "clock.clocks", value, allowed });
    }
    Ok(())
}
