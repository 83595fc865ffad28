//! Dividing a clock by a fraction, without drift.

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig, Ty, uint};

use crate::BlockError;
use crate::check::within;

/// The most clocks a line can have, one at a time.
const CLOCKS: usize = 4;

/// Clock cycles per bit of a serial line, as a fraction: single bits jitter by one cycle, the
/// average is exact. A line whose clock can be changed has a numerator for each clock, and its
/// modules an input `level` that says which one runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDivider {
    numerators: [u32; CLOCKS],
    clocks: usize,
    denominator: u32,
}

impl ClockDivider {
    /// `numerator / denominator` cycles per bit: 4 to 65,536 cycles, both numbers below 2^30.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self, BlockError> {
        Self::checked(&[numerator], denominator)
    }

    /// The divider for a clock and a bit rate, as the smallest fraction.
    pub fn from_rates(clock_hz: u32, bits_per_second: u32) -> Result<Self, BlockError> {
        Self::for_clocks(&[clock_hz], bits_per_second)
    }

    /// The divider for one of up to four clocks at a time, as the smallest fractions.
    pub fn for_clocks(clocks_hz: &[u32], bits_per_second: u32) -> Result<Self, BlockError> {
        let common = clocks_hz.iter().fold(bits_per_second, |common, hz| gcd(*hz, common)).max(1);
        let numerators: Vec<u32> = clocks_hz.iter().map(|hz| hz / common).collect();
        Self::checked(&numerators, bits_per_second / common)
    }

    fn checked(given: &[u32], denominator: u32) -> Result<Self, BlockError> {
        within("uart.divider (clocks)", given.len() as u64, 1..=CLOCKS as u64)?;
        within("uart.divider (denominator)", denominator, 1..=(1 << 30) - 1)?;
        let least = 4 * u64::from(denominator);
        let mut numerators = [0; CLOCKS];
        for (kept, numerator) in numerators.iter_mut().zip(given) {
            within("uart.divider (numerator)", *numerator, 4..=(1 << 30) - 1)?;
            within("uart.divider (numerator)", u64::from(*numerator), least..=least << 14)?;
            *kept = *numerator;
        }
        Ok(Self { numerators, clocks: given.len(), denominator })
    }

    fn numerators(&self) -> &[u32] {
        &self.numerators[..self.clocks]
    }

    pub(super) fn tag(self) -> String {
        let parts = self.numerators().iter().chain([&self.denominator]);
        parts.map(u32::to_string).collect::<Vec<_>>().join("_")
    }

    /// A value of the clock that runs.
    fn of_clock<'m>(self, m: &'m ModuleBuilder, ty: Ty, level: Sig<'m>, halved: u32) -> Sig<'m> {
        let value = |numerator: &u32| m.lit(ty, numerator / halved);
        let arms: Vec<_> = (0..).zip(self.numerators().iter().map(value)).collect();
        let [others @ .., (_, last)] = arms.as_slice() else { return m.lit(ty, 0) };
        m.case(level, others, *last)
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
        let denominator = self.denominator;
        let most = self.numerators().iter().max().copied().unwrap_or_default();
        let ty = uint((most + denominator).ilog2() + 1);
        let level = match self.clocks {
            1 => m.lit(BIT, 0),
            _ => m.input("level", uint(2), "which clock runs"),
        };
        let numerator = self.of_clock(m, ty, level, 1);
        let phase = m.reg("phase_q", ty, clk).doc("part of the bit that is gone");
        let gone = m.named("phase", phase.q + denominator);
        let tick = m.named("tick", gone.ge(numerator));
        let start = if from_middle { self.of_clock(m, ty, level, 2) } else { m.lit(ty, 0) };
        phase.next(restart.mux(start, tick.mux(gone - numerator, gone)));
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
        let divider = ClockDivider::for_clocks(&[50_000_000, 25_000_000], 3_000_000).unwrap();
        assert_eq!(divider.tag(), "50_25_3");
    }

    #[test]
    fn bits_of_less_than_four_cycles_or_more_than_65536_are_refused() {
        let fast = ClockDivider::new(7, 2).unwrap_err().to_string();
        assert_eq!(fast, "`uart.divider (numerator)` = 7 is out of range: 8 to 131072");
        assert!(ClockDivider::new(65_537, 1).is_err());
        let none = ClockDivider::from_rates(1_000_000, 0).unwrap_err().to_string();
        assert!(none.contains("`uart.divider"), "{none}");
        let slow = ClockDivider::for_clocks(&[24_000_000, 8_000_000], 3_000_000).unwrap_err();
        assert_eq!(
            slow.to_string(),
            "`uart.divider (numerator)` = 8 is out of range: 12 to 196608"
        );
        let clocks = ClockDivider::for_clocks(&[], 9600).unwrap_err().to_string();
        assert_eq!(clocks, "`uart.divider (clocks)` = 0 is out of range: 1 to 4");
        assert!(ClockDivider::new(65_536, 1).is_ok() && ClockDivider::new(4, 1).is_ok());
    }
}
