//! Activations: clamps, and softmax at the end.

use bitladder_network::{FloatOp, elements};

use crate::NodeError;
use crate::node::Node;
use crate::value::{Live, Value};

/// The opset from which softmax works along one axis instead of everything after it.
const SOFTMAX_ALONG_AXIS: i64 = 13;

pub(super) fn relu(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.live(0)?;
    clamp(node, input, Some(0.0), None)
}

pub(super) fn clip(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.live(0)?;
    let lo = bound(node, 1, "min")?;
    let hi = bound(node, 2, "max")?;
    clamp(node, input, lo, hi)
}

/// A bound of Clip: an input, and an attribute before opset 11.
fn bound(node: &mut Node<'_, '_>, index: usize, attribute: &str) -> Result<Option<f64>, NodeError> {
    let Some(constant) = node.optional_constant(index)? else {
        let given = node.has(attribute);
        return Ok(if given { Some(node.float(attribute, 0.0)?.into()) } else { None });
    };
    let number = match (constant.plain_ints(), constant.reals().as_deref()) {
        (Some([only]), _) => Some(*only as f64),
        (_, Some([only])) => Some(f64::from(*only)),
        _ => None,
    };
    let refused = || node.unsuited(index, constant.dims(), "a bound must be a single number");
    number.map(Some).ok_or_else(refused)
}

/// Keeps a value between bounds, which count in the value's own numbers: integers if it has some.
fn clamp(
    node: &mut Node<'_, '_>,
    input: Live,
    lo: Option<f64>,
    hi: Option<f64>,
) -> Result<Value, NodeError> {
    // When the bounds cross, the upper one wins.
    let lo = match (lo, hi) {
        (Some(lo), Some(hi)) => Some(lo.min(hi)),
        _ => lo,
    };
    let real = match input.integers {
        None => [lo, hi],
        Some(ty) => {
            let format = node.format_or_plain(input, ty);
            let zero = f64::from(format.zero_point);
            [lo, hi].map(|bound| bound.map(|bound| (bound - zero) * format.scale.step()))
        }
    };
    let lo = real[0].map_or(f32::NEG_INFINITY, |bound| bound as f32);
    let hi = real[1].map_or(f32::INFINITY, |bound| bound as f32);
    if (lo, hi) == (f32::NEG_INFINITY, f32::INFINITY) {
        return Ok(input.into());
    }
    Ok(node.push_keeping(FloatOp::Clamp { lo, hi }, input)?.into())
}

pub(super) fn softmax(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.real(0)?;
    let opset = node.importer.opset;
    Ok(softmax_of(node, input, opset)?.into())
}

/// A softmax with the meaning its axis has in operator set `opset`.
pub(super) fn softmax_of(
    node: &mut Node<'_, '_>,
    input: Live,
    opset: i64,
) -> Result<Live, NodeError> {
    let full = node.full_shape(input);
    let along_axis = opset >= SOFTMAX_ALONG_AXIS;
    let axis = node.int("axis", if along_axis { -1 } else { 1 })?;
    let place = if axis < 0 { axis.checked_add(full.len() as i64) } else { Some(axis) };
    let place = place.and_then(|axis| usize::try_from(axis).ok()).filter(|axis| *axis < full.len());
    let all = elements(&full[1..]);
    let covers_all = match place {
        Some(0) | None => false,
        Some(axis) if along_axis => Some(full[axis]) == all,
        Some(axis) => elements(&full[axis..]) == all,
    };
    if !covers_all {
        return Err(NodeError::AttributeValue {
            attribute: "axis",
            found: axis.to_string(),
            allowed: format!("softmax must cover all of {full:?} but the batch"),
        });
    }
    node.push(FloatOp::Softmax, &[input])
}
