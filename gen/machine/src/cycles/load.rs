//! Cycles of loads from external memory, which pass while other layers run.

use crate::config::{ExternalMemory, MachineConfig, SdramChip};
use crate::isa::Descriptor;

/// Words of one request.
const REQUEST: u64 = 1024;
/// From a load's start to its first word with rows open, and from its last word to its end.
const LATENCY: u64 = 12;
/// Cycles in which nothing moves at the start of each request.
const BETWEEN: u64 = 2;
/// Cycles until a load is taken if nothing is in its way.
const TAKEN: u64 = 1;

/// The unit that loads.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Loader {
    /// When it is done with what it was given.
    done: u64,
}

impl Loader {
    /// Gives it a load at a time; returns how long the layer waits until it is taken.
    pub(super) fn take(&mut self, now: u64, d: &Descriptor, config: &MachineConfig) -> u64 {
        let wait = self.done.saturating_sub(now) + TAKEN;
        self.done = now + wait + cycles(u64::from(d.total_pixels), config);
        wait
    }
}

/// Cycles of a time at the fastest clock level, as the controller has them.
fn of(ns: usize, config: &MachineConfig) -> u64 {
    let mhz = config.clock.levels_mhz.first().copied().unwrap_or(1);
    (ns as u64 * u64::from(mhz)).div_ceil(1000).max(1)
}

/// Cycles in which a chip moves no words, on top of `words` cycles in which it does.
fn chip(chip: &SdramChip, words: u64, config: &MachineConfig) -> u64 {
    let time = |ns| of(ns, config);
    let (opens, closes) = (time(chip.activate_ns), time(chip.precharge_ns));
    let pages = words >> chip.column_bits;
    // At a page's end the next bank is looked at; it has another row open, or none after a refresh.
    let moving = words + pages * (1 + opens + closes);
    let slowest = config.clock.levels_mhz.last().copied().unwrap_or(1);
    let rows = 2 * (time(chip.row_active_ns) + closes) + opens + time(chip.row_cycle_ns);
    let late = rows + time(chip.write_recovery_ns) + 8;
    let interval = chip.refresh_interval_ps() * u64::from(slowest) / 1_000_000;
    let refresh = closes + time(chip.refresh_ns) + opens + 3;
    // Refreshes go on while words wait for them.
    let useful = interval.saturating_sub(late).saturating_sub(refresh).max(1);
    moving - words + moving / useful * refresh
}

/// Cycles of a load of so many groups, from its start to its end.
pub(super) fn cycles(groups: u64, config: &MachineConfig) -> u64 {
    let Some(external) = config.external_memory.as_ref().filter(|_| groups > 0) else { return 0 };
    let words = groups * external.words_per_group(config.array.columns) as u64;
    let requests = words.div_ceil(REQUEST);
    let lost = match external {
        ExternalMemory::Sdram(sdram) => chip(sdram, words, config) + requests * BETWEEN,
        // Slaves that answer each cycle; what others take is not known here.
        ExternalMemory::Axi4(_) => requests,
        ExternalMemory::Wishbone(_) | ExternalMemory::WishbonePipelined(_) => requests * BETWEEN,
    };
    LATENCY + words + lost
}

/// The most that a load can take with all that it has to wait for: a load of the largest page, and
/// a memory that is just waking up.
pub(super) fn most(config: &MachineConfig) -> u64 {
    const WAKES: u64 = 1 << 16;
    2 * cycles(config.memory.weight_groups as u64, config) + WAKES
}
