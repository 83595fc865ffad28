//! The manifest: everything but the numbers of weights and biases, as JSON.

use bitladder_network::Window;
use bitladder_spec::{OutputStage, TensorFormat, WeightFormat};
use serde::{Deserialize, Serialize};

use crate::{Preprocess, Source, Step};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) generator: String,
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) preprocess: Preprocess,
    pub(crate) classes: Vec<String>,
    pub(crate) softmax: bool,
    pub(crate) profiles: Vec<ProfileEntry>,
    pub(crate) ladder: Vec<Step>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileEntry {
    pub(crate) name: String,
    pub(crate) accumulator_bits: u8,
    pub(crate) inputs: Vec<InputEntry>,
    pub(crate) layers: Vec<LayerEntry>,
    pub(crate) output: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputEntry {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) format: TensorFormat,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LayerEntry {
    pub(crate) name: String,
    pub(crate) op: OpEntry,
    pub(crate) inputs: Vec<usize>,
    pub(crate) shape: Vec<usize>,
    pub(crate) format: TensorFormat,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub(crate) enum OpEntry {
    Conv { window: Window, groups: usize, linear: LinearEntry },
    Dense { linear: LinearEntry },
    MaxPool { window: Window },
    AveragePool { window: Window, count_padding: bool, stage: OutputStage },
    Add { multipliers: [u32; 2], stage: OutputStage },
    Rescale { stage: OutputStage },
    Reshape {},
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinearEntry {
    pub(crate) weights: WeightFormat,
    /// Signed digits used of each weight; left out for all of them.
    #[serde(default, skip_serializing_if = "is_all")]
    pub(crate) quality: u8,
    pub(crate) shape: [usize; 4],
    pub(crate) codes: Blob,
    pub(crate) scalars: Blob,
    pub(crate) bias: Blob,
    pub(crate) stage: OutputStage,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_all(digits: &u8) -> bool {
    *digits == 0
}

/// Packed numbers in the data section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Blob {
    /// First byte.
    pub(crate) offset: usize,
    /// Number of codes.
    pub(crate) count: usize,
    /// Width of a code, 1 to 64.
    pub(crate) bits: u8,
}
