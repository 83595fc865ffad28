//! Synthesises the control side's modules for ECP5 and writes `docs/results/machine-control.md`.
//!
//! `cargo run --release -p bitladder-hdl-machine --example synth_control`
//!
//! Needs `yosys` in `PATH`; takes some minutes.

#![allow(clippy::print_stdout, reason = "a command")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bitladder_hdl_machine::control::{
    ControlConfig, controller, descriptor, memories, registers, sequencer,
};
use bitladder_machine::MachineConfig;
use bitladder_rtl::{Design, EmitOptions, Module};

const INTRO: &str = "# The control side on ECP5

Written by `cargo run --release -p bitladder-hdl-machine --example synth_control`: Yosys'
`synth_ecp5 -nowidelut`, before placement, for the machine `ecp5-85`. A LUT is a LUT4; a CCU2C
counts as two. Fields that no unit reads lose their registers once the whole machine is flat: here
every bit of a descriptor counts.

| module | LUT | FF | DP16KD |
|---|---|---|---|
";

/// A name in the table, and what it stands for.
type Entry = (&'static str, Arc<Module>);

fn entries() -> Result<Vec<Entry>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gen/configs");
    let config = ControlConfig::of(&MachineConfig::read(folder.join("ecp5-85.toml"))?);
    Ok(vec![
        ("`descriptor`", descriptor(&config)?),
        ("`sequencer`, with `descriptor`", sequencer(&config)?),
        ("`registers`", registers(&config)?),
        ("`memories`", memories(&config)?),
        ("`controller`: all of them", controller(&config)?),
    ])
}

/// LUTs, registers and block RAMs.
fn cost(module: &Arc<Module>) -> Result<[u64; 3], Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    let emitted = Design::elaborate(module)?.verilog(&EmitOptions::default())?;
    std::fs::write(place.path().join("design.v"), emitted.single_file())?;
    let top = &emitted.top;
    let script =
        format!("read_verilog design.v; synth_ecp5 -nowidelut -top {top}; tee -q -o stat.txt stat");
    let output = Command::new("yosys")
        .args(["-q", "-p", &script])
        .current_dir(place.path())
        .output()
        .map_err(|error| format!("`yosys`: {error} (apt-get install yosys)"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let stat = std::fs::read_to_string(place.path().join("stat.txt"))?;
    let from = stat.rfind("umber of cells").ok_or("Yosys printed no cells")?;
    let mut total = [0; 3];
    for line in stat[from..].lines() {
        let mut words = line.split_whitespace();
        let (Some(cell), Some(Ok(count))) = (words.next(), words.next().map(str::parse::<u64>))
        else {
            continue;
        };
        match cell {
            "LUT4" => total[0] += count,
            "CCU2C" => total[0] += 2 * count,
            "TRELLIS_FF" => total[1] += count,
            "DP16KD" => total[2] += count,
            _ => {}
        }
    }
    Ok(total)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut page = INTRO.to_owned();
    for (name, module) in entries()? {
        let [luts, registers, memories] = cost(&module)?;
        let row = format!("| {name} | {luts} | {registers} | {memories} |");
        println!("{row}");
        writeln!(page, "{row}")?;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("machine-control.md"), page)?;
    Ok(())
}
