//! Every backward pass against finite differences of its forward pass.

use bitladder_train::layers::{Backward, Conv2d, Dense, Flatten, Init, Layer, MaxPool, Relu};
use bitladder_train::loss::softmax_cross_entropy;
use bitladder_train::network::Network;
use bitladder_train::rng::SplitMix64;
use bitladder_train::shape::Shape;
use bitladder_train::spec::DIGITS_CNN;

const SAMPLES: usize = 3;
/// Half the step of the difference quotient; large, as the layers are linear between kinks.
const STEP: f32 = 1e-2;

fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = SplitMix64::new(seed);
    (0..count).map(|_| rng.symmetric(1.0)).collect()
}

/// A shuffled staircase without zero whose steps are larger than the difference quotient, so that
/// no value crosses a kink and no two values swap their order.
fn staircase(count: usize, seed: u64) -> Vec<f32> {
    let mut values: Vec<f32> =
        (0..count).map(|step| (step as f32 - count as f32 / 2.0 + 0.5) * 0.1).collect();
    SplitMix64::new(seed).shuffle(&mut values);
    values
}

/// A stand-in for a loss: the sum of the outputs weighted by `weights`.
fn objective(layer: &dyn Layer, input: &[f32], weights: &[f32]) -> f64 {
    let mut output = vec![0.0; weights.len()];
    layer.forward(input, &mut output);
    output.iter().zip(weights).map(|(&value, &weight)| f64::from(value) * f64::from(weight)).sum()
}

fn assert_close(what: &str, analytic: f32, above: f64, below: f64) {
    let numeric = (above - below) / f64::from(2.0 * STEP);
    let tolerance = 2e-3 * (1.0 + numeric.abs());
    assert!(
        (f64::from(analytic) - numeric).abs() < tolerance,
        "{what}: {analytic} is not {numeric}"
    );
}

fn check(mut layer: impl Layer, mut input: Vec<f32>) {
    let weights = random(SAMPLES * layer.output_shape().size(), 77);
    let mut input_grad = vec![f32::NAN; input.len()];
    let mut param_grads: Vec<Vec<f32>> =
        layer.params().iter().map(|param| vec![0.0; param.values.len()]).collect();
    layer.backward(Backward {
        input: &input,
        output_grad: &weights,
        input_grad: Some(&mut input_grad),
        param_grads: &mut param_grads,
    });
    for (index, &analytic) in input_grad.iter().enumerate() {
        let value = input[index];
        input[index] = value + STEP;
        let above = objective(&layer, &input, &weights);
        input[index] = value - STEP;
        let below = objective(&layer, &input, &weights);
        input[index] = value;
        assert_close(&format!("input {index}"), analytic, above, below);
    }
    for (which, grads) in param_grads.iter().enumerate() {
        for (index, &analytic) in grads.iter().enumerate() {
            let value = layer.params()[which].values[index];
            layer.params_mut()[which].values[index] = value + STEP;
            let above = objective(&layer, &input, &weights);
            layer.params_mut()[which].values[index] = value - STEP;
            let below = objective(&layer, &input, &weights);
            layer.params_mut()[which].values[index] = value;
            let name = layer.params()[which].name;
            assert_close(&format!("{name} {index}"), analytic, above, below);
        }
    }
}

#[test]
fn convolution_without_padding() {
    let input = Shape::new(2, 5, 6);
    let layer = Conv2d::new(input, 3, 3, 0, Init::He, &mut SplitMix64::new(1));
    assert_eq!(layer.output_shape(), Shape::new(3, 3, 4));
    check(layer, random(SAMPLES * input.size(), 2));
}

#[test]
fn convolution_with_padding() {
    let input = Shape::new(2, 4, 3);
    for padding in [1, 2, 4] {
        let layer = Conv2d::new(input, 2, 3, padding, Init::Xavier, &mut SplitMix64::new(3));
        check(layer, random(SAMPLES * input.size(), 4));
    }
}

#[test]
fn fully_connected() {
    let layer = Dense::new(7, 5, Init::He, &mut SplitMix64::new(5));
    check(layer, random(SAMPLES * 7, 6));
}

#[test]
fn relu() {
    let shape = Shape::new(2, 3, 3);
    check(Relu::new(shape), staircase(SAMPLES * shape.size(), 7));
}

#[test]
fn max_pooling_with_rows_left_over() {
    let shape = Shape::new(2, 5, 4);
    let layer = MaxPool::new(shape, 2);
    assert_eq!(layer.output_shape(), Shape::new(2, 2, 2));
    check(layer, staircase(SAMPLES * shape.size(), 8));
}

#[test]
fn flatten() {
    let shape = Shape::new(2, 3, 2);
    check(Flatten::new(shape), random(SAMPLES * shape.size(), 9));
}

#[test]
fn softmax_cross_entropy_of_logits() {
    let labels = [0, 3, 2];
    let mut logits = random(SAMPLES * 4, 10);
    let loss = |logits: &[f32]| softmax_cross_entropy(&mut logits.to_vec(), &labels).loss;
    let mut gradient = logits.clone();
    softmax_cross_entropy(&mut gradient, &labels);
    for (index, &analytic) in gradient.iter().enumerate() {
        let value = logits[index];
        logits[index] = value + STEP;
        let above = loss(&logits);
        logits[index] = value - STEP;
        let below = loss(&logits);
        logits[index] = value;
        assert_close(&format!("logit {index}"), analytic, above, below);
    }
}

/// The layers in a row: a step against the gradient changes the loss by what the gradient says.
#[test]
fn whole_network() {
    let mut network = Network::new(DIGITS_CNN, 11).unwrap();
    let images: Vec<f32> =
        random(SAMPLES * DIGITS_CNN.input.size(), 12).into_iter().map(f32::abs).collect();
    let labels = [1, 7, 9];
    let before = network.gradient(&images, &labels);
    let squared_length: f64 =
        before.grads.iter().flatten().map(|&grad| f64::from(grad) * f64::from(grad)).sum();
    let rate = 1e-4;
    for (param, grads) in network.params_mut().zip(&before.grads) {
        for (value, &grad) in param.values.iter_mut().zip(grads) {
            *value -= rate * grad;
        }
    }
    let after = network.gradient(&images, &labels);
    let ratio = (before.score.loss - after.score.loss) / (f64::from(rate) * squared_length);
    assert!((ratio - 1.0).abs() < 0.02, "the loss fell by {ratio} of what was promised");
}
