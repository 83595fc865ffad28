//! Memory outside the FPGA.

use serde::{Deserialize, Serialize};

use super::MachineConfig;
use super::check::Fault;

/// What the port to external memory leads to. A machine without this section has no such port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ExternalMemory {
    /// A chip of SDR SDRAM, with a controller in the machine.
    Sdram(SdramChip),
    /// A slave on AXI4.
    Axi4(BusMemory),
    /// A slave on classic Wishbone, with burst tags.
    Wishbone(BusMemory),
    /// A slave on pipelined Wishbone.
    WishbonePipelined(BusMemory),
}

/// A slave that is memory from address 0 on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusMemory {
    /// Bits of a word of the bus: 16 or 32, and not more than a group.
    pub data_bits: usize,
    /// Words of the bus.
    pub words: usize,
}

/// A chip as its data sheet describes it. Times are the least that the chip needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SdramChip {
    /// Bits of a row's number, 11 to 13.
    pub row_bits: usize,
    /// Bits of a column's number, 8 to 10. There are four banks of words of 16 bits.
    pub column_bits: usize,
    /// Cycles from read to data at the fastest clock level, 2 or 3.
    pub cas_latency: usize,
    /// Whether the chip's clock is the inverse of the machine's.
    pub inverted_clock: bool,
    /// Activate to read or write (tRCD).
    pub activate_ns: usize,
    /// Precharge to anything else (tRP).
    pub precharge_ns: usize,
    /// Activate to precharge (tRAS).
    pub row_active_ns: usize,
    /// Activate to activate of the same bank (tRC).
    pub row_cycle_ns: usize,
    /// Refresh to anything else (tRFC).
    pub refresh_ns: usize,
    /// Write to precharge (tWR).
    pub write_recovery_ns: usize,
    /// Setting the mode to anything else (tMRD).
    pub mode_ns: usize,
    /// Time in which every row is to be refreshed.
    pub refresh_ms: usize,
    /// Power-up to the first command.
    pub power_up_us: usize,
}

impl SdramChip {
    /// Time from refresh to refresh in picoseconds.
    pub fn refresh_interval_ps(&self) -> u64 {
        (self.refresh_ms as u64 * 1_000_000_000) >> self.row_bits
    }
}

impl ExternalMemory {
    /// Bits of a word of the port.
    pub fn data_bits(&self) -> usize {
        match self {
            Self::Sdram(_) => 16,
            Self::Axi4(bus) | Self::Wishbone(bus) | Self::WishbonePipelined(bus) => bus.data_bits,
        }
    }

    /// Words of the port.
    pub fn words(&self) -> usize {
        match self {
            Self::Sdram(chip) => 1 << (chip.row_bits + chip.column_bits + 2),
            Self::Axi4(bus) | Self::Wishbone(bus) | Self::WishbonePipelined(bus) => bus.words,
        }
    }

    /// Groups of so many columns that fit.
    pub fn groups(&self, columns: usize) -> usize {
        self.words() * self.data_bits() / (16 * columns)
    }

    /// Words of the port that make a group.
    pub fn words_per_group(&self, columns: usize) -> usize {
        16 * columns / self.data_bits()
    }
}

/// A size, time or latency: key, value, least, most.
fn all_within(limits: &[(&'static str, usize, usize, usize)]) -> Result<(), Fault> {
    let wrong = limits.iter().find(|(_, value, lo, hi)| !(lo..=hi).contains(&value));
    wrong.map_or(Ok(()), |(key, value, lo, hi)| {
        Err(Fault::Range { key, value: value.to_string(), allowed: format!("{lo} to {hi}") })
    })
}

/// What must hold of the section.
pub(super) fn check(config: &MachineConfig) -> Result<(), Fault> {
    const TIME: usize = 1000;
    let Some(memory) = &config.external_memory else { return Ok(()) };
    match memory {
        ExternalMemory::Sdram(chip) => all_within(&[
            ("external_memory.row_bits", chip.row_bits, 11, 13),
            ("external_memory.column_bits", chip.column_bits, 8, 10),
            ("external_memory.cas_latency", chip.cas_latency, 2, 3),
            ("external_memory.activate_ns", chip.activate_ns, 1, TIME),
            ("external_memory.precharge_ns", chip.precharge_ns, 1, TIME),
            ("external_memory.row_active_ns", chip.row_active_ns, 1, TIME),
            ("external_memory.row_cycle_ns", chip.row_cycle_ns, 1, TIME),
            ("external_memory.refresh_ns", chip.refresh_ns, 1, TIME),
            ("external_memory.write_recovery_ns", chip.write_recovery_ns, 1, TIME),
            ("external_memory.mode_ns", chip.mode_ns, 1, TIME),
            ("external_memory.refresh_ms", chip.refresh_ms, 1, 1000),
            ("external_memory.power_up_us", chip.power_up_us, 1, 1000),
        ])?,
        ExternalMemory::Axi4(bus)
        | ExternalMemory::Wishbone(bus)
        | ExternalMemory::WishbonePipelined(bus) => {
            if ![16, 32].contains(&bus.data_bits) {
                let (key, value) = ("external_memory.data_bits", bus.data_bits.to_string());
                return Err(Fault::Range { key, value, allowed: "16 or 32".into() });
            }
            all_within(&[("external_memory.words", bus.words, 16, 1 << 25)])?;
        }
    }
    let columns = config.array.columns;
    if columns >= 2 {
        return Ok(());
    }
    Err(Fault::Conflict {
        keys: ["external_memory", "array.columns"],
        values: [format!("{} bits", memory.data_bits()), columns.to_string()],
        remedy: "a group is written in whole words: take two columns at least",
    })
}
