//! What can go wrong in a run.

use bitladder_flow::FlowError;
use bitladder_network::NetworkError;

use crate::checkpoint::CheckpointError;
use crate::data::DataError;
use crate::quantised::QuantiseError;
use crate::run::UnsupportedError;
use crate::settings::SettingsError;

/// Why training could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting makes no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The data does not suit.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The network cannot be trained.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedError),
    /// The network does not hold together.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The network cannot have the formats asked for.
    #[error(transparent)]
    Quantise(#[from] QuantiseError),
    /// The checkpoint cannot be written, read or used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The numbers have grown until no format holds them.
    #[error(
        "after epoch {epoch} the network can no longer be quantised; its numbers have run away: \
         lower `rate` ({source})"
    )]
    RanAway {
        /// The epoch, from 1.
        epoch: usize,
        /// What could not be done.
        source: Box<QuantiseError>,
    },
    /// The loss is no longer a number.
    #[error("the loss became infinite in epoch {epoch}: lower `rate`")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
    },
}

impl From<FlowError> for TrainError {
    fn from(error: FlowError) -> Self {
        QuantiseError::from(error).into()
    }
}
