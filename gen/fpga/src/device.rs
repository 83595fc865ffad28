//! The FPGAs that the open tools know, and what is in them.

use std::fmt;

use serde::Serialize;

/// A family of FPGAs: it decides the tools and the format of the constraints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Lattice ECP5: `synth_ecp5`, `nextpnr-ecp5`, `ecppack`; constraints in `.lpf`.
    Ecp5,
    /// Lattice iCE40: `synth_ice40`, `nextpnr-ice40`, `icepack`; constraints in `.pcf`.
    Ice40,
    /// Gowin: `synth_gowin`, `nextpnr-himbaechel-gowin`, `gowin_pack`; constraints in `.cst`.
    Gowin,
}

impl Family {
    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Family::Ecp5 => "ecp5",
            Family::Ice40 => "ice40",
            Family::Gowin => "gowin",
        }
    }

    /// The ending of its constraint files.
    pub fn constraints(self) -> &'static str {
        match self {
            Family::Ecp5 => "lpf",
            Family::Ice40 => "pcf",
            Family::Gowin => "cst",
        }
    }

    /// The ending of its bitstreams.
    pub fn bitstream(self) -> &'static str {
        match self {
            Family::Ecp5 => "bit",
            Family::Ice40 => "bin",
            Family::Gowin => "fs",
        }
    }

    /// Whose primitives hardware modules for it use.
    pub fn primitives(self) -> bitladder_blocks::Family {
        match self {
            Family::Ecp5 => bitladder_blocks::Family::Ecp5,
            Family::Ice40 => bitladder_blocks::Family::Ice40,
            Family::Gowin => bitladder_blocks::Family::Gowin,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a device has, in the units of [`Resources`](crate::Resources).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// The name in board files.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// What place and route and the packer call it.
    pub tool_name: &'static str,
    /// Packages that place and route knows; for Gowin the package is part of the ordering code.
    pub packages: &'static [&'static str],
    /// 4-input lookup tables (iCE40: logic cells).
    pub luts: u64,
    /// Flip-flops.
    pub registers: u64,
    /// Multiplier blocks of 18 x 18 (iCE40: 16 x 16) that synthesis can use.
    pub dsp: u64,
    /// Block memories: 18 kbit (iCE40: 4 kbit).
    pub bram: u64,
    /// Large single-port memories of 256 kbit.
    pub spram: u64,
}

const ECP5_PACKAGES: [&str; 4] = ["CABGA256", "CABGA381", "CSFBGA285", "CABGA756"];
const NONE: [&str; 0] = [];

const fn ecp5(
    name: &'static str,
    tool_name: &'static str,
    luts: u64,
    dsp: u64,
    bram: u64,
) -> Device {
    let packages = &ECP5_PACKAGES;
    let family = Family::Ecp5;
    Device { name, family, tool_name, packages, luts, registers: luts, dsp, bram, spram: 0 }
}

const fn gowin(
    name: &'static str,
    tool_name: &'static str,
    (luts, registers): (u64, u64),
    dsp: u64,
    bram: u64,
) -> Device {
    let family = Family::Gowin;
    Device { name, family, tool_name, packages: &NONE, luts, registers, dsp, bram, spram: 0 }
}

/// All devices.
///
/// The LFE5U-12F is the die of the LFE5U-25F, and the open tools use all of it; the vendor tests
/// and promises half of its logic only. The multipliers of the GW5A are of another kind, which
/// Yosys does not map to: it counts as having none.
pub const DEVICES: [Device; 9] = [
    ecp5("LFE5U-12F", "12k", 24_288, 28, 56),
    ecp5("LFE5U-25F", "25k", 24_288, 28, 56),
    ecp5("LFE5U-85F", "85k", 83_640, 156, 208),
    ecp5("LFE5UM5G-45F", "um5g-45k", 43_848, 72, 108),
    Device {
        name: "iCE40-HX8K",
        family: Family::Ice40,
        tool_name: "hx8k",
        packages: &["ct256", "cb132", "cm225", "bg121"],
        luts: 7_680,
        registers: 7_680,
        dsp: 0,
        bram: 32,
        spram: 0,
    },
    Device {
        name: "iCE40-UP5K",
        family: Family::Ice40,
        tool_name: "up5k",
        packages: &["sg48", "uwg30"],
        luts: 5_280,
        registers: 5_280,
        dsp: 8,
        bram: 30,
        spram: 4,
    },
    gowin("GW1NR-9C", "GW1N-9C", (8_640, 6_480), 20, 26),
    gowin("GW2AR-18C", "GW2A-18C", (20_736, 15_552), 48, 46),
    gowin("GW5A-25A", "GW5A-25A", (23_040, 23_040), 0, 56),
];

/// Lookup tables from which on ECP5 devices are placed by other means.
const LARGE: u64 = 80_000;

impl Device {
    /// Whether small memories can be made of its lookup tables, as far as place and route knows.
    pub fn has_distributed_memory(&self) -> bool {
        self.family != Family::Ice40 && !self.is_gw5a()
    }

    /// Whether it is a GW5A, whose multipliers, PLLs and memories of lookup tables the open tools do
    /// not know.
    pub(crate) fn is_gw5a(&self) -> bool {
        self.tool_name.starts_with("GW5A")
    }

    /// The placer of `nextpnr-ecp5`, where it is not its usual one. On large devices the one that
    /// treats cells as charges finds better places, above all where block memories fill the device.
    pub fn placer(&self) -> Option<&'static str> {
        (self.family == Family::Ecp5 && self.luts >= LARGE).then_some("static")
    }

    /// Finds a device by its name in board files.
    pub fn find(name: &str) -> Option<&'static Device> {
        DEVICES.iter().find(|device| device.name == name)
    }
}
