//! QuantizeLinear and DequantizeLinear, of computed values and of constants.

use bitladder_onnx_proto::data_type;
use bitladder_spec::{IntType, Rounding, Saturation, Scale, Span};

use super::fold::axis_of;
use crate::NodeError;
use crate::constant::{Constant, Grid, scale_indices};
use crate::element::Element;
use crate::formats::scale;
use crate::node::{Node, finite};
use crate::tensor::{Tensor, Values};
use crate::value::{Live, Value};

/// What QuantizeLinear makes without a zero point to tell the type.
const DEFAULT: Element = Element::Int { bits: 8, signed: false };

pub(super) fn quantize(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    node.only("block_size", 0, "scales per block are not")?;
    let element = match node.int("output_dtype", 0)? {
        0 => DEFAULT,
        code => i32::try_from(code).ok().and_then(Element::from_code).unwrap_or(Element::Bool),
    };
    let Some(fallback) = element.int_type() else {
        return Err(NodeError::AttributeValue {
            attribute: "output_dtype",
            found: data_type::name(node.int("output_dtype", 0)? as i32).into(),
            allowed: "an integer type of 2 to 32 bits is needed".into(),
        });
    };
    match node.value(0)? {
        Value::Constant(constant) => quantize_constant(node, &constant, fallback),
        Value::Live(_) => {
            let live = node.padded(0)?;
            let live = node.need_real(0, live)?;
            let format = node.format_from(1, 2, fallback)?;
            let quantised = node.quantised(live, format)?;
            Ok(Live { integers: Some(format.ty), ..quantised }.into())
        }
    }
}

pub(super) fn dequantize(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    node.only("block_size", 0, "scales per block are not")?;
    match node.value(0)? {
        Value::Constant(constant) => {
            let axis = node.int("axis", 1)?;
            Ok(on_grid(node, (0, &constant), [1, 2], axis)?.into())
        }
        Value::Live(_) => {
            let live = node.padded(0)?;
            let fallback = live.integers.unwrap_or(IntType::ACCUMULATOR);
            let format = node.format_from(1, 2, fallback)?;
            Ok(node.read_as(0, live, format)?.into())
        }
    }
}

/// Integers with their scales and zero points: what DequantizeLinear makes of a constant.
pub(super) fn on_grid(
    node: &mut Node<'_, '_>,
    (index, constant): (usize, &Constant),
    [scale_index, zero_index]: [usize; 2],
    axis: i64,
) -> Result<Constant, NodeError> {
    let (Some(ints), Some(ty)) = (constant.plain_ints(), constant.tensor.element.int_type()) else {
        return Err(NodeError::Kind {
            index,
            value: node.input_name(index),
            found: "no integers of at most 32 bits",
            wanted: "integers are what can be dequantised",
        });
    };
    let (scales, axis) = scales(node, scale_index, constant.dims(), axis)?;
    let zeros = zero_points(node, zero_index, scales.len(), Some(constant.tensor.element))?;
    node.importer.charge(ints.len())?;
    let place = scale_indices(constant.dims(), axis);
    let zero_of = |index: usize| zeros[if zeros.len() == 1 { 0 } else { place(index) }];
    let centred = ints.iter().enumerate().map(|(index, int)| int - zero_of(index)).collect();
    let room = zeros.iter().map(|zero| ty.span().minus(*zero)).reduce(Span::union);
    let bits = room.map_or(ty.bits(), Span::signed_bits);
    let tensor = Tensor { values: Values::Int(centred), ..constant.tensor.clone() };
    Ok(Constant { tensor, grid: Some(Grid { scales, axis, bits }) })
}

/// Scales for a constant of shape `dims`, and the axis along which they vary.
fn scales(
    node: &mut Node<'_, '_>,
    index: usize,
    dims: &[usize],
    axis: i64,
) -> Result<(Vec<f64>, Option<usize>), NodeError> {
    let reals = node.reals(index)?;
    let steps =
        reals.iter().map(|real| scale(*real).map(Scale::step)).collect::<Result<Vec<f64>, _>>()?;
    if steps.len() == 1 {
        return Ok((steps, None));
    }
    let own = node.constant(index)?;
    let axis = axis_of(axis, dims.len(), "axis")?;
    if own.dims() != [dims[axis]] {
        let wanted = format!("one scale, or {} along axis {axis}, is needed", dims[axis]);
        return Err(node.unsuited(index, own.dims(), &wanted));
    }
    Ok((steps, Some(axis)))
}

/// Zero points: none means zero, one holds for all scales.
fn zero_points(
    node: &mut Node<'_, '_>,
    index: usize,
    scales: usize,
    element: Option<Element>,
) -> Result<Vec<i64>, NodeError> {
    let Some(constant) = node.optional_constant(index)? else { return Ok(vec![0]) };
    let ty = constant.tensor.element;
    let (Some(zeros), Some(_)) = (constant.plain_ints(), ty.int_type()) else {
        return Err(node.no_integer(index));
    };
    if element.is_some_and(|element| element != ty) {
        let (found, wanted) = ("integers of another type", "it must be the tensor's own type");
        return Err(NodeError::Kind { index, value: node.input_name(index), found, wanted });
    }
    if zeros.len() != 1 && zeros.len() != scales {
        let wanted = format!("as many zero points as scales, {scales}, are needed");
        return Err(node.unsuited(index, constant.dims(), &wanted));
    }
    Ok(zeros.to_vec())
}

/// Rounds a constant to integers, as exporters leave weights when nobody folded them.
fn quantize_constant(
    node: &mut Node<'_, '_>,
    constant: &Constant,
    fallback: IntType,
) -> Result<Value, NodeError> {
    let reals = finite(constant.name(), node.reals_of(0, constant)?)?;
    let axis = node.int("axis", 1)?;
    let (scales, axis) = scales(node, 1, constant.dims(), axis)?;
    let zeros = zero_points(node, 2, scales.len(), None)?;
    let ty = match node.optional_constant(2)? {
        Some(zero) => zero.tensor.element.int_type().unwrap_or(fallback),
        None => fallback,
    };
    node.importer.charge(reals.len())?;
    let place = scale_indices(constant.dims(), axis);
    let integer = |(index, real): (usize, &f32)| {
        let index = place(index);
        let zero = zeros[if zeros.len() == 1 { 0 } else { index }];
        let steps = Rounding::HalfEven.real(f64::from(real / scales[index] as f32));
        Saturation::Saturate.apply((steps as i64).saturating_add(zero), ty)
    };
    let values = Values::Int(reals.iter().enumerate().map(integer).collect());
    let element = Element::Int { bits: ty.bits(), signed: ty.is_signed() };
    let (name, dims) = (constant.tensor.name.clone(), constant.tensor.dims.clone());
    Ok(Constant::plain(Tensor { name, dims, element, values }).into())
}
