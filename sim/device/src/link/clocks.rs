//! The clocks of a simulated design, and the time that passes with them.

use std::time::Duration;

use bitladder_machine::MachineConfig;

const PICOSECONDS: f64 = 1e12;

/// A board's clock switch and its time: a design asks for one of its clocks and gets it.
#[derive(Debug, Clone)]
pub struct Clocks {
    mhz: Vec<u32>,
    level: u32,
    cycles: u64,
    picoseconds: u64,
    /// Of a cycle at the present clock.
    period: u64,
}

impl Clocks {
    /// A machine's clocks, with the fastest one in use.
    pub fn of(config: &MachineConfig) -> Self {
        let mut clocks = Self {
            mhz: config.clock.levels_mhz.clone(),
            level: 0,
            cycles: 0,
            picoseconds: 0,
            period: 0,
        };
        clocks.period = (PICOSECONDS / clocks.hz()) as u64;
        clocks
    }

    /// The frequency in use.
    pub fn hz(&self) -> f64 {
        let mhz = self.mhz.get(self.level as usize).copied();
        // A configuration without any clock is no valid one.
        1e6 * f64::from(mhz.unwrap_or(1).max(1))
    }

    /// The clock in use, 0 the fastest.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Cycles so far.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Time so far.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.picoseconds / 1000)
    }

    /// Lets a cycle pass, at whose end the design asks for the clock `wanted`. Whether that is
    /// another one; a clock that the board does not have changes nothing.
    pub(super) fn pass(&mut self, wanted: u32) -> bool {
        self.cycles += 1;
        self.picoseconds += self.period;
        let other = wanted != self.level && (wanted as usize) < self.mhz.len();
        if other {
            self.level = wanted;
            self.period = (PICOSECONDS / self.hz()) as u64;
        }
        other
    }
}
