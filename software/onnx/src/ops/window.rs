//! Kernel, strides, padding and dilation: what convolutions and pools share.

use bitladder_network::Window;

use crate::NodeError;
use crate::node::Node;
use crate::value::Live;

/// Largest number accepted in any of the attributes; the network's own limit.
const MAX_EXTENT: i64 = 1 << 16;

/// How the padding is chosen.
enum AutoPad {
    Explicit,
    Valid,
    SameUpper,
    SameLower,
}

/// Channels, height and width of an image input.
pub(super) fn image(
    node: &Node<'_, '_>,
    index: usize,
    live: Live,
) -> Result<[usize; 3], NodeError> {
    let shape = node.shape(live);
    <[usize; 3]>::try_from(shape).map_err(|_| {
        let wanted = "an image [batch, channels, height, width] is needed; one and three \
                      dimensional windows are not supported";
        node.unsuited(index, &node.full_shape(live), wanted)
    })
}

/// The window of a convolution or pool over an image of `live`, a Pad before it included.
pub(super) fn window(
    node: &Node<'_, '_>,
    live: Live,
    kernel: [usize; 2],
    image: [usize; 2],
) -> Result<Window, NodeError> {
    let stride = pair(node, "strides", 1)?.unwrap_or([1; 2]);
    let dilation = pair(node, "dilations", 1)?.unwrap_or([1; 2]);
    let before = live.padding.map_or([0; 4], |padding| padding.amounts);
    let padded = [image[0] + before[0] + before[2], image[1] + before[1] + before[3]];
    let mut window = Window { kernel, stride, dilation, padding: [0; 4], ceil: false };
    let auto_pad = auto_pad(node)?;
    let own = match auto_pad {
        AutoPad::Explicit => numbers(node, "pads", 0)?.unwrap_or([0; 4]),
        AutoPad::Valid => [0; 4],
        AutoPad::SameUpper | AutoPad::SameLower => {
            let odd_first = matches!(auto_pad, AutoPad::SameLower);
            let sides = [0, 1].map(|axis| same(&window, axis, padded[axis], odd_first));
            [sides[0].0, sides[1].0, sides[0].1, sides[1].1]
        }
    };
    window.padding = [0, 1, 2, 3].map(|side| before[side] + own[side]);
    // The other kinds of padding leave no partial window to count.
    window.ceil = node.int("ceil_mode", 0)? != 0 && matches!(auto_pad, AutoPad::Explicit);
    Ok(window)
}

/// The padding at both ends that makes the output `image / stride`, rounded up.
fn same(window: &Window, axis: usize, image: usize, odd_first: bool) -> (usize, usize) {
    let stride = window.stride[axis];
    let reached = (image.div_ceil(stride).max(1) - 1) * stride + window.reach(axis);
    let total = reached.saturating_sub(image);
    let (less, more) = (total / 2, total.div_ceil(2));
    if odd_first { (more, less) } else { (less, more) }
}

fn auto_pad(node: &Node<'_, '_>) -> Result<AutoPad, NodeError> {
    match node.text("auto_pad", "NOTSET")? {
        "NOTSET" | "" => Ok(AutoPad::Explicit),
        "VALID" => Ok(AutoPad::Valid),
        "SAME_UPPER" => Ok(AutoPad::SameUpper),
        "SAME_LOWER" => Ok(AutoPad::SameLower),
        other => Err(NodeError::AttributeValue {
            attribute: "auto_pad",
            found: other.into(),
            allowed: "NOTSET, VALID, SAME_UPPER or SAME_LOWER is needed".into(),
        }),
    }
}

/// The kernel of a pool, or of a convolution whose weights say `weights`.
pub(super) fn kernel(
    node: &Node<'_, '_>,
    weights: Option<[usize; 2]>,
) -> Result<[usize; 2], NodeError> {
    match (pair(node, "kernel_shape", 1)?, weights) {
        (Some(kernel), Some(weights)) if kernel != weights => Err(NodeError::AttributeValue {
            attribute: "kernel_shape",
            found: format!("{kernel:?}"),
            allowed: format!("the weights are shaped {weights:?}"),
        }),
        (Some(kernel), _) => Ok(kernel),
        (None, Some(weights)) => Ok(weights),
        (None, None) => Err(NodeError::NoAttribute { attribute: "kernel_shape" }),
    }
}

fn pair(
    node: &Node<'_, '_>,
    attribute: &'static str,
    least: i64,
) -> Result<Option<[usize; 2]>, NodeError> {
    numbers(node, attribute, least)
}

fn numbers<const N: usize>(
    node: &Node<'_, '_>,
    attribute: &'static str,
    least: i64,
) -> Result<Option<[usize; N]>, NodeError> {
    let Some(found) = node.ints(attribute)? else { return Ok(None) };
    let in_range = found.iter().all(|number| (least..=MAX_EXTENT).contains(number));
    let numbers: Vec<usize> = found.iter().map(|number| *number as usize).collect();
    match <[usize; N]>::try_from(numbers) {
        Ok(numbers) if in_range => Ok(Some(numbers)),
        _ => Err(NodeError::AttributeValue {
            attribute,
            found: format!("{found:?}"),
            allowed: format!("{N} numbers from {least} to {MAX_EXTENT} are needed"),
        }),
    }
}
