//! What can be wrong with a model file.

use std::io;
use std::path::PathBuf;

use bitladder_network::NetworkError;
use bitladder_onnx_proto::DecodeError;
use thiserror::Error;

use crate::NodeError;

/// Why a model could not be imported; names the file and, where there is one, the node.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("cannot read the model `{path}`: {source}", path = path.display())]
    Read {
        /// The file asked for.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The bytes are no protobuf message.
    #[error("`{file}` is no ONNX model, or its end is missing: {source}")]
    NotOnnx {
        /// The file.
        file: String,
        /// Where decoding failed.
        source: DecodeError,
    },
    /// A protobuf message without what every model has.
    #[error("`{file}` is no ONNX model: it has no {missing}")]
    Incomplete {
        /// The file.
        file: String,
        /// What every model has and this file does not.
        missing: &'static str,
    },
    /// Operators of a version this importer does not know.
    #[error(
        "`{file}` uses operator set {found}; {oldest} to {newest} are supported: convert it with \
         onnx.version_converter, or export it again"
    )]
    Opset {
        /// The file.
        file: String,
        /// The version it asks for.
        found: i64,
        /// The oldest version known.
        oldest: i64,
        /// The newest version known.
        newest: i64,
    },
    /// Two things define one value.
    #[error("`{file}` defines the value `{value}` twice: it is damaged")]
    DuplicateValue {
        /// The file.
        file: String,
        /// The name used twice.
        value: String,
    },
    /// An input whose shape is not fixed where it must be.
    #[error(
        "`{file}`: dimension {dim} of input `{input}` is {found}; only the batch, dimension 0, may \
         be open: export the model with fixed shapes"
    )]
    DynamicShape {
        /// The file.
        file: String,
        /// The input.
        input: String,
        /// Which dimension.
        dim: usize,
        /// What the file says about it.
        found: String,
    },
    /// An input whose type or number of dimensions does not suit.
    #[error("`{file}`: input `{input}` {what}")]
    Input {
        /// The file.
        file: String,
        /// The input.
        input: String,
        /// What is wrong and what would be right.
        what: String,
    },
    /// Several outputs and no choice among them.
    #[error("`{file}` has {count} outputs ({names}): choose one by name", count = outputs.len(), names = outputs.join(", "))]
    SeveralOutputs {
        /// The file.
        file: String,
        /// Their names.
        outputs: Vec<String>,
    },
    /// The output asked for does not exist.
    #[error("`{file}` has no output `{output}`, only: {names}", names = outputs.join(", "))]
    UnknownOutput {
        /// The file.
        file: String,
        /// The name asked for.
        output: String,
        /// The names there are.
        outputs: Vec<String>,
    },
    /// An output that no input reaches.
    #[error("`{file}`: output `{output}` is {what}")]
    Output {
        /// The file.
        file: String,
        /// The output.
        output: String,
        /// Why it is no result of a network.
        what: &'static str,
    },
    /// A node that cannot be imported.
    #[error("`{file}`, node {node}: {source}")]
    Node {
        /// The file.
        file: String,
        /// Name or number of the node, with its operator.
        node: String,
        /// What is wrong with it.
        source: Box<NodeError>,
    },
    /// A softmax in the middle.
    #[error(
        "`{file}`: layer `{reader}` reads a softmax; softmax is only supported as the last layer, \
         where the host computes it"
    )]
    SoftmaxNotLast {
        /// The file.
        file: String,
        /// The layer after the softmax.
        reader: String,
    },
    /// The finished network does not hold together.
    #[error("`{file}`: {source}")]
    Network {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: NetworkError,
    },
}
