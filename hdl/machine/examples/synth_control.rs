//! Synthesises the control side's modules for ECP5 and writes `docs/results/machine-control.md`.
//!
//! `cargo run --release -p bitladder-hdl-machine --example synth_control`
//!
//! Needs `yosys` in `PATH`; takes some minutes.

#![allow(clippy::print_stdout, reason = "a command")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use bitladder_hdl_machine::control::{
    ControlConfig, controller, descriptor, memories, registers, sequencer,
};
use bitladder_machine::MachineConfig;
use bitladder_rtl::{Module, cosim};

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

fn main() -> Result<(), Box<dyn Error>> {
    let mut page = INTRO.to_owned();
    for (name, module) in entries()? {
        let cells = cosim::cells(&module, "synth_ecp5 -nowidelut")?;
        let (luts, registers, memories) = (cells.luts(), cells.registers(), cells.of(&["DP16KD"]));
        let row = format!("| {name} | {luts} | {registers} | {memories} |");
        println!("{row}");
        writeln!(page, "{row}")?;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/results");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("machine-control.md"), page)?;
    Ok(())
}
