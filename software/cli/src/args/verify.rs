//! Arguments of the commands that verify machines.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bitladder_rtl::mutate::FaultKind;
use clap::{Args, ValueEnum};

use super::{DATA, PartArg};

/// A package on a machine, and images for it.
#[derive(Debug, Args)]
pub(crate) struct OnMachineArgs {
    /// The package
    pub(crate) package: PathBuf,
    /// The machine, by name or by its file
    #[arg(long, short)]
    pub(crate) config: String,
    /// Images; with labels, accuracy is counted
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Which part of them
    #[arg(long, value_enum, default_value_t = PartArg::Test)]
    pub(crate) part: PartArg,
}

/// The same in one precision, and a batch of images.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) on: OnMachineArgs,
    /// Images that are run together, the first ones of the data
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) batch: NonZeroUsize,
    /// Which precision; the best by default
    #[arg(long, short)]
    pub(crate) profile: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = format!("{DATA}\n\nExample:\n  \
    bitladder trace digits.blp -c sim-4x4 --data models/data/digits8x8 -p 8 --out golden.vcd\n  \
    bitladder simulate digits.blp -c sim-4x4 --data models/data/digits8x8 -p 8 --limit 1 \
    --vcd run.vcd\n  \
    bitladder wavediff golden.vcd run.vcd --map golden.map.toml"))]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// How much is shown
    #[arg(long, short, value_enum, default_value_t = LevelArg::Transaction)]
    pub(crate) level: LevelArg,
    /// The trace; its signal map goes beside it
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LevelArg {
    /// Every row of sums and results
    Transaction,
    /// Ends of passes, results
    Tile,
    /// Every row, at the cycle model's times
    Cycle,
}

fn kind(text: &str) -> Result<FaultKind, String> {
    let first = |kind: &FaultKind| kind.name().split(' ').next() == Some(text);
    FaultKind::ALL.into_iter().find(first).ok_or_else(|| "no such kind of fault".to_owned())
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  bitladder mutate -c sim-4x4\n  \
    bitladder mutate -c sim-4x4 --module sequencer --module array --count 50 --seed 7")]
pub(crate) struct MutateArgs {
    /// The machine, by name or by its file
    #[arg(long, short)]
    pub(crate) config: String,
    /// Modules to break, by the beginning of their names; those of array, multiplier, decoder and
    /// sequencer by default
    #[arg(long, value_name = "NAME")]
    pub(crate) module: Vec<String>,
    /// Kinds of faults: operator, stuck, width, enable, sign, reset; all but the last by default
    #[arg(long, value_delimiter = ',', value_parser = kind,
          default_value = "operator,stuck,width,enable,sign")]
    pub(crate) kind: Vec<FaultKind>,
    /// Faults in the RTL
    #[arg(long, default_value = "200", value_name = "N")]
    pub(crate) count: NonZeroUsize,
    /// Which faults: the same seed gives the same ones
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Ask Yosys whether survivors change anything at all
    #[arg(long)]
    pub(crate) equal: bool,
    /// Seconds for each survivor, with --equal
    #[arg(long, default_value_t = 120, value_name = "SECONDS", requires = "equal")]
    pub(crate) equal_limit: u64,
    /// Write what is found as Markdown, as it is found
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Fail if a smaller share of the RTL's faults is seen
    #[arg(long, default_value_t = 0.0, value_parser = super::choices::share)]
    pub(crate) least: f64,
}

#[derive(Debug, Args)]
#[command(after_help = format!("{DATA}\n\nExample:\n  \
    bitladder testbench digits.blp -c sim-4x4 --data models/data/digits8x8 --limit 2 --out bench\n  \
    make -C bench icarus verilator cocotb\n  \
    bitladder testbench digits.blp -c ecp5-25 --data models/data/digits8x8 \
    --netlist ulx3s-25f -o netlist\n  \
    make -C netlist icarus"))]
pub(crate) struct TestbenchArgs {
    #[command(flatten)]
    pub(crate) on: OnMachineArgs,
    /// Images to run, in each precision
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) limit: NonZeroUsize,
    /// Only these precisions; all by default
    #[arg(long, short, value_delimiter = ',')]
    pub(crate) profile: Vec<String>,
    /// The bus in front of the machine
    #[arg(long, value_enum, default_value_t = BusArg::AxiLite)]
    pub(crate) bus: BusArg,
    /// Bench the netlist for this board's device instead of the RTL, with the models of its cells
    #[arg(long, value_name = "BOARD", conflicts_with = "bus")]
    pub(crate) netlist: Option<String>,
    /// Folders with tools, looked into before PATH
    #[arg(long, value_name = "FOLDER")]
    pub(crate) tools: Vec<PathBuf>,
    /// Folder for Verilog, vectors and benches; it is made if it is not there
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BusArg {
    /// AXI4-Lite
    AxiLite,
    /// Wishbone B4, classic
    Wishbone,
}
