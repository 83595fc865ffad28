//! What can be wrong with a run.

use bitladder_network::NetworkError;
use thiserror::Error;

/// A run that cannot begin: the engines themselves cannot fail on a valid network.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GoldenError {
    /// Data that does not fill its shape.
    #[error("{images} image(s) of shape {shape:?} need {wanted} numbers, {found} given")]
    Size {
        /// Images in the batch.
        images: usize,
        /// Shape of one.
        shape: Vec<usize>,
        /// Numbers needed.
        wanted: usize,
        /// Numbers given.
        found: usize,
    },
    /// Wrong number of inputs.
    #[error("the network `{network}` has {wanted} input(s), {found} given")]
    Inputs {
        /// The network.
        network: String,
        /// Inputs it has.
        wanted: usize,
        /// Inputs given.
        found: usize,
    },
    /// An input of another shape than the network's.
    #[error("input `{input}` of the network is shaped {wanted:?}, the data {found:?}")]
    Shape {
        /// The input's name.
        input: String,
        /// Its shape.
        wanted: Vec<usize>,
        /// The data's shape.
        found: Vec<usize>,
    },
    /// Inputs with different numbers of images.
    #[error("input `{input}` has {found} images, the first input {wanted}")]
    Images {
        /// The input's name.
        input: String,
        /// Images of the first input.
        wanted: usize,
        /// Images of this one.
        found: usize,
    },
    /// An integer that its format cannot hold.
    #[error("input `{input}` holds {value} at position {index}, outside its format {format}")]
    Range {
        /// The input's name.
        input: String,
        /// The value.
        value: i32,
        /// Where it is.
        index: usize,
        /// The format.
        format: String,
    },
    /// Kernels for instructions the machine lacks.
    #[error("this machine cannot run the kernels `{kernel}`: take those the engine chooses itself")]
    Kernel {
        /// Name of the kernels.
        kernel: &'static str,
    },
    /// A network that does not hold together.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
