//! Synthesis by Yosys: how many cells of which kind a module takes.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::Command;

use bitladder_rtl::{Design, EmitOptions, Module};

/// An FPGA family that Yosys synthesises for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Without DSP blocks.
    Ecp5,
    /// With DSP blocks.
    Ecp5Dsp,
    Ice40,
    Gowin,
}

impl Family {
    /// The synthesis command.
    fn command(self) -> &'static str {
        match self {
            Family::Ecp5 => "synth_ecp5 -nodsp",
            Family::Ecp5Dsp => "synth_ecp5",
            Family::Ice40 => "synth_ice40",
            Family::Gowin => "synth_gowin",
        }
    }
}

/// Cells by type name after synthesis.
pub(crate) fn cells(
    module: &std::sync::Arc<Module>,
    family: Family,
) -> Result<BTreeMap<String, u64>, Box<dyn Error>> {
    let emitted = Design::elaborate(module)?.verilog(&EmitOptions::default())?;
    let folder = tempfile::tempdir()?;
    for file in &emitted.files {
        std::fs::write(folder.path().join(&file.name), &file.text)?;
    }
    let names: Vec<&str> = emitted.files.iter().map(|file| file.name.as_str()).collect();
    let script = format!(
        "read_verilog -DSYNTHESIS {}; {} -top {}; tee -q -o stat.txt stat",
        names.join(" "),
        family.command(),
        emitted.top
    );
    let mut run = Command::new("yosys");
    run.args(["-q", "-p", &script]).current_dir(folder.path());
    let output = run.output().map_err(|e| format!("yosys: {e}: apt-get install yosys"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(parse(&std::fs::read_to_string(folder.path().join("stat.txt"))?))
}

/// The cell lines of Yosys' `stat`: a name and a number.
fn parse(report: &str) -> BTreeMap<String, u64> {
    let after = report.split("Number of cells:").last().unwrap_or_default();
    let pair = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
    };
    after.lines().skip(1).filter_map(pair).collect()
}
