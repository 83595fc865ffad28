//! Batch normalisation, as inference does it.

use bitladder_network::FloatOp;
use bitladder_spec::BatchNorm;

use crate::NodeError;
use crate::node::Node;
use crate::value::Value;

/// What ONNX adds to the variance when the file does not say.
const DEFAULT_EPSILON: f32 = 1e-5;

pub(super) fn batch_normalization(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.real(0)?;
    node.only("training_mode", 0, "export the model for inference")?;
    node.only("spatial", 1, "statistics per position cannot be folded")?;
    let epsilon = node.float("epsilon", DEFAULT_EPSILON)?;
    if !epsilon.is_finite() {
        return Err(NodeError::AttributeValue {
            attribute: "epsilon",
            found: epsilon.to_string(),
            allowed: "it must be finite".into(),
        });
    }
    let norm = BatchNorm {
        gamma: node.reals(1)?,
        beta: node.reals(2)?,
        mean: node.reals(3)?,
        variance: node.reals(4)?,
        epsilon,
    };
    Ok(node.push(FloatOp::BatchNorm(norm), &[input])?.into())
}
