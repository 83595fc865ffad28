//! Sizes of the unit for external memory.

use bitladder_blocks::BlockError;
use bitladder_blocks::memory::{MemoryPortConfig, SdramConfig, SdramTimes};
use bitladder_machine::{ExternalMemory, MachineConfig, SdramChip};
use bitladder_rtl::{ModuleBuilder, Ty, address_width, uint};

/// What the unit is built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalPlan {
    /// What it leads to.
    pub memory: ExternalMemory,
    /// Columns of the array: words of a group.
    pub columns: u32,
    /// Groups of weight memory.
    pub weight_groups: usize,
    /// Fastest and slowest clock in kHz.
    pub clock_khz: [u32; 2],
    /// Start of the configuration's hash, for the names of modules.
    pub hash: u32,
}

impl ExternalPlan {
    /// The unit of a machine, if it has one.
    pub fn of(machine: &MachineConfig, hash: u32) -> Option<ExternalPlan> {
        let levels = &machine.clock.levels_mhz;
        let khz = |level: Option<&u32>| level.copied().unwrap_or(1) * 1000;
        Some(ExternalPlan {
            memory: machine.external_memory.clone()?,
            columns: machine.array.columns as u32,
            weight_groups: machine.memory.weight_groups,
            clock_khz: [khz(levels.first()), khz(levels.last())],
            hash,
        })
    }

    pub(super) fn data_bits(&self) -> u32 {
        self.memory.data_bits() as u32
    }

    /// Words of the port that make a group.
    pub(super) fn words_per_group(&self) -> u32 {
        self.memory.words_per_group(self.columns as usize) as u32
    }

    /// Words of the port that make a transfer of 32 bits.
    pub(super) fn words_per_transfer(&self) -> u32 {
        32 / self.data_bits()
    }

    /// Groups of external memory.
    pub(crate) fn groups(&self) -> usize {
        self.memory.groups(self.columns as usize)
    }

    /// Transfers of 32 bits of external memory.
    pub(crate) fn transfers(&self) -> usize {
        self.memory.words() / self.words_per_transfer() as usize
    }

    pub(super) fn port(&self) -> MemoryPortConfig {
        let address_bits = address_width(self.memory.words()).max(4);
        MemoryPortConfig { data_bits: self.data_bits(), address_bits }
    }

    /// The number of a group of weight memory.
    pub(super) fn weight_address(&self) -> Ty {
        uint(address_width(self.weight_groups))
    }

    pub(super) fn module(&self, name: &str) -> ModuleBuilder {
        ModuleBuilder::new(name).param("", format!("{:08x}", self.hash))
    }

    pub(super) fn validate(&self) -> Result<(), BlockError> {
        let bits = self.data_bits();
        if [16, 32].contains(&bits) && 16 * self.columns >= bits && self.groups() > 0 {
            return Ok(());
        }
        let (key, value) = ("external_memory.data_bits", i64::from(bits));
        Err(BlockError::Range { key, value, allowed: "16 or 32, and not more than a group".into() })
    }

    /// What the controller of a chip is built for.
    pub(super) fn chip(&self, chip: &SdramChip) -> SdramConfig {
        let ps = |ns: usize| ns as u64 * 1000;
        let times = SdramTimes {
            activate: ps(chip.activate_ns),
            precharge: ps(chip.precharge_ns),
            row_active: ps(chip.row_active_ns),
            row_cycle: ps(chip.row_cycle_ns),
            refresh: ps(chip.refresh_ns),
            write_recovery: ps(chip.write_recovery_ns),
            mode: ps(chip.mode_ns),
            refresh_interval: chip.refresh_interval_ps(),
            power_up: ps(chip.power_up_us * 1000),
        };
        SdramConfig {
            row_bits: chip.row_bits as u32,
            column_bits: chip.column_bits as u32,
            data_bits: self.data_bits(),
            cas_latency: chip.cas_latency as u32,
            inverted_clock: chip.inverted_clock,
            times,
            fastest_khz: self.clock_khz[0],
            slowest_khz: self.clock_khz[1],
        }
    }
}
