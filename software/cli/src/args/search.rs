//! Arguments of `bitladder search`.

use std::path::PathBuf;

use bitladder_quantize::LayerFormat;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    bitladder search models/lenet-mnist/model.onnx\n  \
    bitladder search model.onnx --code qsq.f0.o2.eq9 --delta 150,200 --gamma 0,25,50 \
    --data data/mnist")]
pub(crate) struct SearchArgs {
    /// The ONNX model
    pub(crate) model: PathBuf,
    /// The code: vectors, largest factor and scalars, with the width of the inputs
    #[arg(long, short, value_name = "FORMAT", default_value = "qsq.c16.o4")]
    pub(crate) code: LayerFormat,
    /// Values of delta in percent of a deviation; 100 to 300 by default
    #[arg(long, value_delimiter = ',', value_name = "PERCENT",
          value_parser = clap::value_parser!(u16).range(100..=1000))]
    pub(crate) delta: Vec<u16>,
    /// Values of gamma in percent of a deviation; 0 to 100 by default
    #[arg(long, value_delimiter = ',', value_name = "PERCENT",
          value_parser = clap::value_parser!(u16).range(0..=100))]
    pub(crate) gamma: Vec<u16>,
    /// Take deviations about the mean of each side instead of about zero
    #[arg(long)]
    pub(crate) about_mean: bool,
    /// Also measure the accuracy of what was found, on the test part of these images
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Use at most this many images of each part, evenly spread
    #[arg(long, value_name = "N", default_value = "10000")]
    pub(crate) images: std::num::NonZeroUsize,
}
