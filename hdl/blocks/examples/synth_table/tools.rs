//! What the tools are told.

use std::error::Error;
use std::path::Path;

use bitladder_blocks::Family;
use bitladder_rtl::cosim;

use crate::designs::Device;

/// Yosys' command for a family.
pub(crate) fn synthesis(family: Family) -> &'static str {
    match family {
        Family::Ecp5 => "synth_ecp5",
        Family::Ice40 => "synth_ice40 -dsp",
        Family::Gowin => "synth_gowin",
        Family::Generic => "synth -flatten",
    }
}

/// Places and routes the netlist of a folder; gives the highest clock in MHz, for one seed.
pub(crate) fn route(folder: &Path, device: Device, seed: u32) -> Result<f64, Box<dyn Error>> {
    let seed = seed.to_string();
    let (tool, mut arguments): (_, Vec<&str>) = match device {
        Device::Ecp5_25 => ("nextpnr-ecp5", vec!["--25k", "--package", "CABGA381", "--speed", "6"]),
        Device::Up5k => ("nextpnr-ice40", vec!["--up5k", "--package", "sg48"]),
        Device::Hx8k => ("nextpnr-ice40", vec!["--hx8k", "--package", "ct256"]),
    };
    arguments.extend(["--seed", &seed, "--freq", "150"]);
    Ok(cosim::fastest_clock(folder, tool, &arguments)?)
}
