//! What can be wrong with a network.

use bitladder_spec::SpecError;
use thiserror::Error;

/// A network that cannot be built or run, with the layer it fails at.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum NetworkError {
    /// A layer refers to a value that does not exist yet.
    #[error("layer `{layer}` reads value {value}, but only {known} values exist before it")]
    UnknownValue {
        /// The reading layer.
        layer: String,
        /// The value's number.
        value: usize,
        /// How many values there are.
        known: usize,
    },
    /// A layer has the wrong number of inputs.
    #[error("layer `{layer}` takes {wanted} input(s), {found} given")]
    Arity {
        /// The layer.
        layer: String,
        /// Inputs it takes.
        wanted: usize,
        /// Inputs it was given.
        found: usize,
    },
    /// An input of a shape the layer cannot take.
    #[error("layer `{layer}`: input shape {found:?} does not suit, {wanted}")]
    InputShape {
        /// The layer.
        layer: String,
        /// The shape it was given.
        found: Vec<usize>,
        /// What it takes.
        wanted: String,
    },
    /// A parameter whose size contradicts the layer's shape.
    #[error("layer `{layer}`: {what} has {found} elements, the layer needs {wanted}")]
    ParameterSize {
        /// The layer.
        layer: String,
        /// The parameter.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The size needed.
        wanted: usize,
    },
    /// A stride, kernel, dilation or group count that makes no sense.
    #[error("layer `{layer}`: {what}")]
    Geometry {
        /// The layer.
        layer: String,
        /// What is wrong.
        what: String,
    },
    /// A shape beyond what can be addressed.
    #[error("layer `{layer}`: a tensor of shape {shape:?} is too large (limit {limit} elements)")]
    TooLarge {
        /// The layer.
        layer: String,
        /// The shape.
        shape: Vec<usize>,
        /// The most elements a tensor may have.
        limit: usize,
    },
    /// A number that is not finite.
    #[error("layer `{layer}`: {what} holds {value} at position {index}; only finite numbers work")]
    NotFinite {
        /// The layer.
        layer: String,
        /// The parameter.
        what: &'static str,
        /// The value.
        value: f32,
        /// Where it is.
        index: usize,
    },
    /// An accumulator would have to be wider than allowed.
    #[error(
        "layer `{layer}` needs an accumulator of {needed} bits, {limit} are allowed: use fewer \
         bits for its weights or inputs, or a configuration with wider accumulators"
    )]
    Accumulator {
        /// The layer.
        layer: String,
        /// Width that is proven to suffice.
        needed: u8,
        /// Width allowed.
        limit: u8,
    },
    /// A format that does not hold together.
    #[error("layer `{layer}`: {source}")]
    Spec {
        /// The layer.
        layer: String,
        /// What is wrong.
        source: SpecError,
    },
    /// A layer's declared format disagrees with what its operation produces.
    #[error("layer `{layer}`: its format is {declared}, but its operation yields {actual}")]
    Format {
        /// The layer.
        layer: String,
        /// The format in the layer.
        declared: String,
        /// The format the operation yields.
        actual: String,
    },
    /// A network without an output, or whose output does not exist.
    #[error("network `{network}`: output value {output} does not exist ({known} values)")]
    Output {
        /// The network.
        network: String,
        /// The output's number.
        output: usize,
        /// How many values there are.
        known: usize,
    },
}
