//! What can go wrong between floats and integers.

use bitladder_network::NetworkError;
use bitladder_spec::SpecError;
use thiserror::Error;

/// A network that cannot be quantised as asked.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum QuantizeError {
    /// A format name that means nothing.
    #[error("`{text}` is not a format: {problem}. Formats are {}", crate::plan::SYNTAX)]
    Syntax {
        /// The text given.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A per-layer format for a layer that does not exist or has no weights.
    #[error("no layer with weights is called `{layer}`; the network has {known}")]
    UnknownLayer {
        /// The name given.
        layer: String,
        /// The names there are.
        known: String,
    },
    /// A value whose range nobody knows.
    #[error(
        "value `{value}` has no format: the model declares none and no calibration data was seen; \
         give calibration data (--calib)"
    )]
    NoFormat {
        /// The value's name.
        value: String,
    },
    /// Calibration saw a number that is not finite.
    #[error(
        "value `{value}` became {found} on the calibration data: the float model itself overflows"
    )]
    NotFinite {
        /// The value's name.
        value: String,
        /// The number.
        found: f32,
    },
    /// A layer that must run somewhere else.
    #[error("layer `{layer}`: {what}")]
    Unsupported {
        /// The layer.
        layer: String,
        /// Why it cannot be lowered, and what to do.
        what: String,
    },
    /// Formats that no requantisation can connect.
    #[error("layer `{layer}`: {source}")]
    Spec {
        /// The layer.
        layer: String,
        /// What the numeric contract says.
        source: SpecError,
    },
    /// The result does not hold together, or needs a wider accumulator.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Puts the layer's name on an error of the numeric contract.
pub(crate) trait InLayer<T> {
    fn in_layer(self, layer: &str) -> Result<T, QuantizeError>;
}

impl<T> InLayer<T> for Result<T, SpecError> {
    fn in_layer(self, layer: &str) -> Result<T, QuantizeError> {
        self.map_err(|source| QuantizeError::Spec { layer: layer.into(), source })
    }
}
