//! What can be wrong with a node of a graph.

use bitladder_network::NetworkError;
use bitladder_onnx_proto::AttributeError;
use bitladder_spec::SpecError;
use thiserror::Error;

use crate::tensor::TensorError;

/// Why a node could not be imported.
#[derive(Debug, Error)]
pub enum NodeError {
    /// An operator that is not supported.
    #[error(
        "operator `{op}` of domain `{domain}` is not supported; docs/importing.md lists those that \
         are ({known})"
    )]
    UnknownOperator {
        /// The operator.
        op: String,
        /// Its domain, `ai.onnx` for the standard one.
        domain: String,
        /// The supported operators of that domain, or the domains.
        known: String,
    },
    /// An attribute the operator does not have, or whose meaning is unknown here.
    #[error("attribute `{attribute}` is not known; this operator takes: {known}")]
    UnknownAttribute {
        /// The attribute.
        attribute: String,
        /// Those the operator has.
        known: String,
    },
    /// An attribute with a value that is not supported.
    #[error("attribute `{attribute}` is {found}, but {allowed}")]
    AttributeValue {
        /// The attribute.
        attribute: &'static str,
        /// Its value.
        found: String,
        /// What would work.
        allowed: String,
    },
    /// An attribute that must be there.
    #[error("attribute `{attribute}` is missing")]
    NoAttribute {
        /// The attribute.
        attribute: &'static str,
    },
    /// An attribute of the wrong kind.
    #[error(transparent)]
    Attribute(#[from] AttributeError),
    /// An input left out that must be there.
    #[error("input {index} is missing")]
    NoInput {
        /// Position among the node's inputs.
        index: usize,
    },
    /// More inputs than the operator has.
    #[error("{found} inputs given, the operator takes at most {most}")]
    TooManyInputs {
        /// How many there are.
        found: usize,
        /// How many the operator takes.
        most: usize,
    },
    /// No first output.
    #[error("the node has no output")]
    NoOutput,
    /// A value that nothing defines.
    #[error("it reads `{value}`, which nothing defines: the file is damaged")]
    UnknownValue {
        /// The value.
        value: String,
    },
    /// A value that is made after it is read.
    #[error(
        "it reads `{value}`, which only node {producer} after it makes: the graph is not in order \
         or has a cycle"
    )]
    Unordered {
        /// The value.
        value: String,
        /// The node that makes it.
        producer: String,
    },
    /// An output beyond the first, such as a dropout mask.
    #[error(
        "it reads `{value}`, an extra output that is not supported (a mask, indices, statistics)"
    )]
    ExtraOutput {
        /// The value.
        value: String,
    },
    /// An input that must be known when importing.
    #[error(
        "input {index} (`{value}`) must be constant: an initializer, or computed from initializers \
         alone"
    )]
    NotConstant {
        /// Position among the node's inputs.
        index: usize,
        /// The value.
        value: String,
    },
    /// An input that must come from the network's inputs.
    #[error("input {index} (`{value}`) is constant, but {wanted}")]
    Constant {
        /// Position among the node's inputs.
        index: usize,
        /// The value.
        value: String,
        /// What the operator supports.
        wanted: &'static str,
    },
    /// Integers where real numbers are needed, or the reverse.
    #[error("input {index} (`{value}`) holds {found}, but {wanted}")]
    Kind {
        /// Position among the node's inputs.
        index: usize,
        /// The value.
        value: String,
        /// What it holds.
        found: &'static str,
        /// What would work.
        wanted: &'static str,
    },
    /// A padding that nothing could take up.
    #[error(
        "input {index} (`{value}`) was padded by a Pad node, which is only supported right before \
         a convolution or pool that can take the padding up"
    )]
    LoosePadding {
        /// Position among the node's inputs.
        index: usize,
        /// The value.
        value: String,
    },
    /// A shape the operator does not support.
    #[error("shape {found:?} of input {index} (`{value}`) does not suit: {wanted}")]
    Shape {
        /// Position among the node's inputs.
        index: usize,
        /// The value.
        value: String,
        /// Its shape, batch included.
        found: Vec<usize>,
        /// What would work.
        wanted: String,
    },
    /// Something the operator can do in ONNX but not here.
    #[error("{what} is not supported: {instead}")]
    Unsupported {
        /// What the node asks for.
        what: &'static str,
        /// Why not, or what to do.
        instead: &'static str,
    },
    /// A number that is not finite.
    #[error("tensor `{tensor}` holds {value} at position {index}; only finite numbers work")]
    NotFinite {
        /// The tensor.
        tensor: String,
        /// The value.
        value: f32,
        /// Its position.
        index: usize,
    },
    /// Two quantisations of one value that contradict each other.
    #[error("the value is quantised as {known}, but this node reads it as {found}")]
    Format {
        /// The format it has.
        known: String,
        /// The format the node asks for.
        found: String,
    },
    /// More constants than an importer should ever hold.
    #[error(
        "the constants of the model would take more than {limit} elements, out of proportion to \
         its size: it is too large, or damaged"
    )]
    TooLarge {
        /// The most elements of all constants together.
        limit: usize,
    },
    /// A constant that cannot be read.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// A scale or zero point that makes no format.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A layer that the network refuses.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
