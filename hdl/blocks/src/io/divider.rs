//! Dividing a clock by a fraction, without drift.

use bitladder_rtl::{Clock, ModuleBuilder, Sig, uint};

use crate::BlockError;
use crate::check::within;

/// Clock cycles per bit of a serial line, as a fraction: single bits jitter by one cycle, the
/// average is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDivider {
    numerator: u32,
    denominator: u32,
}

impl ClockDivider {
    /// `numerator / denominator` cycles per bit: 4 to 65,536 cycles, both numbers below 2^30.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, BlockError> {
        within("uart.divider (numerator)", numerator, 4..=(1 << 30) - 1)?;
        within("uart.divider (denominator)", denominator, 1..=(1 << 30) - 1)?;
        let least = 4 * u64::from(denominator);
        within("uart.divider (numerator)", u64::from(numerator), least..=least << 14)?;
        Ok(Self { numerator, denominator })
    }

    /// The divider for a clock and a bit rate, as the smallest fraction.
    pub fn from_rates(clock_hz: u32, bits_per_second: u32) -> Result<Self, BlockError> {
        let common = gcd(clock_hz, bits_per_second).max(1);
        Self::new(clock_hz / common, bits_per_second / common)
    }

    pub(super) fn tag(self) -> String {
        format!("{}_{}", self.numerator, self.denominator)
    }

    /// A bit that is set in the last cycle of each bit of the line. Where `restart` is set, the
    /// first bit begins, or (for sampling in its middle) half of it is taken as gone.
    pub(super) fn ticks<'m>(
        self,
        m: &'m ModuleBuilder,
        clk: Clock<'m>,
        restart: Sig<'m>,
        from_middle: bool,
    ) -> Sig<'m> {
        let Self { numerator, denominator } = self;
        let ty = uint((numerator + denominator).ilog2() + 1);
        let phase = m.reg("phase_q", ty, clk).doc("part of the bit that is gone");
        let gone = m.named("phase", phase.q + denominator);
        let tick = m.named("tick", gone.ge(numerator));
        let start = if from_middle { numerator / 2 } else { 0 };
        phase.next(restart.mux(m.lit(ty, start), tick.mux(gone - numerator, gone)));
        tick
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_become_the_smallest_fraction() {
        let divider = ClockDivider::from_rates(12_000_000, 115_200).unwrap();
        assert_eq!(divider, ClockDivider::new(625, 6).unwrap());
        assert_eq!(divider.tag(), "625_6");
    }

    #[test]
    fn bits_of_less_than_four_cycles_or_more_than_65536_are_refused() {
        let fast = ClockDivider::new(7, 2).unwrap_err().to_string();
        assert_eq!(fast, "`uart.divider (numerator)` = 7 is out of range: 8 to 131072");
        assert!(ClockDivider::new(65_537, 1).is_err());
        let none = ClockDivider::from_rates(1_000_000, 0).unwrap_err().to_string();
        assert!(none.contains("`uart.divider"), "{none}");
        assert!(ClockDivider::new(65_536, 1).is_ok() && ClockDivider::new(4, 1).is_ok());
    }
}
