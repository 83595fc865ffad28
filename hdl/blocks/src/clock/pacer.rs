//! Lower rates without touching the clock.

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, address_width, uint};

use crate::BlockError;

/// Levels of a [`pacer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PacerConfig {
    /// For each level: one of how many cycles is enabled. Two to four levels of 1 to 256.
    pub divisors: Vec<u32>,
}

/// A clock enable at one of several rates: the level selection where clocks cannot be switched.
///
/// | port | way | meaning |
/// |---|---|---|
/// | `clk`, `rst` | in | clock and synchronous reset |
/// | `level` | in | index into the divisors; taken over at the next enabled cycle |
/// | `enable` | out | clock enable, from a register |
///
/// ```text
/// clk      /1\_/2\_/3\_/4\_/5\_/6\_/7\_/8\_    divisors 1 and 3
/// level    <0             ><1
/// enable   ========================________====
/// ```
///
/// Cost: a counter as wide as the largest divisor.
///
/// ```
/// # use bitladder_blocks::{PacerConfig, pacer};
/// assert_eq!(pacer(&PacerConfig { divisors: vec![1, 3] })?.name(), "pacer_d1_3");
/// # Ok::<(), bitladder_blocks::BlockError>(())
/// ```
pub fn pacer(config: &PacerConfig) -> Result<Arc<Module>, BlockError> {
    check(config)?;
    let divisors = &config.divisors;
    let list: Vec<String> = divisors.iter().map(u32::to_string).collect();
    let m = ModuleBuilder::new("pacer").doc("A clock enable at one of several rates.");
    let m = m.param("d", list.join("_"));
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let level = uint(address_width(divisors.len()));
    let level = m.input("level", level, "index into the divisors; the last one if beyond");
    let most = divisors.iter().copied().max().unwrap_or(1);
    let count = uint(address_width(most as usize));
    let reload = |divisor: u32| m.lit(count, i128::from(divisor) - 1);
    let arms: Vec<(u128, Sig<'_>)> = (0..).zip(divisors.iter().map(|d| reload(*d))).collect();
    let reload = match arms.split_last() {
        Some(((_, last), others)) => m.case(level, others, *last),
        None => reload(1),
    };
    let left = m.reg("left_q", count, clk).reset(rst, 0);
    let due = left.q.eq(0);
    left.next(due.mux(reload, left.q - 1));
    let enable = m.reg("enable_q", BIT, clk).reset(rst, 0);
    enable.next(due);
    m.drive(m.output("enable", BIT, "clock enable"), enable.q);
    Ok(m.build()?)
}

fn check(config: &PacerConfig) -> Result<(), BlockError> {
    let range = |value: usize, allowed: &str| {
        let value = i64::try_from(value).unwrap_or(i64::MAX);
        Err(BlockError::Range { key: "clock.divisors", value, allowed: allowed.into() })
    };
    match config.divisors.iter().find(|divisor| !(1..=256).contains(*divisor)) {
        _ if !(2..=4).contains(&config.divisors.len()) => {
            range(config.divisors.len(), "a list of 2 to 4 divisors")
        }
        Some(divisor) => range(*divisor as usize, "each divisor 1 to 256"),
        None => Ok(()),
    }
}
