//! The command line.

mod build;
mod choices;
mod demo;
mod estimate;
mod mix;
mod network;
mod power;
mod quantize;
mod reproduce;
mod run;
mod search;
mod serve;
mod simulate;
mod study;
mod verify;

use std::path::PathBuf;

use bitladder_data::Part;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use build::{BuildArgs, DoctorArgs};
use choices::share;
pub(crate) use choices::{LayerChoice, NamedFormat, QualityChoice};
pub(crate) use demo::DemoArgs;
pub(crate) use estimate::{EstimateArgs, FitArgs};
pub(crate) use mix::MixArgs;
pub(crate) use network::{CompileArgs, DumpArgs, EvalArgs};
pub(crate) use power::PowerArgs;
use quantize::FORMATS;
pub(crate) use quantize::{NumberArgs, QuantizeArgs, RadixArg, RoundingArg};
pub(crate) use reproduce::ReproduceArgs;
pub(crate) use run::DeviceRunArgs;
pub(crate) use search::SearchArgs;
pub(crate) use serve::{PolicyArg, ServeArgs};
pub(crate) use simulate::{BackendArg, SimulateArgs};
pub(crate) use study::{CharacterizeArgs, CostArg, ParetoArgs, PcaArgs, ScoreArg, SubjectArgs};
pub(crate) use verify::{
    BusArg, LevelArg, MutateArgs, OnMachineArgs, RunArgs, TestbenchArgs, TraceArgs,
};

const DATA: &str = "\
Data sets are found by what they hold: a folder with IDX files (MNIST, Fashion-MNIST, the shipped \
digits), with CIFAR-10 or CIFAR-100 binaries, or with PNG images in a folder per class; or a \
`.npy` file.";

/// Neural-network accelerators whose precision changes while they run.
#[derive(Debug, Parser)]
#[command(name = "bitladder", version = env!("BITLADDER_VERSION"), max_term_width = 100)]
#[command(propagate_version = true)]
#[command(after_help = "Exit codes: 0 done, 1 the command failed, 2 the command line was wrong \
    (wavediff: 0 equal, 1 different, 2 not comparable).\n\
    Begin with `bitladder demo`.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No progress bars and no notes, only the result
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Threads; as many as the machine has by default
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what is in a model or a package
    Inspect(InspectArgs),
    /// Turn a model into a package of one or several precisions
    Quantize(QuantizeArgs),
    /// Measure a package's accuracy on labelled images
    Eval(EvalArgs),
    /// Write every intermediate tensor of some images as `.npy` files
    Dump(DumpArgs),
    /// Turn a package into the contents of a machine's memories, and say how fast it will be
    Compile(CompileArgs),
    /// Run a package on a simulated machine and compare every result with the golden model
    Simulate(SimulateArgs),
    /// Classify images on a device: a board, or a simulation
    Run(DeviceRunArgs),
    /// Build a machine for a board: Verilog, constraints, bitstream, reports
    Build(BuildArgs),
    /// Say what a machine will take and how fast it will be, without synthesis
    Estimate(EstimateArgs),
    /// Find the best machine for a network on a board, and say why others do not fit
    Fit(FitArgs),
    /// Say which of the open FPGA tools are there, and get those that are missing
    Doctor(DoctorArgs),
    /// Write the waveforms that a machine's signals should show, and a map for `wavediff`
    Trace(TraceArgs),
    /// Write a machine's Verilog with vectors and benches for Icarus Verilog, Verilator and cocotb
    Testbench(TestbenchArgs),
    /// Break a machine in many ways, one at a time, and count how many its test suite sees
    Mutate(MutateArgs),
    /// Count what changes in a trace, or find the energy per product of lanes as gates
    Power(PowerArgs),
    /// Compare waveforms of a design with golden ones (see `bitladder wavediff --help`)
    #[command(disable_help_flag = true)]
    Wavediff {
        /// Two traces and how to compare them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<std::ffi::OsString>,
    },
    /// Find out which widths a network needs, image by image, and whether a ladder pays
    Characterize(CharacterizeArgs),
    /// Find the layers that add dimensions to the data, and propose a hybrid of precisions
    Pca(PcaArgs),
    /// Compare formats by accuracy, energy, memory and cycles, and mark those not worth having
    Pareto(ParetoArgs),
    /// Choose a width per layer under a budget of energy or memory
    Mix(MixArgs),
    /// Find the thresholds of the quality-scalable code for each layer, by trying all of a grid
    Search(SearchArgs),
    /// Regenerate the papers' tables and figures beside the printed values
    Reproduce(ReproduceArgs),
    /// The shipped digits on a simulated machine and up to a bitstream, with a report
    Demo(DemoArgs),
    /// Answer requests over HTTP and gRPC in the Open Inference Protocol
    Serve(ServeArgs),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  bitladder completions bash > \
        ~/.local/share/bash-completion/completions/bitladder")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write manual pages, one per command
    #[command(after_help = "Example:\n  bitladder man ~/.local/share/man/man1")]
    Man {
        /// The folder; it is made if it is not there
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bitladder inspect model.onnx\n  bitladder inspect net.blp --json"
)]
pub(crate) struct InspectArgs {
    /// An ONNX model or a package
    pub(crate) file: PathBuf,
    /// The result to look at, if the model has several
    #[arg(long, value_name = "NAME")]
    pub(crate) output_name: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PartArg {
    Train,
    Validation,
    Test,
}

impl From<PartArg> for Part {
    fn from(part: PartArg) -> Self {
        match part {
            PartArg::Train => Self::Train,
            PartArg::Validation => Self::Validation,
            PartArg::Test => Self::Test,
        }
    }
}
