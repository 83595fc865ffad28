//! Running the tools and reading what they say.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use bitladder_blocks::Family;
use bitladder_rtl::{Design, EmitOptions, Module};
use std::sync::Arc;

use crate::designs::Device;

/// What synthesis says.
#[derive(Default)]
pub(crate) struct Cost {
    pub(crate) luts: u64,
    pub(crate) registers: u64,
    pub(crate) dsp_blocks: u64,
    pub(crate) memories: u64,
}

/// Writes a module to `folder` and synthesises it; the netlist goes to `netlist`.
pub(crate) fn synthesise(
    folder: &Path,
    family: Family,
    module: &Arc<Module>,
    netlist: Option<&str>,
) -> Result<Cost, Box<dyn Error>> {
    let design = Design::elaborate(module)?;
    let emitted = design.verilog(&EmitOptions::default())?;
    std::fs::write(folder.join("design.v"), emitted.single_file())?;
    let command = match family {
        Family::Ecp5 => "synth_ecp5",
        Family::Ice40 => "synth_ice40 -dsp",
        Family::Gowin => "synth_gowin",
        Family::Generic => "synth -flatten",
    };
    let top = &emitted.top;
    let json = netlist.map_or(String::new(), |name| format!("; write_json {name}"));
    let script =
        format!("read_verilog design.v; {command} -top {top}; tee -q -o stat.txt stat{json}");
    run(folder, "yosys", &["-q", "-p", &script])?;
    Ok(read_cost(&std::fs::read_to_string(folder.join("stat.txt"))?))
}

/// Reads the lines `cell count` of Yosys' last table (either order, as versions differ).
fn read_cost(text: &str) -> Cost {
    let from = text.rfind("umber of cells").map_or(0, |at| at);
    let mut cost = Cost::default();
    for line in text[from..].lines() {
        let mut words = line.split_whitespace();
        let (Some(cell), Some(count)) = (words.next(), words.next()) else { continue };
        let Ok(count) = count.parse::<u64>() else { continue };
        match cell {
            "CCU2C" => cost.luts += 2 * count,
            "TRELLIS_DPR16X4" => cost.luts += 6 * count,
            "SB_LUT4" | "LUT1" | "LUT2" | "LUT3" | "LUT4" | "ALU" => cost.luts += count,
            "DP16KD" | "SB_RAM40_4K" | "SB_SPRAM256KA" => cost.memories += count,
            "MULT18X18D" | "SB_MAC16" | "MULT18X18" => cost.dsp_blocks += count,
            _ if cell == "TRELLIS_FF" || cell.starts_with("SB_DFF") || cell.starts_with("DFF") => {
                cost.registers += count;
            }
            _ => {}
        }
    }
    cost
}

/// Places and routes the netlist; gives the highest clock in MHz, for one seed.
pub(crate) fn route(
    folder: &Path,
    device: Device,
    netlist: &str,
    seed: u32,
) -> Result<f64, Box<dyn Error>> {
    let seed = seed.to_string();
    let (tool, mut args): (_, Vec<&str>) = match device {
        Device::Ecp5_25 => ("nextpnr-ecp5", vec!["--25k", "--package", "CABGA381", "--speed", "6"]),
        Device::Up5k => ("nextpnr-ice40", vec!["--up5k", "--package", "sg48"]),
        Device::Hx8k => ("nextpnr-ice40", vec!["--hx8k", "--package", "ct256"]),
    };
    args.extend(["--json", netlist, "--seed", &seed, "--freq", "150", "--timing-allow-fail"]);
    args.extend(["--log", "route.log", "-q"]);
    let web_assembly = format!("yowasp-{tool}");
    run(folder, tool, &args).or_else(|_| run(folder, &web_assembly, &args))?;
    let log = std::fs::read_to_string(folder.join("route.log"))?;
    let line = log.lines().rfind(|line| line.contains("Max frequency for clock"));
    let clock = line.and_then(|line| line.rsplit(": ").next()?.split(' ').next()?.parse().ok());
    clock.ok_or_else(|| format!("{tool} reported no clock; see its log").into())
}

fn run(folder: &Path, tool: &str, args: &[&str]) -> Result<(), Box<dyn Error>> {
    let output = Command::new(tool)
        .args(args)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("`{tool}`: {error} (install it, or add it to PATH)"))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("`{tool}` failed:\n{said}").into())
        }
    }
}
