//! Arguments of `bitladder demo`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "The first run installs what it needs to build a bitstream (a Python \
    environment with the tools); later runs reuse it, and the bitstream.\n\nExamples:\n  \
    bitladder demo\n  bitladder demo --no-bitstream -o /tmp/demo\n  \
    bitladder demo --build ecp5-25 --board ulx3s-25f")]
pub(crate) struct DemoArgs {
    /// Folder for the report and the generated files
    #[arg(long, short, value_name = "FOLDER", default_value = "bitladder-demo")]
    pub(crate) out: PathBuf,
    /// The machine that is simulated, by name or by its file
    #[arg(long, short, default_value = "ecp5-25")]
    pub(crate) config: String,
    /// The machine that is built for a board, by name or by its file
    #[arg(long, value_name = "CONFIG", default_value = "hx8k-small")]
    pub(crate) build: String,
    /// The board, by name or by its file
    #[arg(long, short, default_value = "hx8k-breakout")]
    pub(crate) board: String,
    /// Build no bitstream: needs no other tools
    #[arg(long)]
    pub(crate) no_bitstream: bool,
    /// Simulate in this process only, even if Verilator is there
    #[arg(long)]
    pub(crate) no_verilator: bool,
}
