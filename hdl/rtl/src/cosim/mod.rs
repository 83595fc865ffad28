//! Test support: the Rust simulation against the emitted Verilog, and the emitted Verilog
//! against the linters.
//!
//! Every output is compared at every cycle. Icarus Verilog starts in milliseconds and is for
//! breadth; Verilator compiles for seconds, so hand it several designs at once. A missing tool
//! is an error that says what to install.

mod bench;
mod plan;
mod synthesis;
mod tools;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

pub use plan::Plan;
use plan::Row;
pub use synthesis::{CellCounts, cells, fastest_clock, synthesise};

use crate::elaborate::Design;
use crate::emit::{Cells, EmitError, EmitOptions, Emitted};
use crate::error::Errors;
use crate::module::Direction;
use crate::sim::{Sim, SimError};

/// A difference, or something that kept the comparison from being made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CosimError {
    /// An output differs.
    #[error(
        "{simulator}: `{path}` differs first in cycle {cycle}, bit {bit}: Rust has {rust:#x}, the \
         Verilog has {verilog}"
    )]
    Mismatch {
        /// The Verilog simulator.
        simulator: &'static str,
        /// Top module and output.
        path: String,
        /// The cycle, counted from 0.
        cycle: usize,
        /// The lowest bit that differs.
        bit: u32,
        /// The value in Rust.
        rust: u128,
        /// The value in the Verilog, in hexadecimal; `x` where it is unknown.
        verilog: String,
    },
    /// A tool is not installed.
    #[error(
        "`{tool}` is not installed: apt-get install verilator iverilog yosys; nextpnr is on PyPI as \
         well, as `yowasp-` and its name"
    )]
    MissingTool {
        /// The program.
        tool: String,
    },
    /// A tool rejected the Verilog or warned about it.
    #[error("{tool} on `{top}`:\n{log}")]
    Rejected {
        /// The program.
        tool: String,
        /// The top module.
        top: String,
        /// What the tool said.
        log: String,
    },
    /// Two designs of one batch have different modules of one name.
    #[error("two designs of the batch have different modules `{name}`; run them apart")]
    BatchClash {
        /// The file of the module.
        name: String,
    },
    /// The module's description is wrong.
    #[error(transparent)]
    Description(#[from] Errors),
    /// The plan names a port that does not exist, or the design cannot be simulated.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The design has cells without models.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// Files could not be written.
    #[error("temporary files: {0}")]
    Files(#[from] std::io::Error),
}

/// Compares a design with its Verilog in Icarus Verilog.
pub fn icarus(design: &Design, plan: &Plan) -> Result<(), CosimError> {
    let case = Case::new(design, plan)?;
    let top = case.emitted.top.clone();
    let output = tools::icarus(&case.files(0)?, &top)?;
    case.compare("icarus", 0, &output)
}

/// Compares several designs with their Verilog, compiled by Verilator into one program.
pub fn verilator(batch: &[(&Design, &Plan)]) -> Result<(), CosimError> {
    let mut files: HashMap<String, String> = HashMap::new();
    let mut cases = Vec::new();
    for (index, (design, plan)) in batch.iter().enumerate() {
        let case = Case::new(design, plan)?;
        for (name, text) in case.files(index)? {
            let known = files.insert(name.clone(), text.clone());
            if known.is_some_and(|known| known != text) {
                return Err(CosimError::BatchClash { name });
            }
        }
        cases.push(case);
    }
    let rows: Vec<usize> = cases.iter().map(|case| case.rows.len()).collect();
    files.insert("batch.v".to_owned(), bench::batch(&rows));
    let mut files: Vec<(String, String)> = files.into_iter().collect();
    files.sort();
    let output = tools::verilator(&files)?;
    for (index, case) in cases.iter().enumerate() {
        case.compare("verilator", index, &output)?;
    }
    Ok(())
}

/// Runs `verilator --lint-only -Wall`, `iverilog -g2005 -Wall` and Yosys' `hierarchy -check` and
/// `check -assert` over the design as synthesis gets it. Any warning is an error.
pub fn lint(design: &Design) -> Result<(), CosimError> {
    let emitted = design.verilog(&options(Cells::Primitives))?;
    tools::lint(&emitted)
}

fn options(cells: Cells) -> EmitOptions {
    EmitOptions { generator: "cosim".to_owned(), configuration: "test".to_owned(), cells }
}

/// One design with its stimuli and what Rust makes of them.
struct Case {
    emitted: Emitted,
    bench: bench::Ports,
    rows: Vec<Row>,
    expected: Vec<Vec<u128>>,
}

impl Case {
    fn new(design: &Design, plan: &Plan) -> Result<Case, CosimError> {
        let emitted = design.verilog(&options(Cells::Models))?;
        let bench = bench::Ports::new(design.top());
        let rows = plan.rows(&bench)?;
        let expected = run(design, &bench, &rows)?;
        Ok(Case { emitted, bench, rows, expected })
    }

    /// The design's files, the bench and its stimuli.
    fn files(&self, index: usize) -> Result<Vec<(String, String)>, CosimError> {
        let modules = self.emitted.files.iter();
        let mut files: Vec<_> =
            modules.map(|file| (file.name.clone(), file.text.clone())).collect();
        if let Some(cells) = &self.emitted.stubs {
            files.push((cells_file(&cells.text), cells.text.clone()));
        }
        let bench = self.bench.text(&self.emitted.top, index, self.rows.len());
        files.push((format!("bench_{index}.v"), bench));
        files.push((format!("rows_{index}.hex"), self.bench.rows(&self.rows)));
        Ok(files)
    }

    fn compare(
        &self,
        simulator: &'static str,
        index: usize,
        output: &str,
    ) -> Result<(), CosimError> {
        let top = &self.emitted.top;
        let tag = format!("@{index} ");
        let mut lines = output.lines().filter_map(|line| line.strip_prefix(&tag));
        for (cycle, expected) in self.expected.iter().enumerate() {
            let Some(line) = lines.next() else {
                let log = format!("stopped in cycle {cycle}:\n{output}");
                return Err(CosimError::Rejected {
                    tool: simulator.to_owned(),
                    top: top.clone(),
                    log,
                });
            };
            let values: Vec<&str> = line.split_whitespace().collect();
            if values.len() != expected.len() {
                let log = format!("printed {} values in cycle {cycle}: {line}", values.len());
                return Err(CosimError::Rejected {
                    tool: simulator.to_owned(),
                    top: top.clone(),
                    log,
                });
            }
            for ((name, rust), verilog) in self.bench.outputs().zip(expected).zip(values) {
                if let Some(bit) = difference(*rust, verilog) {
                    let (path, verilog) = (format!("{top}.{name}"), verilog.to_owned());
                    let rust = *rust;
                    return Err(CosimError::Mismatch {
                        simulator,
                        path,
                        cycle,
                        bit,
                        rust,
                        verilog,
                    });
                }
            }
        }
        Ok(())
    }
}

/// Designs of one batch may define different sets of cells: a file for each set. A definition
/// that several sets have needs an include guard.
fn cells_file(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("cells_{:016x}.v", hasher.finish())
}

/// The lowest differing bit; an unknown digit differs in its lowest bit.
fn difference(rust: u128, verilog: &str) -> Option<u32> {
    if let Ok(value) = u128::from_str_radix(verilog, 16) {
        return (value != rust).then(|| (value ^ rust).trailing_zeros());
    }
    let from_right = verilog.chars().rev().position(|digit| !digit.is_ascii_hexdigit());
    from_right.map(|digits| digits as u32 * 4).or(Some(0))
}

/// The outputs at every cycle, before its clock edges.
fn run(design: &Design, ports: &bench::Ports, rows: &[Row]) -> Result<Vec<Vec<u128>>, CosimError> {
    let mut sim = Sim::new(design)?;
    let clocks = ports.names(Direction::ClockInput);
    let inputs = ports.names(Direction::Input);
    let mut expected = Vec::new();
    for row in rows {
        for (name, bits) in inputs.iter().zip(&row.inputs) {
            sim.set(name, *bits)?;
        }
        let mut values = Vec::new();
        for name in ports.outputs() {
            values.push(sim.get(name)?);
        }
        expected.push(values);
        let rising = clocks.iter().enumerate().filter(|(index, _)| row.clocks >> index & 1 == 1);
        let rising: Vec<&str> = rising.map(|(_, name)| *name).collect();
        sim.step_all(&rising)?;
    }
    Ok(expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::ModuleBuilder;
    use crate::ty::uint;

    /// What Icarus Verilog prints for an inverter, and the case it belongs to.
    fn inverter() -> Result<(Case, String), Box<dyn std::error::Error>> {
        let m = ModuleBuilder::new("inverter");
        m.drive(m.output("y", uint(9), "inverted"), !m.input("x", uint(9), "in"));
        let case = Case::new(&Design::elaborate(&m.build()?)?, &Plan::random(10, 1))?;
        let printed = tools::icarus(&case.files(0)?, "inverter")?;
        Ok((case, printed))
    }

    #[test]
    fn a_single_wrong_bit_is_a_mismatch() -> Result<(), Box<dyn std::error::Error>> {
        let (mut case, printed) = inverter()?;
        case.compare("icarus", 0, &printed)?;
        case.expected[7][0] ^= 1 << 4;
        let error = case.compare("icarus", 0, &printed).err().map(|error| error.to_string());
        let expected = "icarus: `inverter.y_o` differs first in cycle 7, bit 4: Rust has";
        assert!(error.as_ref().is_some_and(|text| text.starts_with(expected)), "{error:?}");
        Ok(())
    }

    #[test]
    fn missing_values_are_no_agreement() -> Result<(), Box<dyn std::error::Error>> {
        let (case, printed) = inverter()?;
        let shorter: String = printed.lines().take(9).map(|line| format!("{line}\n")).collect();
        assert!(case.compare("icarus", 0, &shorter).is_err(), "a cycle is missing");
        let emptied = printed.replacen("@0 ", "@0 \n@0 ", 1);
        assert!(case.compare("icarus", 0, &emptied).is_err(), "a value is missing");
        Ok(())
    }

    #[test]
    fn differences_are_found_to_the_bit() {
        assert_eq!(difference(0x1f, "1f"), None);
        assert_eq!(difference(0x1f, "0f"), Some(4));
        assert_eq!(difference(0x1f, "xf"), Some(4));
        assert_eq!(difference(0, ""), Some(0));
    }
}
