//! Operators that read and write integers with scales: the QLinear family.

use bitladder_network::{DeclaredWeights, FloatOp};
use bitladder_spec::{IntType, TensorFormat};

use super::{activation, conv, dense, pool, quantize};
use crate::NodeError;
use crate::constant::Constant;
use crate::node::Node;
use crate::value::{Live, Value};
use crate::weights::{LayerWeights, layer_weights};

/// The integers at input `index`, read with the scale and zero point after it.
fn input(node: &mut Node<'_, '_>, index: usize) -> Result<Live, NodeError> {
    let live = node.padded(index)?;
    let fallback = live.integers.unwrap_or(IntType::ACCUMULATOR);
    let format = node.format_from(index + 1, index + 2, fallback)?;
    node.read_as(index, live, format)
}

fn unpadded(node: &mut Node<'_, '_>, index: usize) -> Result<Live, NodeError> {
    node.live(index)?;
    input(node, index)
}

/// Writes real numbers as integers of the format at input `index`; without a zero point they have
/// the type of `source`.
fn output(
    node: &mut Node<'_, '_>,
    made: Live,
    index: usize,
    source: Live,
) -> Result<Value, NodeError> {
    let ty = node.importer.format(source.id).map_or(IntType::ACCUMULATOR, |format| format.ty);
    let format = node.format_from(index, index + 1, ty)?;
    let quantised = node.quantised(made, format)?;
    Ok(Live { integers: Some(format.ty), ..quantised }.into())
}

/// Real bias and weights, with the integers of both noted.
fn with_bias(
    node: &mut Node<'_, '_>,
    index: usize,
    weights: &mut LayerWeights,
    outputs: usize,
    format: Option<TensorFormat>,
) -> Result<Vec<f32>, NodeError> {
    if !node.has_input(index) {
        return Ok(vec![0.0; outputs]);
    }
    let ints = node.plain_ints(index)?;
    let (Some(declared), Some(format)) = (&mut weights.declared, format) else {
        return Err(NodeError::NoInput { index });
    };
    if ints.len() != outputs {
        let wanted = format!("a bias needs one integer for each of {outputs} outputs");
        return Err(node.unsuited(index, &[ints.len()], &wanted));
    }
    let bias = real_bias(&ints, declared, format);
    declared.bias = Some(ints);
    Ok(bias)
}

fn real_bias(ints: &[i64], weights: &DeclaredWeights, format: TensorFormat) -> Vec<f32> {
    let step = format.scale.step();
    let scale = |index: usize| weights.scales[if weights.scales.len() == 1 { 0 } else { index }];
    ints.iter().enumerate().map(|(i, int)| (*int as f64 * step * scale(i)) as f32).collect()
}

pub(super) fn conv(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let live = input(node, 0)?;
    let constant = node.constant(3)?;
    let constant = quantize::on_grid(node, (3, &constant), [4, 5], 0)?;
    let mut weights = layer_weights(node, 3, &constant)?;
    let outputs = constant.dims().first().copied().unwrap_or(0);
    let format = node.importer.format(live.id);
    let bias = with_bias(node, 8, &mut weights, outputs, format)?;
    let made = conv::convolution(node, live, (3, &constant), weights, bias)?;
    output(node, made, 6, live)
}

pub(super) fn matmul(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let live = unpadded(node, 0)?;
    let constant = quantised_matrix(node, false)?;
    let weights = layer_weights(node, 3, &constant)?;
    let bias = vec![0.0; constant.dims()[0]];
    let made = dense::dense(node, live, &constant, weights, bias)?;
    output(node, made, 6, live)
}

pub(super) fn gemm(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let live = unpadded(node, 0)?;
    node.only("transA", 0, "the first input is [batch, features]")?;
    let transposed = node.int("transB", 0)? != 0;
    let constant = quantised_matrix(node, transposed)?;
    let mut weights = layer_weights(node, 3, &constant)?;
    // The bias counts in steps of alpha times input times weights.
    dense::scale_weights(&mut weights, node.float("alpha", 1.0)?)?;
    let format = node.importer.format(live.id);
    let bias = with_bias(node, 6, &mut weights, constant.dims()[0], format)?;
    let made = dense::dense(node, live, &constant, weights, bias)?;
    if node.has_input(7) { output(node, made, 7, live) } else { Ok(made.into()) }
}

/// The weights at input 3 as [outputs, inputs], with the scales after them.
fn quantised_matrix(node: &mut Node<'_, '_>, transposed: bool) -> Result<Constant, NodeError> {
    let constant = node.constant(3)?;
    if constant.dims().len() != 2 || constant.dims().contains(&0) {
        return Err(node.unsuited(3, constant.dims(), "weights must be a matrix"));
    }
    let outputs_axis = if transposed { 0 } else { 1 };
    let constant = quantize::on_grid(node, (3, &constant), [4, 5], outputs_axis)?;
    Ok(if transposed { constant } else { constant.transposed(&[1, 0]) })
}

pub(super) fn add(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let (a, b) = (unpadded(node, 0)?, unpadded(node, 3)?);
    if node.shape(a) != node.shape(b) {
        let wanted = format!("the other input is {:?}, and both must agree", node.full_shape(a));
        return Err(node.unsuited(3, &node.full_shape(b), &wanted));
    }
    let sum = node.push(FloatOp::Add, &[a, b])?;
    output(node, sum, 6, a)
}

pub(super) fn average_pool(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    node.only("channels_last", 0, "channels come before height and width")?;
    let live = input(node, 0)?;
    let made = pool::average_of(node, live)?;
    output(node, made, 3, live)
}

pub(super) fn global_average_pool(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    node.only("channels_last", 0, "channels come before height and width")?;
    let live = unpadded(node, 0)?;
    let made = pool::global_average_of(node, live)?;
    output(node, made, 3, live)
}

pub(super) fn softmax(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let live = unpadded(node, 0)?;
    // Which operator set the axis is meant for is an attribute here.
    let opset = node.int("opset", node.importer.opset)?;
    let made = activation::softmax_of(node, live, opset)?;
    output(node, made, 3, live)
}
