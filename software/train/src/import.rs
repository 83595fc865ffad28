//! Reading weights back from a model file, to measure them or to train on.

use bitladder_onnx_proto::{ModelProto, TensorError};

use crate::network::Network;

/// Why a model file does not fit a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// The file holds another network.
    #[error("the file holds the network `{found}`, expected `{expected}`: choose the right file")]
    OtherNetwork {
        /// Name in the file.
        found: String,
        /// Name of the network.
        expected: &'static str,
    },
    /// A weight is not in the file.
    #[error("the file has no tensor `{tensor}`: only models written by this trainer can be read")]
    Missing {
        /// Name of the tensor.
        tensor: String,
    },
    /// A weight has another shape than in the network.
    #[error(
        "tensor `{tensor}` has shape {found:?}, expected {expected:?}: the network has changed"
    )]
    Shape {
        /// Name of the tensor.
        tensor: String,
        /// Shape in the file.
        found: Vec<i64>,
        /// Shape in the network.
        expected: Vec<usize>,
    },
    /// The values of a weight cannot be read.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}

/// Replaces all weights of a network by those of a model that [`to_onnx`](crate::export::to_onnx)
/// made of the same network. On an error the weights read so far have been replaced.
pub fn load_weights(network: &mut Network, model: &ModelProto) -> Result<(), WeightsError> {
    let expected = network.spec().name;
    let graph = model.graph.as_ref().filter(|graph| graph.name == expected).ok_or_else(|| {
        let found = model.graph.as_ref().map(|graph| graph.name.clone()).unwrap_or_default();
        WeightsError::OtherNetwork { found, expected }
    })?;
    for (tensor, param) in network.named_params_mut() {
        let Some(stored) = graph.find_initializer(&tensor) else {
            return Err(WeightsError::Missing { tensor });
        };
        if !stored.dims.iter().map(|&dim| usize::try_from(dim)).eq(param
            .dims
            .iter()
            .copied()
            .map(Ok))
        {
            let (found, expected) = (stored.dims.clone(), param.dims.clone());
            return Err(WeightsError::Shape { tensor, found, expected });
        }
        param.values = stored.f32_values()?;
    }
    Ok(())
}
