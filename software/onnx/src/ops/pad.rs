//! Pad: kept aside until the convolution or pool after it takes it up.

use super::fold::axis_of;
use super::window;
use crate::NodeError;
use crate::node::Node;
use crate::value::{Live, Padding, Value};

/// Most rows or columns on a side; far beyond any image, and far from overflow.
const MAX_PADDING: i64 = 1 << 15;

pub(super) fn pad(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let live = node.live(0)?;
    let mode = node.text("mode", "constant")?;
    if mode != "constant" {
        return Err(NodeError::AttributeValue {
            attribute: "mode",
            found: mode.into(),
            allowed: "only padding with a constant is supported".into(),
        });
    }
    let rank = node.full_shape(live).len();
    let pads = node.ints_or_input("pads", 1)?;
    let pads = pads.ok_or(NodeError::NoAttribute { attribute: "pads" })?;
    let axes: Vec<usize> = match node.optional_constant(3)? {
        None => (0..rank).collect(),
        Some(_) => {
            let axes = node.plain_ints(3)?;
            axes.iter().map(|axis| axis_of(*axis, rank, "axes")).collect::<Result<_, _>>()?
        }
    };
    if pads.iter().all(|amount| *amount == 0) && pads.len() == 2 * axes.len() {
        return Ok(live.into());
    }
    window::image(node, 0, live)?;
    let lowest = value(node, live)?;
    let amounts = amounts(&pads, &axes)?;
    Ok(Live { padding: Some(Padding { amounts, lowest }), ..live }.into())
}

/// Top, left, bottom and right; anything else must be zero.
fn amounts(pads: &[i64], axes: &[usize]) -> Result<[usize; 4], NodeError> {
    let refused = || NodeError::AttributeValue {
        attribute: "pads",
        found: format!("{pads:?}"),
        allowed: format!("0 to {MAX_PADDING} rows and columns of an image can be added"),
    };
    if pads.len() != 2 * axes.len() {
        return Err(refused());
    }
    let mut amounts = [0; 4];
    for (index, amount) in pads.iter().enumerate().filter(|(_, amount)| **amount != 0) {
        let (end, place) = (index / axes.len(), index % axes.len());
        let side = axes[place].checked_sub(2).ok_or_else(refused)?;
        if !(0..=MAX_PADDING).contains(amount) {
            return Err(refused());
        }
        amounts[side + 2 * end] = *amount as usize;
    }
    Ok(amounts)
}

/// Whether the padding holds minus infinity; anything but that and zero is refused.
fn value(node: &mut Node<'_, '_>, live: Live) -> Result<bool, NodeError> {
    let zero = live.integers.map(|ty| node.format_or_plain(live, ty).zero_point);
    let value = if node.has_input(2) {
        let constant = node.constant(2)?;
        match (constant.plain_ints(), constant.reals().as_deref()) {
            (Some([value]), _) => Some(*value as f64),
            (_, Some([value])) => Some(f64::from(*value)),
            _ => None,
        }
    } else {
        Some(f64::from(node.float("value", 0.0)?))
    };
    match value {
        Some(value) if value == f64::from(zero.unwrap_or(0)) => Ok(false),
        Some(f64::NEG_INFINITY) if zero.is_none() => Ok(true),
        _ => Err(NodeError::Unsupported {
            what: "padding with anything but zero, or minus infinity before MaxPool",
            instead: "hardware pads with zeros",
        }),
    }
}
