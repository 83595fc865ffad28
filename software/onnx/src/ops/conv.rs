//! Convolution.

use bitladder_network::FloatOp;

use super::window;
use crate::NodeError;
use crate::constant::Constant;
use crate::node::Node;
use crate::value::{Live, Value};
use crate::weights::{LayerWeights, layer_bias, layer_weights, push_linear};

pub(super) fn conv(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.padded(0)?;
    let input = node.need_real(0, input)?;
    let constant = node.constant(1)?;
    let mut weights = layer_weights(node, 1, &constant)?;
    let outputs = constant.dims().first().copied().unwrap_or(0);
    let bias = layer_bias(node, 2, outputs, &mut weights, input)?;
    Ok(convolution(node, input, (1, &constant), weights, bias)?.into())
}

/// A convolution of real numbers; `constant` is the weight tensor and its position.
pub(super) fn convolution(
    node: &mut Node<'_, '_>,
    input: Live,
    constant: (usize, &Constant),
    weights: LayerWeights,
    bias: Vec<f32>,
) -> Result<Live, NodeError> {
    let [channels, height, width] = window::image(node, 0, input)?;
    let (index, dims) = (constant.0, constant.1.dims());
    let [outputs, inputs, rows, columns] = *dims else {
        let wanted = "weights [outputs, inputs / groups, height, width] are needed";
        return Err(node.unsuited(index, dims, wanted));
    };
    if input.padding.is_some_and(|padding| padding.lowest) {
        return Err(NodeError::LoosePadding { index: 0, value: node.input_name(0) });
    }
    let kernel = window::kernel(node, Some([rows, columns]))?;
    let window = window::window(node, input, kernel, [height, width])?;
    let groups = node.int("group", 1)?;
    let groups =
        usize::try_from(groups).ok().filter(|groups| inputs.checked_mul(*groups) == Some(channels));
    let Some(groups) = groups.filter(|groups| *groups > 0) else {
        let groups = node.int("group", 1)?;
        let wanted = format!("{groups} group(s) over {channels} channels do not fit it");
        return Err(node.unsuited(index, dims, &wanted));
    };
    let LayerWeights { reals, declared } = weights;
    let op = FloatOp::Conv { window, groups, outputs, weights: reals, bias };
    let unpadded = Live { padding: None, ..input };
    push_linear(node, op, declared, unpadded)
}
