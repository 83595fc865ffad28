//! Arguments of the commands that study networks over precisions.

use std::path::PathBuf;

use bitladder_quantize::LayerFormat;
use clap::{Args, ValueEnum};

use super::{DATA, FORMATS, LayerChoice, NamedFormat, share};

/// The model and its images.
#[derive(Debug, Clone, Args)]
pub(crate) struct SubjectArgs {
    /// The ONNX model
    pub(crate) model: PathBuf,
    /// Labelled images, with separate parts for training and testing
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Use at most this many images of each part, evenly spread
    #[arg(long, value_name = "N", default_value = "10000")]
    pub(crate) images: std::num::NonZeroUsize,
    /// Subtracted from each channel of images scaled to 0..1
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) mean: Vec<f32>,
    /// Each channel is divided by this after the mean is taken away
    #[arg(long, value_delimiter = ',')]
    pub(crate) deviation: Vec<f32>,
    /// The result to use, if the model has several
    #[arg(long, value_name = "NAME")]
    pub(crate) output_name: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = format!("Ranges come from the training part, thresholds from the \
    validation part (a sixth of the training part\nif there is none), results from the test \
    part.\n\n{DATA}\n\nExamples:\n  \
    bitladder characterize lenet.onnx --data data/mnist -o lenet.blp\n  \
    bitladder characterize lenet.onnx --data data/mnist --width 8,4 --loss 0.002 --state study.json\n  \
    bitladder characterize float.onnx --data data/cifar --width 16,8,4 --trained 4=four/model.onnx"
))]
pub(crate) struct CharacterizeArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Where a package with the recommended widths and thresholds goes
    #[arg(long, short, value_name = "PACKAGE")]
    pub(crate) output: Option<PathBuf>,
    /// Widths, the widest first: FORMAT or NAME=FORMAT; 16, 8, 4, 2 and 1 bit by default
    #[arg(long, short, value_delimiter = ',')]
    pub(crate) width: Vec<NamedFormat>,
    /// Take this model for one width, as WIDTH=MODEL: the network after training at that width; may
    /// be repeated
    #[arg(long, value_name = "WIDTH=MODEL", value_parser = trained)]
    pub(crate) trained: Vec<(String, PathBuf)>,
    /// Share of images that may be lost against the float network
    #[arg(long, default_value_t = 0.01, value_parser = share)]
    pub(crate) loss: f64,
    /// Let the upper end of the loss's 95 % interval keep it, not the loss alone
    #[arg(long)]
    pub(crate) sure: bool,
    /// What thresholds are compared with: differences of logits, which any device has, or of
    /// probabilities, as they are or after temperature scaling
    #[arg(long, value_enum, default_value_t = ScoreArg::Logits)]
    pub(crate) score: ScoreArg,
    /// Bars of the histogram below this share join a neighbour
    #[arg(long, value_name = "SHARE", default_value_t = 0.01, value_parser = share)]
    pub(crate) least_bar: f64,
    /// Seed of the random rounding of weights
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Round weights to the nearest instead of at random
    #[arg(long, conflicts_with = "seed")]
    pub(crate) nearest: bool,
    /// Power per width, a file like software/study/models/envision.toml; Envision by default
    #[arg(long, value_name = "FILE")]
    pub(crate) power: Option<PathBuf>,
    /// Keep what is measured here, to go on after an interruption
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
}

/// `4=four.onnx`.
fn trained(text: &str) -> Result<(String, PathBuf), String> {
    let (width, model) = text.split_once('=').ok_or("give WIDTH=MODEL, such as 4=four.onnx")?;
    Ok((width.to_owned(), model.into()))
}

#[derive(Debug, Args)]
#[command(after_help = format!("Only images of the training part are used.\n\n\
    {FORMATS}\n\n{DATA}\n\nExample:\n  \
    bitladder pca lenet.onnx --data data/mnist --images 1000 --delta 2 --plot lenet.svg"))]
pub(crate) struct PcaArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Share of the variance that components must explain (T)
    #[arg(long, value_name = "SHARE", default_value_t = 0.99, value_parser = share)]
    pub(crate) variance: f64,
    /// Layers that add more components than this are significant
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) delta: usize,
    /// Format proposed for significant layers
    #[arg(long, value_name = "FORMAT", default_value = "4")]
    pub(crate) raised: LayerFormat,
    /// Format proposed for the first and the last layer
    #[arg(long, value_name = "FORMAT", default_value = "16")]
    pub(crate) ends: LayerFormat,
    /// Format proposed for all others
    #[arg(long, value_name = "FORMAT", default_value = "2")]
    pub(crate) base: LayerFormat,
    /// Draw components over layers as SVG
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = format!("Ranges come from the training part, accuracies from the test \
    part.\n\n\
    {FORMATS}\n\n{DATA}\n\nExamples:\n  \
    bitladder pareto lenet.onnx --data data/mnist --config ecp5-25 --plot front.svg\n  \
    bitladder pareto lenet.onnx --data data/mnist --format 8,4,hybrid=4 --layer hybrid:conv1=8\n  \
    bitladder pareto small.onnx --also large.onnx --data data/cifar --format 8,4 --energies tile65"))]
pub(crate) struct ParetoArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Formats to compare: FORMAT or NAME=FORMAT
    #[arg(
        long,
        short,
        value_delimiter = ',',
        default_value = "16,8,4,2,w8a4,w4a8,pow2,qsq,ternary,binary"
    )]
    pub(crate) format: Vec<NamedFormat>,
    /// Compare this network too, on the same images; may be repeated for more sizes
    #[arg(long, value_name = "MODEL")]
    pub(crate) also: Vec<PathBuf>,
    /// What energy is counted by: cmos45 (operations and accesses), envision (power per width),
    /// tile65 (cycles of a tile), dram (fetching weights), osu018 (products as measured on our own
    /// lane), or a file like those in software/study/models
    #[arg(long, value_name = "MODEL", default_value = "cmos45")]
    pub(crate) energies: String,
    /// Another format for one layer, in all of them, or in one (NAME:LAYER=FORMAT)
    #[arg(long, value_name = "LAYER=FORMAT")]
    pub(crate) layer: Vec<LayerChoice>,
    /// Count the cycles of this machine, by name or by its file
    #[arg(long, short)]
    pub(crate) config: Option<String>,
    /// Draw accuracy over a cost as SVG
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    /// Which cost is drawn
    #[arg(long, value_enum, default_value_t = CostArg::Energy)]
    pub(crate) cost: CostArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ScoreArg {
    Logits,
    Probability,
    Calibrated,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CostArg {
    Energy,
    Memory,
    Cycles,
}
