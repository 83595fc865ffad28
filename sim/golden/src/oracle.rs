//! The integer definition.
//!
//! One loop per operation, 64-bit accumulators, no cleverness: where the fast engine or the
//! hardware disagrees, this is right.

use bitladder_network::{Linear, QuantInput, QuantLayer, QuantNetwork, QuantOp, ValueId, Window};
use bitladder_spec::{OutputStage, accumulator, pool};

use crate::tensor::check_inputs;
use crate::{GoldenError, IntBatch};

/// Runs a network and returns its result. The observer sees every value in order, inputs first.
pub fn run(
    network: &QuantNetwork,
    inputs: &[IntBatch],
    mut observer: impl FnMut(ValueId, &IntBatch),
) -> Result<IntBatch, GoldenError> {
    network.validate(accumulator::MAX_BITS)?;
    check_integers(&network.name, &network.inputs, inputs)?;
    let mut values: Vec<IntBatch> = inputs.to_vec();
    for (value, batch) in values.iter().enumerate() {
        observer(value, batch);
    }
    for layer in &network.layers {
        let batch = run_layer(network, layer, &values);
        observer(values.len(), &batch);
        values.push(batch);
    }
    Ok(values.swap_remove(network.output))
}

/// Shapes of the inputs, and that every integer lies in its format.
pub(crate) fn check_integers(
    network: &str,
    inputs: &[QuantInput],
    given: &[IntBatch],
) -> Result<(), GoldenError> {
    let wanted = inputs.iter().map(|i| (i.name.as_str(), i.shape.as_slice()));
    check_inputs(network, wanted, given)?;
    for (input, batch) in inputs.iter().zip(given) {
        let span = input.format.ty.span();
        // First without a way out, so that it is vectorised: nearly always there is nothing to find.
        let (lo, hi) = (span.lo as i32, span.hi as i32);
        if batch.data().iter().fold(true, |all, v| all & (lo <= *v) & (*v <= hi)) {
            continue;
        }
        if let Some(index) = batch.data().iter().position(|v| !span.contains(i64::from(*v))) {
            return Err(GoldenError::Range {
                input: input.name.clone(),
                value: batch.data()[index],
                index,
                format: input.format.to_string(),
            });
        }
    }
    Ok(())
}

fn run_layer(network: &QuantNetwork, layer: &QuantLayer, values: &[IntBatch]) -> IntBatch {
    let source = &values[layer.inputs[0]];
    let zero = network.format(layer.inputs[0]).zero_point;
    if matches!(layer.op, QuantOp::Reshape) {
        return source.reshaped(&layer.shape);
    }
    let mut batch = IntBatch::zeros(source.images(), &layer.shape);
    let size = batch.size().max(1);
    for (image, output) in batch.data_mut().chunks_mut(size).enumerate() {
        let input = Image { data: source.image(image), shape: source.shape(), zero };
        if let QuantOp::Add { multipliers, stage } = &layer.op {
            let (data, zero) =
                (values[layer.inputs[1]].image(image), network.format(layer.inputs[1]).zero_point);
            let other = Image { data, shape: source.shape(), zero };
            add(*multipliers, stage, [input, other], output, &layer.shape);
        } else {
            run_image(&layer.op, input, output, &layer.shape);
        }
    }
    batch
}

/// A layer with one input, on one image.
fn run_image(op: &QuantOp, input: Image, output: &mut [i32], to: &[usize]) {
    match op {
        QuantOp::Conv { window, groups, linear } => {
            conv(*window, *groups, linear, input, output, to);
        }
        QuantOp::Dense { linear } => dense(linear, input, output),
        QuantOp::MaxPool { window } => for_windows(*window, input, output, to, |taps, _, _| {
            pool::max(taps).unwrap_or(input.zero)
        }),
        QuantOp::AveragePool { window, count_padding, stage } => {
            for_windows(*window, input, output, to, |taps, padded, channel| {
                let (sum, inside) = pool::sum(taps, input.zero);
                stage.finish(sum, channel, if *count_padding { padded } else { inside })
            });
        }
        QuantOp::Rescale { stage } => for_each(stage, output, to, |index| input.centred(index)),
        QuantOp::Reshape | QuantOp::Add { .. } => output.copy_from_slice(input.data),
    }
}

fn add(
    multipliers: [u32; 2],
    stage: &OutputStage,
    inputs: [Image; 2],
    output: &mut [i32],
    to: &[usize],
) {
    let [a, b] = inputs;
    let [by_a, by_b] = multipliers.map(i64::from);
    for_each(stage, output, to, |index| by_a * a.centred(index) + by_b * b.centred(index));
}

/// One image's integers.
#[derive(Clone, Copy)]
struct Image<'a> {
    data: &'a [i32],
    shape: &'a [usize],
    zero: i32,
}

impl Image<'_> {
    fn centred(&self, index: usize) -> i64 {
        i64::from(self.data[index]) - i64::from(self.zero)
    }
}

fn conv(
    window: Window,
    groups: usize,
    linear: &Linear,
    input: Image,
    output: &mut [i32],
    to: &[usize],
) {
    let weights = linear.weights.integers();
    let [channels, height, width] = [input.shape[0], input.shape[1], input.shape[2]];
    let (inputs, outputs) = (channels / groups, to[0] / groups);
    let mut results = output.iter_mut();
    for o in 0..to[0] {
        for (row, column) in (0..to[1]).flat_map(|r| (0..to[2]).map(move |c| (r, c))) {
            let mut sum = linear.bias[o];
            for i in 0..inputs {
                let channel = o / outputs * inputs + i;
                for (ky, kx, y, x) in window.taps_inside([row, column], [height, width]) {
                    let tap = ((o * inputs + i) * window.kernel[0] + ky) * window.kernel[1] + kx;
                    let at = (channel * height + y) * width + x;
                    sum += i64::from(weights[tap]) * input.centred(at);
                }
            }
            if let Some(result) = results.next() {
                *result = linear.stage.finish(sum, o, 1);
            }
        }
    }
}

fn dense(linear: &Linear, input: Image, output: &mut [i32]) {
    let weights = linear.weights.integers();
    let inputs = input.data.len();
    for (o, result) in output.iter_mut().enumerate() {
        let products = (0..inputs).map(|i| i64::from(weights[o * inputs + i]) * input.centred(i));
        *result = linear.stage.finish(linear.bias[o] + products.sum::<i64>(), o, 1);
    }
}

/// Calls `reduce` with each window's values, its count of positions (padding included) and its
/// channel.
fn for_windows(
    window: Window,
    input: Image,
    output: &mut [i32],
    to: &[usize],
    reduce: impl Fn(Vec<i32>, u32, usize) -> i32,
) {
    let [height, width] = [input.shape[1], input.shape[2]];
    for (index, result) in output.iter_mut().enumerate() {
        let (channel, place) = (index / (to[1] * to[2]), index % (to[1] * to[2]));
        let at = [place / to[2], place % to[2]];
        let taps = window
            .taps_inside(at, [height, width])
            .map(|(_, _, y, x)| input.data[(channel * height + y) * width + x])
            .collect();
        *result = reduce(taps, window.taps_padded(at, [height, width]), channel);
    }
}

/// Fills the output element by element from accumulators.
fn for_each(
    stage: &OutputStage,
    output: &mut [i32],
    shape: &[usize],
    accumulate: impl Fn(usize) -> i64,
) {
    let per_channel = shape.iter().skip(1).product::<usize>().max(1);
    for (index, result) in output.iter_mut().enumerate() {
        *result = stage.finish(accumulate(index), index / per_channel, 1);
    }
}

#[cfg(test)]
#[path = "oracle_tests.rs"]
mod tests;
