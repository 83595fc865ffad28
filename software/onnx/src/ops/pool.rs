//! Pools: maximum and mean, over windows and whole images.

use bitladder_network::{FloatOp, Window};

use super::window;
use crate::NodeError;
use crate::node::Node;
use crate::value::{Live, Value};

pub(super) fn max(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.padded(0)?;
    let (window, unpadded) = pool_window(node, input)?;
    if input.padding.is_some_and(|padding| !padding.lowest) && !never_negative(node, input) {
        return Err(NodeError::Unsupported {
            what: "a Pad with zeros before MaxPool",
            instead: "zeros could win over negative numbers: pad in the pool, or after a ReLU",
        });
    }
    Ok(node.push_keeping(FloatOp::MaxPool { window }, unpadded)?.into())
}

pub(super) fn average(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.padded(0)?;
    let input = node.need_real(0, input)?;
    Ok(average_of(node, input)?.into())
}

/// A mean of windows of real numbers.
pub(super) fn average_of(node: &mut Node<'_, '_>, input: Live) -> Result<Live, NodeError> {
    let mut count_padding = node.int("count_include_pad", 0)? != 0;
    let (window, unpadded) = pool_window(node, input)?;
    if let Some(padding) = input.padding {
        if padding.lowest || !count_padding && window.padding != padding.amounts {
            return Err(NodeError::LoosePadding { index: 0, value: node.input_name(0) });
        }
        // What a Pad node adds is part of the image, so it always counts.
        count_padding = true;
    }
    node.push(FloatOp::AveragePool { window, count_padding }, &[unpadded])
}

pub(super) fn global_max(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.live(0)?;
    let window = whole(node, input)?;
    Ok(node.push_keeping(FloatOp::MaxPool { window }, input)?.into())
}

pub(super) fn global_average(node: &mut Node<'_, '_>) -> Result<Value, NodeError> {
    let input = node.real(0)?;
    Ok(global_average_of(node, input)?.into())
}

/// The mean of each channel.
pub(super) fn global_average_of(node: &mut Node<'_, '_>, input: Live) -> Result<Live, NodeError> {
    let window = whole(node, input)?;
    node.push(FloatOp::AveragePool { window, count_padding: false }, &[input])
}

fn whole(node: &Node<'_, '_>, input: Live) -> Result<Window, NodeError> {
    let [_, height, width] = window::image(node, 0, input)?;
    Ok(Window { kernel: [height, width], ..Window::square(1) })
}

/// The window, with a Pad before the node merged into it, and the value without that padding.
fn pool_window(node: &Node<'_, '_>, input: Live) -> Result<(Window, Live), NodeError> {
    let [_, height, width] = window::image(node, 0, input)?;
    let kernel = window::kernel(node, None)?;
    let window = window::window(node, input, kernel, [height, width])?;
    if window.ceil && input.padding.is_some() {
        return Err(NodeError::Unsupported {
            what: "a Pad before a pool with ceil_mode",
            instead: "the last window would be counted differently: pad in the pool",
        });
    }
    Ok((window, Live { padding: None, ..input }))
}

/// Whether a value is surely at least zero, so that zeros around it change no maximum.
fn never_negative(node: &Node<'_, '_>, live: Live) -> bool {
    let network = &node.importer.network;
    let clamped = network.layer_of_value(live.id).is_some_and(
        |layer| matches!(network.layers()[layer].op, FloatOp::Clamp { lo, .. } if lo >= 0.0),
    );
    let format = node.importer.format(live.id);
    clamped || format.is_some_and(|format| format.centered_span().lo >= 0)
}
