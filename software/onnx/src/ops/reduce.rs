//! Means over the image.

use bitladder_network::{FloatOp, Window};

use super::fold::axis_of;
use super::window;
use crate::NodeError;
use crate::node::Node;
use crate::value::Value;

pub(super) fn mean(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.real(0)?;
    let axes = node.ints_or_input("axes", 1)?.unwrap_or_default();
    if axes.is_empty() && node.int("noop_with_empty_axes", 0)? != 0 {
        return Ok(input.into());
    }
    let full = node.full_shape(input);
    let places = axes
        .iter()
        .map(|axis| axis_of(*axis, full.len(), "axes"))
        .collect::<Result<Vec<usize>, _>>()?;
    if places.is_empty() || places.iter().any(|axis| *axis < 2) {
        return Err(NodeError::AttributeValue {
            attribute: "axes",
            found: format!("{axes:?}"),
            allowed: "only means over height and width, axes 2 and 3, are supported".into(),
        });
    }
    let [_, height, width] = window::image(node, 0, input)?;
    let side = |axis: usize, extent: usize| if places.contains(&axis) { extent } else { 1 };
    let window = Window { kernel: [side(2, height), side(3, width)], ..Window::square(1) };
    let pooled = node.push(FloatOp::AveragePool { window, count_padding: false }, &[input])?;
    if node.int("keepdims", 1)? != 0 {
        return Ok(pooled.into());
    }
    let kept = (1..full.len()).filter(|axis| !places.contains(axis)).map(|axis| full[axis]);
    let kept = kept.collect();
    Ok(node.reshape(pooled, kept)?.into())
}
