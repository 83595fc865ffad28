//! The device families whose primitives the modules use.

use std::fmt;

/// What the emitted Verilog may instantiate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Family {
    /// Plain Verilog only: any tool, any device, and standard cells.
    #[default]
    Generic,
    /// Lattice ECP5: `MULT18X18D`, `CCU2C`, `DCCA`, `DCSC`.
    Ecp5,
    /// Lattice iCE40: `SB_MAC16` (UltraPlus only), `SB_GB`.
    Ice40,
    /// Gowin LittleBee and Arora: `MULT18X18`, `DQCE`, `DCS`.
    Gowin,
}

impl Family {
    /// The name as in configurations and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Ecp5 => "ecp5",
            Self::Ice40 => "ice40",
            Self::Gowin => "gowin",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
