//! The command line.

mod build;
mod choices;
mod demo;
mod estimate;
mod mix;
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
pub(crate) use reproduce::ReproduceArgs;
pub(crate) use run::DeviceRunArgs;
pub(crate) use search::SearchArgs;
pub(crate) use serve::{PolicyArg, ServeArgs};
pub(crate) use simulate::{BackendArg, SimulateArgs};
pub(crate) use study::{CharacterizeArgs, CostArg, ParetoArgs, PcaArgs, ScoreArg, SubjectArgs};
pub(crate) use verify::{BusArg, LevelArg, MutateArgs, RunArgs, TestbenchArgs, TraceArgs};

const FORMATS: &str = "\
Formats:
  16, 8, 4, 2       fixed point for weights and inputs
  w4a8              weights of 4 bits, inputs of 8
  pow2, pow2a8      power-of-two weights (6 bits), inputs of 16 or 8 bits
  qsq, qsqa16       3-bit code with a scalar per vector, inputs of 8 or 16 bits
  qsq.c16.o4        the same with vectors of 16 (0: all) along channels (f: filters), factors up
                    to 4 (or 2, 1); then .d150g30 for thresholds at 1.5 and 0.3 deviations, .eq9
                    for scalars by the mean
  levels2           1 to 8 bits evenly spread, without a zero
  ternary, binary   -1, 0, +1 or -1, +1 with a scalar per filter";

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

#[derive(Debug, Args)]
#[command(after_help = format!("{FORMATS}\n\n{DATA}\n\nExamples:\n  \
    bitladder quantize model.onnx --format 16,8,4 --calib data/mnist -o lenet.blp\n  \
    bitladder quantize model.onnx --format 8 --layer conv1=16 --layer fc2=pow2 --calib photos/ \
    -o mixed.blp\n  \
    bitladder quantize model.onnx --format 16,small=4 --layer small:conv1=8 --calib data.npy \
    -o two.blp"))]
pub(crate) struct QuantizeArgs {
    /// The ONNX model, float or quantised
    pub(crate) model: PathBuf,
    /// Where the package goes
    #[arg(long, short, value_name = "PACKAGE")]
    pub(crate) output: PathBuf,
    /// Precisions, best first: FORMAT or NAME=FORMAT
    #[arg(long, short, value_delimiter = ',', default_value = "16,8,4")]
    pub(crate) format: Vec<NamedFormat>,
    /// Another format for one layer, in all precisions, or in one (PRECISION:LAYER=FORMAT)
    #[arg(long, value_name = "LAYER=FORMAT")]
    pub(crate) layer: Vec<LayerChoice>,
    /// Images that show the network's ranges; labels are not needed
    #[arg(long, value_name = "DATA")]
    pub(crate) calib: Option<PathBuf>,
    /// Which part of the calibration data
    #[arg(long, value_enum, default_value_t = PartArg::Train)]
    pub(crate) calib_part: PartArg,
    /// Use at most this many images, evenly spread
    #[arg(long, value_name = "N", default_value = "512")]
    pub(crate) calib_images: std::num::NonZeroUsize,
    /// Subtracted from each channel of images scaled to 0..1
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) mean: Vec<f32>,
    /// Each channel is divided by this after the mean is taken away
    #[arg(long, value_delimiter = ',')]
    pub(crate) deviation: Vec<f32>,
    /// Share of images on which climbing must lead to the better precision's decision
    #[arg(long, default_value_t = 0.999, value_parser = share)]
    pub(crate) agreement: f64,
    #[command(flatten)]
    pub(crate) numbers: NumberArgs,
    /// The result to use, if the model has several
    #[arg(long, value_name = "NAME")]
    pub(crate) output_name: Option<String>,
}

/// Choices that concern all layers.
#[derive(Debug, Args)]
pub(crate) struct NumberArgs {
    /// Rounding of results
    #[arg(long, value_enum, default_value_t = RoundingArg::HalfUp)]
    pub(crate) rounding: RoundingArg,
    /// How radix points are placed
    #[arg(long, value_enum, default_value_t = RadixArg::LeastError)]
    pub(crate) radix: RadixArg,
    /// Give a sign bit to values that are never negative too
    #[arg(long)]
    pub(crate) signed: bool,
    /// Round weights up or down at random, repeatably
    #[arg(long, value_name = "SEED")]
    pub(crate) stochastic: Option<u64>,
    /// Widest accumulator of the hardware
    #[arg(long, value_name = "BITS", default_value_t = 48,
          value_parser = clap::value_parser!(u8).range(8..=48))]
    pub(crate) accumulator_bits: u8,
    /// Widest multiplier when results change their scale
    #[arg(long, value_name = "BITS", default_value_t = 16,
          value_parser = clap::value_parser!(u8).range(1..=31))]
    pub(crate) multiplier_bits: u8,
}

#[derive(Debug, Args)]
#[command(after_help = format!("{DATA}\n\nExamples:\n  \
    bitladder eval lenet.blp --data data/mnist\n  \
    bitladder eval lenet.blp --data data/mnist --profile 4 --limit 1000 --json\n  \
    bitladder eval lenet.blp --data data/mnist --model model.onnx --ladder"))]
pub(crate) struct EvalArgs {
    /// The package
    pub(crate) package: PathBuf,
    /// Labelled images
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Which part of them
    #[arg(long, value_enum, default_value_t = PartArg::Test)]
    pub(crate) part: PartArg,
    /// Only this precision; all by default
    #[arg(long, short)]
    pub(crate) profile: Option<String>,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<std::num::NonZeroUsize>,
    /// Use only so many signed digits of a layer's weights; 0 uses all
    #[arg(long, value_name = "LAYER=DIGITS")]
    pub(crate) quality: Vec<QualityChoice>,
    /// The float model, to compare with
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// Also climb from precision to precision as the package's margins say
    #[arg(long)]
    pub(crate) ladder: bool,
}

#[derive(Debug, Args)]
#[command(after_help = format!("{DATA}\n\nExample:\n  \
    bitladder dump lenet.blp --data data/mnist --first 7 --count 2 --profile 8 -o tensors/"))]
pub(crate) struct DumpArgs {
    /// The package
    pub(crate) package: PathBuf,
    /// Images
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Which part of them
    #[arg(long, value_enum, default_value_t = PartArg::Test)]
    pub(crate) part: PartArg,
    /// Number of the first image
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) first: usize,
    /// How many images
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) count: std::num::NonZeroUsize,
    /// Which precision; the best by default
    #[arg(long, short)]
    pub(crate) profile: Option<String>,
    /// Folder for the files; it is made if it is not there
    #[arg(long, short)]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = format!(
    "Machines: {}, or a file like those in gen/configs.\n\nExamples:\n  \
    bitladder compile digits.blp --config up5k-tiny --profile 8,4\n  \
    bitladder compile lenet.blp --config my-machine.toml --batch 16 -o images/",
    crate::commands::machines::names()
))]
pub(crate) struct CompileArgs {
    /// The package
    pub(crate) package: PathBuf,
    /// The machine, by name or by its file
    #[arg(long, short)]
    pub(crate) config: String,
    /// Only these precisions; all by default
    #[arg(long, short, value_delimiter = ',')]
    pub(crate) profile: Vec<String>,
    /// Images that are run together
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) batch: std::num::NonZeroUsize,
    /// Use only so many signed digits of a layer's weights; 0 uses all
    #[arg(long, value_name = "LAYER=DIGITS")]
    pub(crate) quality: Vec<QualityChoice>,
    /// Folder for the memories' contents; it is made if it is not there
    #[arg(long, short)]
    pub(crate) output: Option<PathBuf>,
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

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoundingArg {
    HalfUp,
    HalfEven,
    HalfAway,
    TowardZero,
    Floor,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RadixArg {
    /// The squared error is least; a few large values may saturate
    LeastError,
    /// The largest value just fits
    Maximum,
}
