//! Shapes and parameter sizes, checked layer by layer.

use bitladder_spec::BatchNorm;

use super::FloatOp;
use crate::{NetworkError, Window, elements};

/// The shape of a layer's value, or why the layer does not suit its inputs.
pub(crate) fn shape(
    layer: &str,
    op: &FloatOp,
    inputs: &[&[usize]],
) -> Result<Vec<usize>, NetworkError> {
    let input = inputs[0];
    match op {
        FloatOp::Conv { window, groups, outputs, weights, bias } => {
            let shape = conv(layer, window, *groups, *outputs, input)?;
            let per_output = input[0] / groups * window.taps();
            parameters(layer, "weights", weights, outputs.saturating_mul(per_output))?;
            parameters(layer, "bias", bias, *outputs)?;
            Ok(shape)
        }
        FloatOp::Dense { outputs, weights, bias } => {
            let shape = dense(layer, *outputs, input)?;
            parameters(layer, "weights", weights, outputs.saturating_mul(input[0]))?;
            parameters(layer, "bias", bias, *outputs)?;
            Ok(shape)
        }
        FloatOp::MaxPool { window } | FloatOp::AveragePool { window, .. } => {
            pool(layer, window, input)
        }
        FloatOp::Clamp { lo, hi } => clamp(layer, *lo, *hi).map(|()| input.to_vec()),
        FloatOp::Add => same(layer, input, inputs[1]),
        FloatOp::Reshape { shape } => reshape(layer, input, shape),
        FloatOp::BatchNorm(norm) => batch_norm(layer, norm, input).map(|()| input.to_vec()),
        FloatOp::Softmax => Ok(input.to_vec()),
    }
}

/// Output shape of a convolution over `input`.
pub(crate) fn conv(
    layer: &str,
    window: &Window,
    groups: usize,
    outputs: usize,
    input: &[usize],
) -> Result<Vec<usize>, NetworkError> {
    let [channels, image] = image_of(layer, input)?;
    let divides = |count: usize| groups != 0 && count.is_multiple_of(groups);
    if !divides(channels[0]) || !divides(outputs) || outputs == 0 {
        return Err(NetworkError::Geometry {
            layer: layer.into(),
            what: format!(
                "{groups} groups do not divide {} input and {outputs} output channels",
                channels[0]
            ),
        });
    }
    let [height, width] = slide(layer, window, image)?;
    Ok(vec![outputs, height, width])
}

/// Output shape of a fully connected layer over `input`.
pub(crate) fn dense(
    layer: &str,
    outputs: usize,
    input: &[usize],
) -> Result<Vec<usize>, NetworkError> {
    if input.len() != 1 {
        return Err(unsuited(layer, input, "a vector [features] is needed: flatten first"));
    }
    Ok(vec![outputs])
}

/// Output shape of a pool over `input`.
pub(crate) fn pool(
    layer: &str,
    window: &Window,
    input: &[usize],
) -> Result<Vec<usize>, NetworkError> {
    let [channels, image] = image_of(layer, input)?;
    let to = slide(layer, window, image)?;
    let refuse = |what: &str| NetworkError::Geometry { layer: layer.into(), what: what.into() };
    for axis in 0..2 {
        // A window that could lie in the padding alone has neither a maximum nor a mean.
        if window.padding[axis].max(window.padding[axis + 2]) >= window.reach(axis) {
            return Err(refuse("padding must be smaller than the pooling window"));
        }
        // A dilated window may straddle a small image without touching it.
        if (0..to[axis]).any(|at| window.taps_along(axis, at, image[axis]).is_empty()) {
            return Err(refuse("a pooling window touches nothing but padding"));
        }
    }
    Ok(vec![channels[0], to[0], to[1]])
}

/// Shape of a sum.
pub(crate) fn same(layer: &str, a: &[usize], b: &[usize]) -> Result<Vec<usize>, NetworkError> {
    if a == b {
        return Ok(a.to_vec());
    }
    Err(unsuited(layer, b, &format!("both inputs must have one shape, the other is {a:?}")))
}

/// Shape after a reshape.
pub(crate) fn reshape(
    layer: &str,
    input: &[usize],
    shape: &[usize],
) -> Result<Vec<usize>, NetworkError> {
    if elements(input) == elements(shape) {
        return Ok(shape.to_vec());
    }
    Err(unsuited(layer, input, &format!("it cannot be reshaped to {shape:?}")))
}

fn slide(layer: &str, window: &Window, image: [usize; 2]) -> Result<[usize; 2], NetworkError> {
    window.output(image).map_err(|what| NetworkError::Geometry { layer: layer.into(), what })
}

/// Channels (twice, to keep the array's shape) and image size.
fn image_of(layer: &str, input: &[usize]) -> Result<[[usize; 2]; 2], NetworkError> {
    match input {
        [channels, height, width] => Ok([[*channels; 2], [*height, *width]]),
        _ => Err(unsuited(layer, input, "an image [channels, height, width] is needed")),
    }
}

fn unsuited(layer: &str, found: &[usize], wanted: &str) -> NetworkError {
    NetworkError::InputShape { layer: layer.into(), found: found.to_vec(), wanted: wanted.into() }
}

fn clamp(layer: &str, lo: f32, hi: f32) -> Result<(), NetworkError> {
    if lo <= hi {
        return Ok(());
    }
    let what = format!("a clamp from {lo} to {hi} is empty");
    Err(NetworkError::Geometry { layer: layer.into(), what })
}

fn batch_norm(layer: &str, norm: &BatchNorm, input: &[usize]) -> Result<(), NetworkError> {
    let channels = *input.first().ok_or_else(|| unsuited(layer, input, "channels are needed"))?;
    parameters(layer, "scale", &norm.gamma, channels)?;
    parameters(layer, "offset", &norm.beta, channels)?;
    parameters(layer, "mean", &norm.mean, channels)?;
    parameters(layer, "variance", &norm.variance, channels)?;
    let negative = norm.variance.iter().position(|v| v + norm.epsilon <= 0.0);
    match negative {
        Some(channel) => Err(NetworkError::Geometry {
            layer: layer.into(),
            what: format!("the variance of channel {channel} is not above zero"),
        }),
        None => Ok(()),
    }
}

fn parameters(
    layer: &str,
    what: &'static str,
    values: &[f32],
    wanted: usize,
) -> Result<(), NetworkError> {
    let (layer, found) = (layer.to_owned(), values.len());
    if found != wanted {
        return Err(NetworkError::ParameterSize { layer, what, found, wanted });
    }
    match values.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(NetworkError::NotFinite { layer, what, value: values[index], index }),
        None => Ok(()),
    }
}
