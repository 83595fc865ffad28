//! What the tools are told, and what they say.

use std::error::Error;
use std::path::Path;

use bitladder_blocks::Family;
use bitladder_rtl::cosim;

use crate::devices::Device;

/// Yosys' command for a family.
pub(crate) fn synthesis(family: Family) -> &'static str {
    match family {
        Family::Ecp5 => "synth_ecp5",
        Family::Ice40 => "synth_ice40 -dsp",
        Family::Gowin => "synth_gowin",
        Family::Generic => "synth -flatten",
    }
}

/// What place and route says.
#[derive(Clone, Copy)]
pub(crate) struct Routed {
    pub(crate) cells: u64,
    pub(crate) mhz: f64,
}

/// Places and routes the netlist of a folder, for one seed.
pub(crate) fn route(folder: &Path, device: Device, seed: u32) -> Result<Routed, Box<dyn Error>> {
    let seed = seed.to_string();
    let (tool, options) = device.router();
    let mut arguments = options.to_vec();
    arguments.extend(["--seed", &seed, "--freq", "150"]);
    if let Some(pins) = device.pins() {
        let names = ["clk_i", "uart_rx_i", "uart_tx_o"];
        let line = |(name, pin): (&str, u32)| format!("IO_LOC \"{name}\" {pin};\n");
        let lines: String = names.into_iter().zip(pins).map(line).collect();
        std::fs::write(folder.join("pins.cst"), lines)?;
        arguments.extend(["--vopt", "cst=pins.cst"]);
    }
    let mhz = cosim::fastest_clock(folder, tool, &arguments)?;
    let log = std::fs::read_to_string(folder.join("route.log"))?;
    let counted = |name: &&str| {
        let line = log.lines().find(|line| line.split_whitespace().nth(1) == Some(*name))?;
        line.split_whitespace().nth(2)?.trim_end_matches('/').parse::<u64>().ok()
    };
    Ok(Routed { cells: device.cells().iter().filter_map(counted).sum(), mhz })
}
