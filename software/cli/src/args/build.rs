//! Arguments of `bitladder build` and `bitladder doctor`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "Boards are files in fpga/ or like those; machines are named ones or files \
    like those in gen/configs.\n\nExamples:\n  \
    bitladder build --config hx8k-small --board hx8k-breakout --emit-only\n  \
    bitladder build -c ecp5-25 -b ulx3s-25f --model digits.blp -o out/\n  \
    bitladder build -c sim-4x4 --host wishbone --emit-only -o ip/"
)]
pub(crate) struct BuildArgs {
    /// The machine, by name or by its file
    #[arg(long, short)]
    pub(crate) config: String,
    /// The board, by name or by its file; only links for systems on a chip go without
    #[arg(long, short)]
    pub(crate) board: Option<String>,
    /// Folder for all files; `build/MACHINE-BOARD` if not given
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// What reaches the machine from outside; what its configuration says by default
    #[arg(long, value_enum)]
    pub(crate) host: Option<HostArg>,
    /// Write Verilog, constraints, scripts and Makefile, but run no tools
    #[arg(long)]
    pub(crate) emit_only: bool,
    /// Frequency that place and route aims for; the machine's fastest level by default. What the
    /// board's PLL makes stays what has to be reached
    #[arg(long)]
    pub(crate) mhz: Option<f64>,
    /// Seeds to place with; the best is packed
    #[arg(long, value_delimiter = ',', default_value = "1")]
    pub(crate) seeds: Vec<u32>,
    /// Do not count resources by module: saves a synthesis
    #[arg(long)]
    pub(crate) no_modules: bool,
    /// A package, to report its images and energy per second on the machine
    #[arg(long, value_name = "PACKAGE")]
    pub(crate) model: Option<PathBuf>,
    /// Folders with tools, looked into before PATH
    #[arg(long, value_name = "FOLDER")]
    pub(crate) tools: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HostArg {
    /// Three pins around the register bus: only for measuring
    Pins,
    /// Packets over a serial line
    Uart,
    /// An AXI4-Lite slave
    AxiLite,
    /// A Wishbone slave
    Wishbone,
    /// A slave on pipelined Wishbone
    WishbonePipelined,
    /// Packets in rings of memory behind AXI4-Lite
    Mailbox,
}

impl From<HostArg> for bitladder_emit::Host {
    fn from(host: HostArg) -> Self {
        match host {
            HostArg::Pins => Self::Pins,
            HostArg::Uart => Self::Uart,
            HostArg::AxiLite => Self::AxiLite,
            HostArg::Wishbone => Self::Wishbone,
            HostArg::WishbonePipelined => Self::WishbonePipelined,
            HostArg::Mailbox => Self::Mailbox,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  bitladder doctor\n  bitladder doctor --install")]
pub(crate) struct DoctorArgs {
    /// Get the pinned WebAssembly builds first (needs Python and PyPI)
    #[arg(long)]
    pub(crate) install: bool,
    /// Folders with tools, looked into before PATH
    #[arg(long, value_name = "FOLDER")]
    pub(crate) tools: Vec<PathBuf>,
}
