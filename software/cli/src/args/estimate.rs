//! Arguments of `bitladder estimate` and `bitladder fit`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "Multiplier blocks and memories are exact; lookup tables and flip-flops come \
    from a model of synthesised machines (docs/results/estimates.md).\n\nExamples:\n  \
    bitladder estimate --config ecp5-25\n  \
    bitladder estimate -c my-machine.toml --model digits.blp --json"
)]
pub(crate) struct EstimateArgs {
    /// The machine, by name or by its file
    #[arg(long, short)]
    pub(crate) config: String,
    /// A package, to estimate its cycles and images per second
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) model: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bitladder fit --board ulx3s-25f --model digits.blp -o best.toml"
)]
pub(crate) struct FitArgs {
    /// The board, by name or by its file
    #[arg(long, short)]
    pub(crate) board: String,
    /// The network
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) model: PathBuf,
    /// Where the best configuration goes
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
