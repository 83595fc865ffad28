//! What an SDRAM controller must know of its chip.

use super::super::MemoryPortConfig;
use crate::BlockError;
use crate::check::within;

/// Times of a chip in picoseconds, as its data sheet has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdramTimes {
    /// Activate to read or write (tRCD).
    pub activate: u64,
    /// Precharge to anything else (tRP).
    pub precharge: u64,
    /// Activate to precharge (tRAS).
    pub row_active: u64,
    /// Activate to activate of the same bank (tRC).
    pub row_cycle: u64,
    /// Refresh to anything else (tRFC).
    pub refresh: u64,
    /// The last word written to precharge (tWR).
    pub write_recovery: u64,
    /// Setting the mode to anything else (tMRD, tRSC).
    pub mode: u64,
    /// Mean time from refresh to refresh (tREFI): 64 ms over the number of rows.
    pub refresh_interval: u64,
    /// After power-up, until the first command.
    pub power_up: u64,
}

/// A controller's chip and clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdramConfig {
    /// Bits of a row's number, 11 to 13.
    pub row_bits: u32,
    /// Bits of a column's number, 8 to 10.
    pub column_bits: u32,
    /// Bits of a word: the chip's data pins, 16 or 32.
    pub data_bits: u32,
    /// Cycles from read to data, 2 or 3.
    pub cas_latency: u32,
    /// The chip's clock is the inverse of the controller's: half a cycle for its inputs to settle,
    /// and its data is captured an edge earlier. Otherwise both have the same edges.
    pub inverted_clock: bool,
    /// The chip's times.
    pub times: SdramTimes,
    /// Fastest clock in kHz: waits are as many cycles as it needs.
    pub fastest_khz: u32,
    /// Slowest clock in kHz: refreshes must come in time with it, too.
    pub slowest_khz: u32,
}

/// Banks of every chip.
pub(super) const BANK_BITS: u32 = 2;
/// Refreshes after power-up.
pub(super) const FIRST_REFRESHES: u32 = 8;
/// Cycles by which a refresh may be late: a row is opened and closed before it.
const LATENESS: u64 = 8;

/// Times in cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cycles {
    pub(super) activate: u64,
    pub(super) precharge: u64,
    pub(super) row_active: u64,
    pub(super) row_cycle: u64,
    pub(super) refresh: u64,
    pub(super) write_recovery: u64,
    pub(super) mode: u64,
    pub(super) power_up: u64,
    pub(super) refresh_interval: u64,
}

impl SdramConfig {
    /// Words of the chip, as bits of their number.
    pub fn address_bits(&self) -> u32 {
        self.row_bits + self.column_bits + BANK_BITS
    }

    /// The size of the port to it.
    pub fn port(&self) -> MemoryPortConfig {
        MemoryPortConfig { data_bits: self.data_bits, address_bits: self.address_bits() }
    }

    /// Cycles that a time takes at the fastest clock, at least one.
    fn cycles_of(&self, picoseconds: u64) -> u64 {
        (picoseconds * u64::from(self.fastest_khz)).div_ceil(1_000_000_000).max(1)
    }

    pub(super) fn cycles(&self) -> Cycles {
        let times = &self.times;
        let of = |time| self.cycles_of(time);
        let (activate, precharge, row_cycle) =
            (of(times.activate), of(times.precharge), of(times.row_cycle));
        let due = times.refresh_interval * u64::from(self.slowest_khz) / 1_000_000_000;
        // At worst a refresh falls due when one row is about to be closed and another opened.
        let rows = 2 * (of(times.row_active) + precharge) + activate + row_cycle;
        let late = rows + of(times.write_recovery) + LATENESS;
        Cycles {
            activate,
            precharge,
            row_active: of(times.row_active),
            row_cycle,
            refresh: of(times.refresh),
            write_recovery: of(times.write_recovery),
            mode: of(times.mode),
            power_up: of(times.power_up),
            refresh_interval: due.saturating_sub(late),
        }
    }

    pub(super) fn validate(&self) -> Result<(), BlockError> {
        within("sdram.row_bits", self.row_bits, 11..=13)?;
        within("sdram.column_bits", self.column_bits, 8..=10)?;
        within("sdram.cas_latency", self.cas_latency, 2..=3)?;
        within("sdram.fastest_khz", self.fastest_khz, 1..=200_000)?;
        within("sdram.slowest_khz", self.slowest_khz, 1..=self.fastest_khz)?;
        if ![16, 32].contains(&self.data_bits) {
            let (key, value) = ("sdram.data_bits", i64::from(self.data_bits));
            return Err(BlockError::Range { key, value, allowed: "16 or 32".into() });
        }
        let times = &self.times;
        for (key, time) in [
            ("sdram.activate", times.activate),
            ("sdram.precharge", times.precharge),
            ("sdram.row_active", times.row_active),
            ("sdram.row_cycle", times.row_cycle),
            ("sdram.refresh", times.refresh),
            ("sdram.write_recovery", times.write_recovery),
            ("sdram.mode", times.mode),
        ] {
            within(key, time, 1..=1_000_000)?;
        }
        within("sdram.power_up", times.power_up, 1..=1_000_000_000)?;
        within("sdram.refresh_interval", times.refresh_interval, 1..=1_000_000_000)?;
        if self.cycles().refresh_interval > 2 * self.cycles().refresh {
            return Ok(());
        }
        Err(BlockError::Conflict {
            key: "sdram.refresh_interval",
            value: times.refresh_interval.to_string(),
            other: "sdram.slowest_khz",
            other_value: self.slowest_khz.to_string(),
            remedy: "at this clock there is no time between refreshes: take a faster one",
        })
    }
}
