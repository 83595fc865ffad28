//! The float reference.
//!
//! Convolutions and fully connected layers add in single precision: bias first for convolutions,
//! then the products in the order channel, kernel row, kernel column; a fully connected layer adds
//! in sixteen interleaved partial sums. The order is fixed, so results repeat to the bit for any
//! number of threads.

use bitladder_network::{FloatNetwork, FloatOp, ValueId, Window};
use bitladder_spec::{BatchNorm, decision};

use crate::tensor::check_inputs;
use crate::{FloatBatch, GoldenError};

/// Partial sums of a dot product.
const LANES: usize = 16;

/// Runs a network and returns its result. The observer sees every value in order, the inputs
/// first; what it returns as an error ends the run.
pub fn run<E: From<GoldenError>>(
    network: &FloatNetwork,
    inputs: &[FloatBatch],
    threads: usize,
    mut observer: impl FnMut(ValueId, &FloatBatch) -> Result<(), E>,
) -> Result<FloatBatch, E> {
    let wanted = network.inputs().iter().map(|i| (i.name.as_str(), i.shape.as_slice()));
    check_inputs(network.name(), wanted, inputs)?;
    let mut values: Vec<FloatBatch> = inputs.to_vec();
    for (value, batch) in values.iter().enumerate() {
        observer(value, batch)?;
    }
    for layer in network.layers() {
        let sources: Vec<&FloatBatch> = layer.inputs.iter().map(|v| &values[*v]).collect();
        let batch = match &layer.op {
            FloatOp::Reshape { shape } => sources[0].reshaped(shape),
            op => over_images(&sources, &layer.shape, threads, |images, output| {
                image(op, images, sources[0].shape(), output, &layer.shape);
            }),
        };
        observer(values.len(), &batch)?;
        values.push(batch);
    }
    Ok(values.swap_remove(network.output()))
}

/// Fills a batch image by image; each thread takes a run of images.
fn over_images(
    sources: &[&FloatBatch],
    shape: &[usize],
    threads: usize,
    work: impl Fn(&[&[f32]], &mut [f32]) + Sync,
) -> FloatBatch {
    let images = sources[0].images();
    let mut batch = FloatBatch::zeros(images, shape);
    let size = batch.size();
    let share = images.div_ceil(threads.max(1)).max(1);
    if size == 0 {
        return batch;
    }
    let work = &work;
    std::thread::scope(|scope| {
        for (run, outputs) in batch.data_mut().chunks_mut(share * size).enumerate() {
            let mut task = move || {
                for (offset, output) in outputs.chunks_mut(size).enumerate() {
                    let inputs: Vec<&[f32]> =
                        sources.iter().map(|s| s.image(run * share + offset)).collect();
                    work(&inputs, output);
                }
            };
            if threads > 1 {
                scope.spawn(task);
            } else {
                task();
            }
        }
    });
    batch
}

/// One layer on one image.
fn image(op: &FloatOp, inputs: &[&[f32]], from: &[usize], output: &mut [f32], to: &[usize]) {
    let input = inputs[0];
    match op {
        FloatOp::Conv { window, groups, weights, bias, .. } => {
            conv(*window, *groups, weights, bias, (input, from), (output, to));
        }
        FloatOp::Dense { weights, bias, .. } => {
            for ((y, row), b) in output.iter_mut().zip(weights.chunks(input.len().max(1))).zip(bias)
            {
                *y = b + dot(row, input);
            }
        }
        FloatOp::MaxPool { .. } | FloatOp::AveragePool { .. } => {
            pool_image(op, (input, from), (output, to));
        }
        FloatOp::Clamp { lo, hi } => {
            map(input, output, |x| {
                if x < *lo {
                    *lo
                } else if x > *hi {
                    *hi
                } else {
                    x
                }
            });
        }
        FloatOp::Add => {
            for ((y, a), b) in output.iter_mut().zip(input).zip(inputs[1]) {
                *y = a + b;
            }
        }
        FloatOp::BatchNorm(norm) => batch_norm(norm, input, output),
        FloatOp::Softmax => {
            let logits: Vec<f64> = input.iter().map(|x| f64::from(*x)).collect();
            for (y, p) in output.iter_mut().zip(decision::softmax_real(&logits)) {
                *y = p as f32;
            }
        }
        FloatOp::Reshape { .. } => output.copy_from_slice(input),
    }
}

/// The two kinds of pooling.
fn pool_image(op: &FloatOp, from: (&[f32], &[usize]), to: (&mut [f32], &[usize])) {
    if let FloatOp::MaxPool { window } = op {
        pool(*window, from, to, |taps, _| taps.fold(f32::NEG_INFINITY, f32::max));
    } else if let FloatOp::AveragePool { window, count_padding } = op {
        pool(*window, from, to, |taps, padded| {
            let (sum, inside) = taps.fold((0.0f32, 0u32), |(s, n), x| (s + x, n + 1));
            sum / if *count_padding { padded } else { inside } as f32
        });
    }
}

fn map(input: &[f32], output: &mut [f32], f: impl Fn(f32) -> f32) {
    for (y, x) in output.iter_mut().zip(input) {
        *y = f(*x);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a_runs, a_rest) = a.as_chunks::<LANES>();
    let (b_runs, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_runs.iter().zip(b_runs) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

fn batch_norm(norm: &BatchNorm, input: &[f32], output: &mut [f32]) {
    let per_channel = input.len() / norm.channels().max(1);
    for (index, (y, x)) in output.iter_mut().zip(input).enumerate() {
        let (scale, offset) = norm.affine(index / per_channel.max(1));
        *y = (f64::from(*x) * scale + offset) as f32;
    }
}

/// A convolution as sums of shifted rows, which keeps the inner loop contiguous.
fn conv(
    window: Window,
    groups: usize,
    weights: &[f32],
    bias: &[f32],
    (input, from): (&[f32], &[usize]),
    (output, to): (&mut [f32], &[usize]),
) {
    let [height, width] = [from[1], from[2]];
    let [rows, columns] = [to[1], to[2]];
    let (inputs, outputs) = (from[0] / groups, to[0] / groups);
    let taps = window.taps();
    for (o, plane) in output.chunks_mut(rows * columns).enumerate() {
        plane.fill(bias[o]);
        for i in 0..inputs {
            let source = &input[(o / outputs * inputs + i) * height * width..][..height * width];
            for tap in 0..taps {
                let weight = weights[(o * inputs + i) * taps + tap];
                let (ky, kx) = (tap / window.kernel[1], tap % window.kernel[1]);
                for (row, line) in plane.chunks_mut(columns).enumerate() {
                    let y = row * window.stride[0] + ky * window.dilation[0];
                    let Some(y) = y.checked_sub(window.padding[0]).filter(|y| *y < height) else {
                        continue;
                    };
                    add_row(&source[y * width..][..width], line, weight, window, kx);
                }
            }
        }
    }
}

/// Adds `weight` times the source row, as tap column `kx` sees it, to a row of outputs.
fn add_row(source: &[f32], line: &mut [f32], weight: f32, window: Window, kx: usize) {
    let (stride, shift, left) = (window.stride[1], kx * window.dilation[1], window.padding[1]);
    // The outputs whose tap lies inside the image.
    let first = left.saturating_sub(shift).div_ceil(stride).min(line.len());
    let end = (source.len() + left).saturating_sub(shift).div_ceil(stride).min(line.len());
    if first >= end {
        return;
    }
    let start = first * stride + shift - left;
    let taps = source[start..].iter().step_by(stride);
    if stride == 1 {
        for (y, x) in line[first..end].iter_mut().zip(&source[start..]) {
            *y += weight * x;
        }
    } else {
        for (y, x) in line[first..end].iter_mut().zip(taps) {
            *y += weight * x;
        }
    }
}

/// Calls `reduce` with each window's values and its count of positions, padding included.
fn pool(
    window: Window,
    (input, from): (&[f32], &[usize]),
    (output, to): (&mut [f32], &[usize]),
    reduce: impl Fn(&mut dyn Iterator<Item = f32>, u32) -> f32,
) {
    let (size, [rows, columns]) = ([from[1], from[2]], [to[1], to[2]]);
    let planes = input.chunks((size[0] * size[1]).max(1));
    for (plane, out) in planes.zip(output.chunks_mut(rows * columns)) {
        for (place, y) in out.iter_mut().enumerate() {
            let at = [place / columns, place % columns];
            let mut taps = window.taps_inside(at, size).map(|(_, _, y, x)| plane[y * size[1] + x]);
            *y = reduce(&mut taps, window.taps_padded(at, size));
        }
    }
}

#[cfg(test)]
#[path = "float_tests.rs"]
mod tests;
