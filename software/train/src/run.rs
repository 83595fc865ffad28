//! A network's layers in order, on the device; who runs them says with which numbers.

use bitladder_network::{FloatLayer, FloatNetwork, FloatOp, ValueId, Window};
use bitladder_spec::BatchNorm;
use burn_tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn_tensor::{Tensor, activation, module};

/// A value of a batch.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Images, channels, rows, columns.
    Image(Tensor<4>),
    /// Images, features.
    Vector(Tensor<2>),
}

/// The numbers that a network runs with.
pub(crate) trait Numbers {
    /// Weights and bias of a layer.
    fn weights(&self, layer: usize) -> (Tensor<1>, Tensor<1>);

    /// A batch norm.
    fn norm(&mut self, layer: usize, norm: &BatchNorm, value: Value) -> Value;

    /// What becomes of a finished value before others read it.
    fn finish(&self, value: ValueId, result: Value) -> Value;
}

/// Why a network cannot be trained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedError {
    /// Not an image or vector in, or not a vector out.
    #[error("network `{network}` {what}; the trainer knows classifiers with one image input")]
    Interface {
        /// The network.
        network: String,
        /// What is unusual.
        what: String,
    },
    /// A layer that the framework cannot run.
    #[error("layer `{layer}`: {what}")]
    Layer {
        /// The layer.
        layer: String,
        /// What it would need, and what to do.
        what: &'static str,
    },
}

/// Refuses what [`run`] cannot do.
pub(crate) fn check(network: &FloatNetwork) -> Result<(), UnsupportedError> {
    let interface =
        |what: String| UnsupportedError::Interface { network: network.name().to_owned(), what };
    match network.inputs() {
        [input] if matches!(input.shape.len(), 1 | 3) => {}
        [input] => return Err(interface(format!("takes an input shaped {:?}", input.shape))),
        inputs => return Err(interface(format!("has {} inputs", inputs.len()))),
    }
    let output = network.shape(network.output());
    if output.len() != 1 {
        return Err(interface(format!("ends in a value shaped {output:?}")));
    }
    for (index, layer) in network.layers().iter().enumerate() {
        if let Some(what) = problem(network, index, layer) {
            return Err(UnsupportedError::Layer { layer: layer.name.clone(), what });
        }
    }
    Ok(())
}

fn problem(network: &FloatNetwork, index: usize, layer: &FloatLayer) -> Option<&'static str> {
    match &layer.op {
        FloatOp::Softmax if network.value_of_layer(index) != network.output() => {
            Some("a softmax inside the network cannot be trained; only the last layer may be one")
        }
        FloatOp::AveragePool { window, .. } if window.dilation != [1, 1] => {
            Some("a dilated average pool cannot be trained; use dilation 1")
        }
        FloatOp::AveragePool { window, count_padding: true } if window.ceil => {
            Some("an average pool cannot both count padding and round up; use one of them")
        }
        FloatOp::Reshape { shape } if !matches!(shape.len(), 1 | 3) => {
            Some("only images and vectors can be trained; reshape to 1 or 3 dimensions")
        }
        _ => None,
    }
}

/// The logits of a batch of images, each a row of numbers.
pub(crate) fn run(
    network: &FloatNetwork,
    images: Tensor<2>,
    numbers: &mut dyn Numbers,
) -> Tensor<2> {
    let input = shaped(Value::Vector(images), &network.inputs()[0].shape);
    let mut values = vec![input];
    for (index, layer) in network.layers().iter().enumerate() {
        let inputs: Vec<Value> = layer.inputs.iter().map(|v| values[*v].clone()).collect();
        let result = step(index, layer, inputs, numbers);
        let value = network.value_of_layer(index);
        values.push(numbers.finish(value, result));
    }
    match values.swap_remove(network.output()) {
        Value::Vector(logits) => logits,
        Value::Image(image) => image.flatten(1, 3),
    }
}

fn step(
    index: usize,
    layer: &FloatLayer,
    mut inputs: Vec<Value>,
    numbers: &mut dyn Numbers,
) -> Value {
    let input = inputs.swap_remove(0);
    match &layer.op {
        FloatOp::Conv { window, groups, outputs, weights, .. } => {
            let numbers = numbers.weights(index);
            let taps = window.kernel;
            let inputs = weights.len() / (outputs * window.taps()).max(1);
            let shape = [*outputs, inputs, taps[0], taps[1]];
            conv(image(input), *window, *groups, shape, numbers)
        }
        FloatOp::Dense { outputs, .. } => dense(vector(input), *outputs, numbers.weights(index)),
        FloatOp::MaxPool { window } => Value::Image(max_pool(image(input), *window)),
        FloatOp::AveragePool { window, count_padding } => {
            Value::Image(average_pool(image(input), *window, *count_padding))
        }
        FloatOp::Clamp { lo, hi } => map(input, &Clamp { lo: *lo, hi: *hi }),
        FloatOp::Add => sum(input, inputs.swap_remove(0)),
        FloatOp::Reshape { shape } => shaped(input, shape),
        FloatOp::BatchNorm(norm) => numbers.norm(index, norm, input),
        // Losses and decisions are taken from logits.
        FloatOp::Softmax => input,
    }
}

/// Rows and columns as pairs of begin and end.
fn padding(window: Window) -> [(usize, usize); 2] {
    let [top, left, bottom, right] = window.padding;
    [(top, bottom), (left, right)]
}

fn conv(
    input: Tensor<4>,
    window: Window,
    groups: usize,
    shape: [usize; 4],
    (weights, bias): (Tensor<1>, Tensor<1>),
) -> Value {
    let options =
        ConvOptions::new_with_padding(window.stride, padding(window), window.dilation, groups);
    Value::Image(module::conv2d(input, weights.reshape(shape), Some(bias), options))
}

fn max_pool(input: Tensor<4>, window: Window) -> Tensor<4> {
    let mut options = MaxPoolOptions::new(window.kernel);
    options.stride = window.stride;
    options.padding = padding(window);
    options.dilation = window.dilation;
    options.ceil_mode = window.ceil;
    module::max_pool2d(input, options)
}

fn average_pool(input: Tensor<4>, window: Window, count_padding: bool) -> Tensor<4> {
    let mut options = AvgPoolOptions::new(window.kernel);
    options.stride = window.stride;
    options.padding = padding(window);
    options.count_include_pad = count_padding;
    options.ceil_mode = window.ceil;
    module::avg_pool2d(input, options)
}

fn dense(input: Tensor<2>, outputs: usize, (weights, bias): (Tensor<1>, Tensor<1>)) -> Value {
    let inputs = input.dims()[1];
    let weights = weights.reshape([outputs, inputs]).transpose();
    Value::Vector(input.matmul(weights) + bias.unsqueeze::<2>())
}

fn sum(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Image(a), Value::Image(b)) => Value::Image(a + b),
        (a, b) => Value::Vector(vector(a) + vector(b)),
    }
}

/// The same numbers in another shape.
fn shaped(value: Value, shape: &[usize]) -> Value {
    match (value, shape) {
        (Value::Image(t), [c, h, w]) => Value::Image(reshaped(t, [*c, *h, *w])),
        (Value::Vector(t), [c, h, w]) => Value::Image(reshaped(t, [*c, *h, *w])),
        (value, _) => Value::Vector(vector(value)),
    }
}

fn reshaped<const D: usize>(tensor: Tensor<D>, [c, h, w]: [usize; 3]) -> Tensor<4> {
    let images = tensor.dims()[0];
    tensor.reshape([images, c, h, w])
}

pub(crate) fn image(value: Value) -> Tensor<4> {
    match value {
        Value::Image(image) => image,
        Value::Vector(vector) => {
            let [images, features] = vector.dims();
            vector.reshape([images, features, 1, 1])
        }
    }
}

fn vector(value: Value) -> Tensor<2> {
    match value {
        Value::Image(image) => image.flatten(1, 3),
        Value::Vector(vector) => vector,
    }
}

/// A function of every element, whatever the rank.
pub(crate) trait Elementwise {
    fn apply<const D: usize>(&self, tensor: Tensor<D>) -> Tensor<D>;
}

pub(crate) fn map(value: Value, function: &impl Elementwise) -> Value {
    match value {
        Value::Image(image) => Value::Image(function.apply(image)),
        Value::Vector(vector) => Value::Vector(function.apply(vector)),
    }
}

struct Clamp {
    lo: f32,
    hi: f32,
}

impl Elementwise for Clamp {
    fn apply<const D: usize>(&self, tensor: Tensor<D>) -> Tensor<D> {
        match (self.lo, self.hi) {
            (0.0, f32::INFINITY) => activation::relu(tensor),
            (lo, f32::INFINITY) => tensor.clamp_min(lo),
            (f32::NEG_INFINITY, hi) => tensor.clamp_max(hi),
            (lo, hi) => tensor.clamp(lo, hi),
        }
    }
}
