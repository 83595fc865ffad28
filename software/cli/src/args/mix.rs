//! Arguments of `bitladder mix`.

use bitladder_quantize::LayerFormat;
use clap::{ArgGroup, Args};

use super::study::SubjectArgs;
use super::{DATA, FORMATS};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("budget").required(true).args(["energy", "memory"])))]
#[command(after_help = format!("Layers are chosen on the validation part (a sixth of the training \
    part if there is none), the result\nis reported on the test part.\n\n{FORMATS}\n\n{DATA}\n\n\
    Examples:\n  \
    bitladder mix lenet.onnx --data data/mnist --images 1000 --memory 150\n  \
    bitladder mix lenet.onnx --data data/mnist --images 1000 --energy 8 --format 16,8,4,3,2"))]
pub(crate) struct MixArgs {
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
    /// Most microjoules per image
    #[arg(long, value_name = "UJ")]
    pub(crate) energy: Option<f64>,
    /// What energy is counted by: cmos45, envision, tile65, dram, osu018, or a file like those in
    /// software/study/models
    #[arg(long, value_name = "MODEL", default_value = "cmos45")]
    pub(crate) energies: String,
    /// Most KiB of weights
    #[arg(long, value_name = "KIB")]
    pub(crate) memory: Option<f64>,
    /// Formats a layer can have, the widest first
    #[arg(long, short, value_delimiter = ',', default_value = "16,8,4,2")]
    pub(crate) format: Vec<LayerFormat>,
}
