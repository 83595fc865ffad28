//! Arguments of `bitladder quantize`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{DATA, LayerChoice, NamedFormat, PartArg, share};

pub(super) const FORMATS: &str = "\
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
