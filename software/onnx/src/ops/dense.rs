//! Fully connected layers: Gemm and MatMul.

use bitladder_network::FloatOp;

use crate::NodeError;
use crate::constant::Constant;
use crate::node::{Node, need_finite};
use crate::value::{Live, Value};
use crate::weights::{LayerWeights, layer_bias, layer_weights, push_linear};

pub(super) fn gemm(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.real(0)?;
    node.only("transA", 0, "the first input is [batch, features]")?;
    let (alpha, beta) = (node.float("alpha", 1.0)?, node.float("beta", 1.0)?);
    let constant = outputs_first(node, 1, node.int("transB", 0)? != 0)?;
    let mut weights = layer_weights(node, 1, &constant)?;
    let outputs = constant.dims()[0];
    let mut bias = layer_bias(node, 2, outputs, &mut weights, input)?;
    scale_weights(&mut weights, alpha)?;
    if beta != 1.0 || alpha != 1.0 {
        bias.iter_mut().for_each(|value| *value *= beta);
        // The integers no longer count in steps of input times weights.
        weights.declared.iter_mut().for_each(|declared| declared.bias = None);
    }
    Ok(dense(node, input, &constant, weights, bias)?.into())
}

pub(super) fn matmul(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.real(0)?;
    let constant = outputs_first(node, 1, false)?;
    let weights = layer_weights(node, 1, &constant)?;
    let bias = vec![0.0; constant.dims()[0]];
    Ok(dense(node, input, &constant, weights, bias)?.into())
}

/// The weights at input `index` as [outputs, inputs].
pub(super) fn outputs_first(
    node: &mut Node<'_, '_>,
    index: usize,
    transposed: bool,
) -> Result<Constant, NodeError> {
    let constant = node.constant(index)?;
    if constant.dims().len() != 2 || constant.dims().contains(&0) {
        let wanted = "weights must be a matrix";
        return Err(node.unsuited(index, constant.dims(), wanted));
    }
    need_finite(&constant)?;
    node.importer.charge(constant.tensor.len())?;
    Ok(if transposed { (*constant).clone() } else { constant.transposed(&[1, 0]) })
}

pub(super) fn scale_weights(weights: &mut LayerWeights, alpha: f32) -> Result<(), NodeError> {
    if alpha == 1.0 {
        return Ok(());
    }
    if weights.declared.is_some() && !(alpha > 0.0 && alpha.is_finite()) {
        return Err(NodeError::AttributeValue {
            attribute: "alpha",
            found: alpha.to_string(),
            allowed: "it must be above zero when the weights are quantised".into(),
        });
    }
    weights.reals.iter_mut().for_each(|weight| *weight *= alpha);
    let scales = weights.declared.iter_mut().flat_map(|declared| declared.scales.iter_mut());
    scales.for_each(|scale| *scale *= f64::from(alpha));
    Ok(())
}

/// A fully connected layer; `constant` is shaped [outputs, inputs].
pub(super) fn dense(
    node: &mut Node<'_, '_>,
    input: Live,
    constant: &Constant,
    weights: LayerWeights,
    bias: Vec<f32>,
) -> Result<Live, NodeError> {
    let shape = node.shape(input);
    if shape.len() != 1 || shape[0] != constant.dims()[1] {
        let wanted = format!(
            "[batch, {}] is needed for these weights; products of more dimensions are not \
             supported",
            constant.dims()[1]
        );
        return Err(node.unsuited(0, &node.full_shape(input), &wanted));
    }
    let outputs = constant.dims()[0];
    let LayerWeights { reals, declared } = weights;
    push_linear(node, FloatOp::Dense { outputs, weights: reals, bias }, declared, input)
}
