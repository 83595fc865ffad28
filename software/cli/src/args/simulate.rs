//! Arguments of `bitladder simulate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{DATA, OnMachineArgs, QualityChoice};

#[derive(Debug, Args)]
#[command(after_help = format!("{DATA}\n\nExamples:\n  \
    bitladder simulate digits.blp --config sim-4x4 --data models/data/digits8x8 --limit 8\n  \
    bitladder simulate digits.blp --config sim-4x4 --data models/data/digits8x8 \
    --backend verilator --limit 400 --batch 8 --layers\n  \
    bitladder simulate digits.blp -c sim-4x4 --data models/data/digits8x8 --limit 1 -p 8 \
    --vcd run.vcd"))]
pub(crate) struct SimulateArgs {
    #[command(flatten)]
    pub(crate) on: OnMachineArgs,
    /// Only the first N images
    #[arg(long, value_name = "N", default_value = "16")]
    pub(crate) limit: std::num::NonZeroUsize,
    /// Images that are run together
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) batch: std::num::NonZeroUsize,
    /// Only these precisions; all by default
    #[arg(long, short, value_delimiter = ',')]
    pub(crate) profile: Vec<String>,
    /// Use only so many signed digits of a layer's weights; 0 uses all
    #[arg(long, value_name = "LAYER=DIGITS")]
    pub(crate) quality: Vec<QualityChoice>,
    /// What runs the machine
    #[arg(long, short, value_enum, default_value_t = BackendArg::Rust)]
    pub(crate) backend: BackendArg,
    /// Run the first batch once more, layer by layer, and show what each waited for
    #[arg(long)]
    pub(crate) layers: bool,
    /// Write the waveforms of the whole run (RTL backends)
    #[arg(long, value_name = "FILE")]
    pub(crate) vcd: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendArg {
    /// The program word by word, without RTL
    Golden,
    /// The RTL in the Rust simulation
    Rust,
    /// The emitted Verilog, compiled by Verilator
    Verilator,
}

impl BackendArg {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Golden => "golden",
            Self::Rust => "rust",
            Self::Verilator => "verilator",
        }
    }
}
