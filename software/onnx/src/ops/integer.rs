//! Products of bare integers: ConvInteger and MatMulInteger.

use bitladder_spec::{IntType, Scale, Span, TensorFormat};

use super::{conv, dense};
use crate::NodeError;
use crate::constant::{Constant, Grid, scale_indices};
use crate::node::Node;
use crate::tensor::{Tensor, Values};
use crate::value::{Live, Value};
use crate::weights::layer_weights;

pub(super) fn conv(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let live = node.padded(0)?;
    let live = input(node, live)?;
    let constant = node.constant(1)?;
    let constant = centred(node, &constant)?;
    let weights = layer_weights(node, 1, &constant)?;
    let bias = vec![0.0; constant.dims().first().copied().unwrap_or(0)];
    let made = conv::convolution(node, live, (1, &constant), weights, bias)?;
    Ok(accumulators(node, live, made))
}

pub(super) fn matmul(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let live = node.live(0)?;
    let live = input(node, live)?;
    let constant = dense::outputs_first(node, 1, false)?;
    let constant = centred(node, &constant)?;
    let weights = layer_weights(node, 1, &constant)?;
    let bias = vec![0.0; constant.dims()[0]];
    let made = dense::dense(node, live, &constant, weights, bias)?;
    Ok(accumulators(node, live, made))
}

/// Reads the first input less its zero point; the scale is the one it has, or one.
fn input(node: &mut Node<'_, '_>, live: Live) -> Result<Live, NodeError> {
    let ty = live.integers.unwrap_or(IntType::ACCUMULATOR);
    let zero_point = zero(node)?.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
    let scale = node.importer.format(live.id).map_or(Scale::Radix(0), |format| format.scale);
    let format = TensorFormat { ty, scale, zero_point };
    format.validate()?;
    node.read_as(0, live, format)
}

fn zero(node: &mut Node<'_, '_>) -> Result<i64, NodeError> {
    if !node.has_input(2) {
        return Ok(0);
    }
    match node.plain_ints(2)?.as_slice() {
        [zero] => Ok(*zero),
        more => Err(node.unsuited(2, &[more.len()], "a single zero point is needed")),
    }
}

/// Weights, outputs first, less their zero point or one for each output; in steps of one.
fn centred(node: &mut Node<'_, '_>, constant: &Constant) -> Result<Constant, NodeError> {
    let zeros = if node.has_input(3) { node.plain_ints(3)? } else { vec![0] };
    let ty = constant.tensor.element.int_type();
    let (Some(ints), Some(ty)) = (constant.plain_ints(), ty) else {
        return Err(node.no_integer(1));
    };
    let outputs = constant.dims().first().copied().unwrap_or(0);
    if zeros.is_empty() || zeros.len() != 1 && zeros.len() != outputs {
        let wanted = format!("one zero point, or one for each of {outputs} outputs, is needed");
        return Err(node.unsuited(3, &[zeros.len()], &wanted));
    }
    if zeros.iter().any(|zero| !ty.span().contains(*zero)) {
        return Err(node.no_integer(3));
    }
    let place = scale_indices(constant.dims(), (zeros.len() > 1).then_some(0));
    let centred = ints.iter().enumerate().map(|(index, int)| int - zeros[place(index)]);
    let values = Values::Int(centred.collect());
    let room = zeros.iter().map(|zero| ty.span().minus(*zero)).reduce(Span::union);
    let bits = room.map_or(ty.bits(), Span::signed_bits);
    let tensor = Tensor { values, ..constant.tensor.clone() };
    Ok(Constant { tensor, grid: Some(Grid { scales: vec![1.0], axis: None, bits }) })
}

/// The sums as they are, in 32 bits and in the input's scale.
fn accumulators(node: &mut Node<'_, '_>, input: Live, made: Live) -> Value {
    let scale = node.importer.format(input.id).map_or(Scale::Radix(0), |format| format.scale);
    let format = TensorFormat { ty: IntType::ACCUMULATOR, scale, zero_point: 0 };
    node.importer.declared.values.insert(made.id, format);
    Live { integers: Some(IntType::ACCUMULATOR), ..made }.into()
}
