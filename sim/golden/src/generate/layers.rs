//! Random layers.

use bitladder_network::{Linear, QuantLayer, QuantNetwork, QuantOp, ValueId, Window, elements};
use bitladder_spec::{OutputStage, TensorFormat};

use super::stages::random_stage;
use super::weights::random_weights;
use super::{Draw, Limits};

/// A layer for a network; `None` or an invalid one if the draw does not work out.
pub(super) fn random_layer(
    draw: &mut Draw,
    network: &QuantNetwork,
    limits: &Limits,
) -> Option<QuantLayer> {
    // Mostly on top of the last value, sometimes a branch.
    let last = network.values() - 1;
    let source = if draw.one_in(6) { draw.below(last + 1) } else { last };
    let from = network.shape(source).to_vec();
    let kind = draw.below(16);
    match (&from[..], kind) {
        ([_, _, _], 0..=6) => conv(draw, network, limits, source),
        ([_, _, _], 7..=8) => max_pool(draw, network, source),
        ([_, _, _], 9..=10) => average_pool(draw, network, limits, source),
        ([_], 0..=8) => dense(draw, network, limits, source),
        (_, 11..=12) => add(draw, network, limits, source),
        (_, 13..=14) => rescale(draw, network, limits, source),
        _ => Some(reshape(draw, network, source)),
    }
}

/// A layer that is always valid: the last value in its own shape.
pub(super) fn same_again(network: &QuantNetwork) -> QuantLayer {
    let source = network.values() - 1;
    let (shape, format) = (network.shape(source).to_vec(), network.format(source));
    named(network, QuantOp::Reshape, vec![source], shape, format)
}

fn named(
    network: &QuantNetwork,
    op: QuantOp,
    inputs: Vec<ValueId>,
    shape: Vec<usize>,
    format: TensorFormat,
) -> QuantLayer {
    let name = format!("{}{}", op.name(), network.layers.len());
    QuantLayer { name, op, inputs, shape, format }
}

/// Completes a layer with a stage that fits its sums.
fn with_stage(
    draw: &mut Draw,
    network: &QuantNetwork,
    limits: &Limits,
    mut layer: QuantLayer,
) -> Option<QuantLayer> {
    let mut trial = network.clone();
    trial.layers.push(layer.clone());
    let span = trial.accumulator_span(network.layers.len())?;
    let format = draw.format(limits);
    let channels = layer.shape.first().copied().unwrap_or(1);
    let chosen = random_stage(draw, format, span, channels)?;
    layer.format = format;
    match &mut layer.op {
        QuantOp::Conv { linear, .. } | QuantOp::Dense { linear } => linear.stage = chosen,
        QuantOp::AveragePool { stage, .. }
        | QuantOp::Add { stage, .. }
        | QuantOp::Rescale { stage } => *stage = chosen,
        QuantOp::MaxPool { .. } | QuantOp::Reshape => {}
    }
    Some(layer)
}

fn linear(draw: &mut Draw, shape: [usize; 4]) -> Option<Linear> {
    let weights = random_weights(draw, shape)?;
    let reach = draw.among(&[0, 100, 1 << 20, 1 << 35]);
    let bias = (0..shape[0]).map(|_| draw.integer(-reach, reach)).collect();
    Some(Linear { weights, bias, stage: OutputStage::raw() })
}

fn conv(
    draw: &mut Draw,
    network: &QuantNetwork,
    limits: &Limits,
    source: ValueId,
) -> Option<QuantLayer> {
    let from = network.shape(source);
    let window = random_window(draw, false);
    let channels = from[0];
    let divisors: Vec<usize> = (1..=channels).filter(|n| channels.is_multiple_of(*n)).collect();
    let groups = match draw.below(4) {
        0 => channels,
        1 => draw.among(&divisors),
        _ => 1,
    };
    let per_group = match draw.below(3) {
        0 if groups > 1 => 1,
        _ => draw.between(1, (limits.channels / groups).max(1)),
    };
    let outputs = per_group * groups;
    let [height, width] = window.output([from[1], from[2]]).ok()?;
    let shape = [outputs, channels / groups, window.kernel[0], window.kernel[1]];
    let op = QuantOp::Conv { window, groups, linear: linear(draw, shape)? };
    let format = network.format(source);
    let layer = named(network, op, vec![source], vec![outputs, height, width], format);
    with_stage(draw, network, limits, layer)
}

fn dense(
    draw: &mut Draw,
    network: &QuantNetwork,
    limits: &Limits,
    source: ValueId,
) -> Option<QuantLayer> {
    let outputs = draw.between(1, limits.channels * 2);
    let inputs = *network.shape(source).first()?;
    let op = QuantOp::Dense { linear: linear(draw, [outputs, inputs, 1, 1])? };
    let layer = named(network, op, vec![source], vec![outputs], network.format(source));
    with_stage(draw, network, limits, layer)
}

fn random_window(draw: &mut Draw, pool: bool) -> Window {
    let extent = |draw: &mut Draw, most| draw.between(1, most);
    let kernel = [extent(draw, 4), extent(draw, 5)];
    let stride = [extent(draw, 3), extent(draw, 3)];
    let dilation = if draw.one_in(3) { [extent(draw, 2), extent(draw, 3)] } else { [1; 2] };
    let padding = if draw.one_in(2) { [0; 4] } else { [0; 4].map(|_: usize| draw.below(4)) };
    Window { kernel, stride, padding, dilation, ceil: pool && draw.one_in(2) }
}

fn pool_shape(draw: &mut Draw, from: &[usize]) -> Option<(Window, Vec<usize>)> {
    let image = [from[1], from[2]];
    let global = Window { kernel: image, ..Window::square(1) };
    let window = if draw.one_in(4) { global } else { random_window(draw, true) };
    let [height, width] = window.output(image).ok()?;
    Some((window, vec![from[0], height, width]))
}

fn max_pool(draw: &mut Draw, network: &QuantNetwork, source: ValueId) -> Option<QuantLayer> {
    let (window, shape) = pool_shape(draw, network.shape(source))?;
    let format = network.format(source);
    Some(named(network, QuantOp::MaxPool { window }, vec![source], shape, format))
}

fn average_pool(
    draw: &mut Draw,
    network: &QuantNetwork,
    limits: &Limits,
    source: ValueId,
) -> Option<QuantLayer> {
    let (window, shape) = pool_shape(draw, network.shape(source))?;
    let count_padding = draw.one_in(2);
    let op = QuantOp::AveragePool { window, count_padding, stage: OutputStage::raw() };
    let layer = named(network, op, vec![source], shape, network.format(source));
    with_stage(draw, network, limits, layer)
}

fn add(
    draw: &mut Draw,
    network: &QuantNetwork,
    limits: &Limits,
    source: ValueId,
) -> Option<QuantLayer> {
    let shape = network.shape(source).to_vec();
    let same: Vec<ValueId> =
        (0..network.values()).filter(|value| network.shape(*value) == shape).collect();
    let other = draw.among(&same);
    let most = draw.among(&[1, 255, (1 << 16) - 1]);
    let multipliers = [0; 2].map(|_: u32| draw.integer(0, most) as u32);
    let op = QuantOp::Add { multipliers, stage: OutputStage::raw() };
    let layer = named(network, op, vec![source, other], shape, network.format(source));
    with_stage(draw, network, limits, layer)
}

fn rescale(
    draw: &mut Draw,
    network: &QuantNetwork,
    limits: &Limits,
    source: ValueId,
) -> Option<QuantLayer> {
    let shape = network.shape(source).to_vec();
    let op = QuantOp::Rescale { stage: OutputStage::raw() };
    let layer = named(network, op, vec![source], shape, network.format(source));
    with_stage(draw, network, limits, layer)
}

fn reshape(draw: &mut Draw, network: &QuantNetwork, source: ValueId) -> QuantLayer {
    let shape = network.shape(source);
    let size = elements(shape).unwrap_or(0);
    let divisors: Vec<usize> = (1..=size).filter(|n| size.is_multiple_of(*n)).collect();
    let shape = match (shape.len(), draw.below(3)) {
        (3, 0 | 1) => vec![size],
        _ => {
            let channels = draw.among(&divisors);
            let rest: Vec<usize> =
                divisors.iter().copied().filter(|n| (size / channels).is_multiple_of(*n)).collect();
            let height = draw.among(&rest);
            vec![channels, height, size / channels / height]
        }
    };
    named(network, QuantOp::Reshape, vec![source], shape, network.format(source))
}

/// The whole range of 32-bit sums, for the tests of stages.
#[cfg(test)]
const WORD: bitladder_spec::Span =
    bitladder_spec::Span { lo: i32::MIN as i64, hi: i32::MAX as i64 };

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_spec::SplitMix64;

    #[test]
    fn stages_are_valid() {
        let mut draw = Draw(SplitMix64::new(5));
        for _ in 0..200 {
            let format = draw.format(&Limits::default());
            let stage = random_stage(&mut draw, format, WORD, 3).unwrap();
            assert_eq!(stage.validate(3), Ok(()));
        }
    }
}
