//! Arguments of the commands that look into a package: `eval`, `dump` and `compile`.

use std::path::PathBuf;

use clap::Args;

use super::{DATA, PartArg, QualityChoice};

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
