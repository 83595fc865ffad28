//! Arguments of `bitladder power`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  bitladder power dut.vcd --depth 3\n  \
    bitladder power --netlist --model digits.blp --report power.md\n\n\
    `--netlist` needs Yosys, Icarus Verilog, OpenSTA and the cell library of Debian's package \
    qflow-tech-osu018.")]
pub(crate) struct PowerArgs {
    /// A trace (VCD) in which changes are counted
    #[arg(required_unless_present = "netlist", conflicts_with = "netlist")]
    pub(crate) trace: Option<PathBuf>,
    /// Levels of the hierarchy that are told apart
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub(crate) depth: usize,
    /// Map a lane, an array and signed-digit multipliers to gates and find their energy per product
    #[arg(long)]
    pub(crate) netlist: bool,
    /// Only the lane's formats with fixed weights
    #[arg(long, requires = "netlist")]
    pub(crate) quick: bool,
    /// A package, whose images' products are priced
    #[arg(long, value_name = "PACKAGE", requires = "netlist")]
    pub(crate) model: Option<PathBuf>,
    /// Write the lane's energies as a model for `pareto --energies` and `mix --energies`
    #[arg(long, value_name = "FILE", requires = "netlist", conflicts_with = "quick")]
    pub(crate) energies: Option<PathBuf>,
    /// Write the result as Markdown, and a plot (`.svg`) beside it
    #[arg(long, value_name = "FILE", requires = "netlist")]
    pub(crate) report: Option<PathBuf>,
}
