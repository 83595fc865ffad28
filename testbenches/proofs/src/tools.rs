//! Yosys, which makes netlists and mutants, and ABC, which decides about all time.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bitladder_rtl::{Cells, Design, EmitError, EmitOptions, Errors, Module};
use thiserror::Error;

use crate::claim::Claim;

/// A tool that could not do its work.
#[derive(Debug, Error)]
pub enum ToolError {
    /// It is not installed.
    #[error("`{0}` is not installed: apt-get install yosys")]
    Missing(&'static str),
    /// It failed.
    #[error("{tool}: {said}")]
    Failed {
        /// The program.
        tool: &'static str,
        /// What it said.
        said: String,
    },
    /// ABC came to no end.
    #[error("ABC could not decide: {said}; make the module smaller, or say more of its registers")]
    Undecided {
        /// Its last line.
        said: String,
    },
    /// A file could not be written or read.
    #[error("temporary files: {0}")]
    File(#[from] std::io::Error),
    /// The module's description is wrong.
    #[error(transparent)]
    Description(#[from] Errors),
    /// It cannot be written as Verilog.
    #[error(transparent)]
    Emit(#[from] EmitError),
}

/// Makes gates of what is read, with flip-flops that have an initial value or none. Undefined bits
/// become inputs: a claim must hold for whatever they are.
const GATES: &str = "hierarchy -check -top proof; proc; flatten; opt; techmap; opt; dfflegalize \
                     -cell $_DFF_P_ 01; opt_clean; setundef -undriven -anyseq; aigmap; opt_clean";

/// How long ABC may take, in seconds.
const LIMIT: u32 = 900;

fn run(tool: &'static str, arguments: &[&str], folder: &Path) -> Result<String, ToolError> {
    let output = Command::new(tool).args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => ToolError::Missing(tool),
        _ => ToolError::File(error),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(ToolError::Failed { tool, said: String::from_utf8_lossy(&output.stderr).into_owned() })
}

/// Writes the flat netlist `dut.il` of a module, its cells replaced by their models, and the
/// commands that make `count` mutants of it.
pub fn prepare(
    folder: &Path,
    module: &Arc<Module>,
    count: usize,
    seed: u32,
) -> Result<Vec<String>, ToolError> {
    let options = EmitOptions { cells: Cells::Models, ..EmitOptions::default() };
    let emitted = Design::elaborate(module)?.verilog(&options)?;
    std::fs::write(folder.join("design.v"), emitted.single_file())?;
    let top = &emitted.top;
    let script = format!(
        "read_verilog -formal design.v; hierarchy -check -top {top}; proc; flatten; opt; \
         memory_map; opt; rename {top} dut; write_rtlil dut.il; mutate -list {count} -seed {seed} \
         -o mutants.txt"
    );
    run("yosys", &["-q", "-p", &script], folder)?;
    let text = std::fs::read_to_string(folder.join("mutants.txt"))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Writes the graphs `<name>.aag` and `<name>.aig` of a claim's property around the module, or around a
/// mutant of it.
pub fn graph(
    folder: &Path,
    name: &str,
    claim: &Claim,
    mutant: Option<&str>,
) -> Result<(), ToolError> {
    std::fs::write(folder.join("property.v"), &claim.property)?;
    let mutant = mutant.unwrap_or_default();
    let expose = |register: &&str| format!("expose dut/w:{register}\n");
    let exposed: String = claim.registers.iter().map(expose).collect();
    let script = format!(
        "read_rtlil dut.il\n{mutant}\n{exposed}read_verilog -formal property.v\n{GATES}\nwrite_aiger -ascii \
         -symbols {name}.aag\nwrite_aiger -zinit {name}.aig\n"
    );
    std::fs::write(folder.join("graph.ys"), script)?;
    run("yosys", &["-q", "-s", "graph.ys"], folder)?;
    Ok(())
}

/// What ABC finds: the cycle in which the property fails, or `None` if it never does.
pub fn decide(folder: &Path, name: &str) -> Result<Option<usize>, ToolError> {
    let script = format!("read_aiger {name}.aig; pdr -T {LIMIT}");
    answer(&run("yosys-abc", &["-c", &script], folder)?)
}

fn answer(said: &str) -> Result<Option<usize>, ToolError> {
    let cycle = |line: &str| {
        let (_, rest) = line.split_once("asserted in frame ")?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    if let Some(cycle) = said.lines().find_map(cycle) {
        return Ok(Some(cycle));
    }
    if said.contains("Property proved") {
        return Ok(None);
    }
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing");
    Err(ToolError::Undecided { said: last.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_abc_are_told_apart() {
        let fails = "Output 0 of miter \"m\" was asserted in frame 12.  Time =     0.01 sec\n";
        assert_eq!(answer(fails).unwrap(), Some(12));
        assert_eq!(answer("Property proved.  Time =     0.03 sec\n").unwrap(), None);
        let open = "Property UNDECIDED.  Time =   900.00 sec\n";
        assert_eq!(
            answer(open).unwrap_err().to_string(),
            "ABC could not decide: Property UNDECIDED.  Time =   900.00 sec; make the module smaller, \
             or say more of its registers"
        );
        assert!(answer("").unwrap_err().to_string().contains("nothing"));
    }
}
