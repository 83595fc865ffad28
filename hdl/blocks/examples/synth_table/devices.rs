//! The devices that arrays are placed and routed on.

/// A device.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    Ecp5_25,
    Ecp5_85,
    Up5k,
    Hx8k,
    Gw1n9,
    Gw2a18,
}

impl Device {
    /// As in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Device::Ecp5_25 => "LFE5U-25F",
            Device::Ecp5_85 => "LFE5U-85F",
            Device::Up5k => "iCE40UP5K",
            Device::Hx8k => "iCE40HX8K",
            Device::Gw1n9 => "GW1N-9C",
            Device::Gw2a18 => "GW2A-18C",
        }
    }

    /// Place and route, and which device it is for.
    pub(crate) fn router(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Device::Ecp5_25 => {
                ("nextpnr-ecp5", &["--25k", "--package", "CABGA381", "--speed", "6"])
            }
            Device::Ecp5_85 => {
                ("nextpnr-ecp5", &["--85k", "--package", "CABGA756", "--speed", "6"])
            }
            Device::Up5k => ("nextpnr-ice40", &["--up5k", "--package", "sg48"]),
            Device::Hx8k => ("nextpnr-ice40", &["--hx8k", "--package", "ct256"]),
            Device::Gw1n9 => (
                "nextpnr-himbaechel-gowin",
                &["--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"],
            ),
            Device::Gw2a18 => (
                "nextpnr-himbaechel-gowin",
                &["--device", "GW2AR-LV18QN88C8/I7", "--vopt", "family=GW2A-18C"],
            ),
        }
    }

    /// Pins of clock, input and output of the frame, where the tool does not choose them.
    pub(crate) fn pins(self) -> Option<[u32; 3]> {
        match self {
            Device::Gw1n9 => Some([52, 18, 17]),
            Device::Gw2a18 => Some([4, 70, 69]),
            _ => None,
        }
    }

    /// The cells that the router counts, in the names of its log: they hold a lookup table, a
    /// bit of a carry chain, or on iCE40 a register alone.
    pub(crate) fn cells(self) -> &'static [&'static str] {
        match self {
            Device::Ecp5_25 | Device::Ecp5_85 => &["TRELLIS_COMB:"],
            Device::Up5k | Device::Hx8k => &["ICESTORM_LC:"],
            Device::Gw1n9 | Device::Gw2a18 => &["LUT4:", "ALU:"],
        }
    }
}
