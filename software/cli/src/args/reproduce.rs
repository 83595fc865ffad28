//! Arguments of `bitladder reproduce`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "Each writes a page, a CSV and a drawing with the paper's values, ours and \
    the residual. Those that run a\nnetwork need one with its images; without, their pages say so.\
    \n\nExamples:\n  \
    bitladder reproduce --list\n  \
    bitladder reproduce 003-table-3 -o results\n  \
    bitladder reproduce --all --model models/lenet-mnist/model.onnx --data data/mnist -o results"
)]
pub(crate) struct ReproduceArgs {
    /// Tables and figures by name
    #[arg(required_unless_present_any = ["all", "list"], conflicts_with_all = ["all", "list"])]
    pub(crate) name: Vec<String>,
    /// All that need no training
    #[arg(long, conflicts_with = "list")]
    pub(crate) all: bool,
    /// Say what there is
    #[arg(long)]
    pub(crate) list: bool,
    /// The ONNX model to measure
    #[arg(long, value_name = "MODEL", requires = "data")]
    pub(crate) model: Option<PathBuf>,
    /// Its images, with parts for training and testing
    #[arg(long, value_name = "DATA", requires = "model")]
    pub(crate) data: Option<PathBuf>,
    /// Use at most this many images of each part, evenly spread
    #[arg(long, value_name = "N", default_value = "10000")]
    pub(crate) images: std::num::NonZeroUsize,
    /// Folder for the files; it is made if it is not there
    #[arg(long, short, value_name = "FOLDER", default_value = "reproduction")]
    pub(crate) output: PathBuf,
    /// Write nothing, and fail if the folder's files are not what would be written
    #[arg(long)]
    pub(crate) check: bool,
}
