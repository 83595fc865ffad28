//! What can go wrong on the way.

use std::path::PathBuf;

use bitladder_golden::GoldenError;
use bitladder_network::NetworkError;
use bitladder_onnx::ImportError;
use bitladder_quantize::QuantizeError;
use thiserror::Error;

/// A step of the flow that cannot be done.
#[derive(Debug, Error)]
pub enum FlowError {
    /// The model cannot be imported.
    #[error(transparent)]
    Import(#[from] Box<ImportError>),
    /// The model file vanished or cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The network does not hold together.
    #[error("{file}: {source}")]
    Network {
        /// The model file.
        file: String,
        /// What is wrong.
        source: Box<NetworkError>,
    },
    /// The golden model refuses network or data.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// The network cannot be quantised as asked.
    #[error(transparent)]
    Quantize(#[from] Box<QuantizeError>),
    /// Images of another shape than the network takes.
    #[error(
        "the images of {data} are {found:?} (channels, rows, columns), but network `{network}` \
         takes {wanted:?}: choose data or a network of the same shape"
    )]
    ImageShape {
        /// Where the images come from.
        data: String,
        /// Their shape.
        found: Vec<usize>,
        /// The network.
        network: String,
        /// The shape it takes.
        wanted: Vec<usize>,
    },
    /// A network this flow cannot feed.
    #[error(
        "network `{network}` has {found} inputs; only networks with one image input can be run on a data set"
    )]
    Inputs {
        /// The network.
        network: String,
        /// Its number of inputs.
        found: usize,
    },
    /// Accuracy needs labels.
    #[error("{data} has no labels, so there is no accuracy to measure; {hint}")]
    NoLabels {
        /// Where the images come from.
        data: String,
        /// What to do.
        hint: &'static str,
    },
    /// A list of means or deviations of the wrong length.
    #[error(
        "{what}: {found} values given, but the images have {channels} channel(s); give one value or one per channel"
    )]
    Channels {
        /// `mean` or `deviation`.
        what: &'static str,
        /// Values given.
        found: usize,
        /// Channels of the images.
        channels: usize,
    },
    /// Nothing to work on.
    #[error("{data}: there are no images")]
    Empty {
        /// Where the images should come from.
        data: String,
    },
}

impl From<QuantizeError> for FlowError {
    fn from(error: QuantizeError) -> Self {
        Self::Quantize(Box::new(error))
    }
}

impl From<ImportError> for FlowError {
    fn from(error: ImportError) -> Self {
        Self::Import(Box::new(error))
    }
}
