//! What cells of the vendors' libraries cost.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::device::Device;

/// How many cells of each type.
pub type Cells = BTreeMap<String, u64>;

/// Cells added up to what a device has of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// 4-input lookup tables; a `CCU2C` takes two, lookup tables used as memory count too.
    pub luts: u64,
    /// Flip-flops.
    pub registers: u64,
    /// Multiplier blocks of 18 x 18 (iCE40: 16 x 16).
    pub dsp: u64,
    /// Block memories.
    pub bram: u64,
    /// Large single-port memories (iCE40 UltraPlus).
    pub spram: u64,
}

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resource {
    /// Lookup tables.
    Luts,
    /// Flip-flops.
    Registers,
    /// Multiplier blocks.
    Dsp,
    /// Block memories.
    Bram,
    /// Large memories.
    Spram,
}

impl Resource {
    /// All of them.
    pub const ALL: [Resource; 5] =
        [Resource::Luts, Resource::Registers, Resource::Dsp, Resource::Bram, Resource::Spram];

    /// What a device has of it.
    pub fn of_device(self, device: &Device) -> u64 {
        match self {
            Resource::Luts => device.luts,
            Resource::Registers => device.registers,
            Resource::Dsp => device.dsp,
            Resource::Bram => device.bram,
            Resource::Spram => device.spram,
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Resource::Luts => "lookup tables",
            Resource::Registers => "flip-flops",
            Resource::Dsp => "multiplier blocks",
            Resource::Bram => "block memories",
            Resource::Spram => "large memories",
        })
    }
}

impl Resources {
    /// Adds up cells.
    pub fn of(cells: &Cells) -> Resources {
        let mut sum = Resources::default();
        // Two 9 x 9 multipliers are one block; their number is halved at the end.
        let mut halves = 0;
        for (cell, count) in cells {
            match cell.as_str() {
                "LUT1" | "LUT2" | "LUT3" | "LUT4" | "ALU" | "SB_LUT4" => sum.luts += count,
                "CCU2C" => sum.luts += 2 * count,
                "TRELLIS_DPR16X4" => sum.luts += 6 * count,
                "RAM16S1" | "RAM16SDP1" => sum.luts += count,
                "RAM16S2" | "RAM16SDP2" => sum.luts += 2 * count,
                "RAM16S4" | "RAM16SDP4" => sum.luts += 4 * count,
                "MULT18X18D" | "SB_MAC16" | "MULT18X18" => sum.dsp += count,
                "MULT9X9" | "MULT9X9D" => halves += count,
                "MULTALU18X18" | "MULTALU36X18" | "MULTADDALU18X18" => sum.dsp += 2 * count,
                "MULT36X36" => sum.dsp += 4 * count,
                "DP16KD" | "PDPW16KD" | "SP" | "SPX9" | "SDP" | "SDPB" | "SDPX9B" | "DP"
                | "DPB" | "DPX9B" | "pROM" | "pROMX9" => sum.bram += count,
                "SB_SPRAM256KA" => sum.spram += count,
                _ if cell.starts_with("SB_RAM40_4K") => sum.bram += count,
                _ if cell == "TRELLIS_FF" || cell.starts_with("SB_DFF") => sum.registers += count,
                _ if cell.starts_with("DFF") => sum.registers += count,
                _ => {}
            }
        }
        sum.dsp += halves.div_ceil(2);
        sum
    }

    /// The number of one resource.
    pub fn get(&self, resource: Resource) -> u64 {
        match resource {
            Resource::Luts => self.luts,
            Resource::Registers => self.registers,
            Resource::Dsp => self.dsp,
            Resource::Bram => self.bram,
            Resource::Spram => self.spram,
        }
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: Resources) -> Resources {
        Resources {
            luts: self.luts + other.luts,
            registers: self.registers + other.registers,
            dsp: self.dsp + other.dsp,
            bram: self.bram + other.bram,
            spram: self.spram + other.spram,
        }
    }

    /// So many times.
    #[must_use]
    pub fn times(self, count: u64) -> Resources {
        Resources {
            luts: self.luts * count,
            registers: self.registers * count,
            dsp: self.dsp * count,
            bram: self.bram * count,
            spram: self.spram * count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[(&str, u64)]) -> Resources {
        Resources::of(&cells.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect())
    }

    #[test]
    fn cells_of_all_families() {
        let ecp5 = of(&[("LUT4", 10), ("CCU2C", 3), ("TRELLIS_FF", 7), ("MULT18X18D", 2)]);
        assert_eq!(ecp5, Resources { luts: 16, registers: 7, dsp: 2, bram: 0, spram: 0 });
        let ice40 = of(&[("SB_LUT4", 5), ("SB_CARRY", 9), ("SB_DFFESR", 2), ("SB_DFF", 1)]);
        assert_eq!(ice40, Resources { luts: 5, registers: 3, ..Resources::default() });
        let memories = of(&[("SB_RAM40_4K", 2), ("SB_RAM40_4KNW", 1), ("SB_SPRAM256KA", 4)]);
        assert_eq!(memories, Resources { bram: 3, spram: 4, ..Resources::default() });
        let gowin = of(&[("ALU", 4), ("LUT3", 2), ("DFFRE", 6), ("MULT9X9", 3), ("SDPX9B", 1)]);
        assert_eq!(gowin, Resources { luts: 6, registers: 6, dsp: 2, bram: 1, spram: 0 });
    }
}
