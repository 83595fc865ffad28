//! Fully connected layer.

use super::matrix::{matrix, multiply};
use super::{Backward, Init, Layer, Param, two_buffers};
use crate::rng::SplitMix64;
use crate::shape::Shape;

/// Every output is a weighted sum of all inputs plus a bias.
pub struct Dense {
    inputs: usize,
    outputs: usize,
    params: [Param; 2],
}

impl Dense {
    /// A layer with random weights.
    pub fn new(inputs: usize, outputs: usize, init: Init, rng: &mut SplitMix64) -> Self {
        let weights = init.draw(inputs * outputs, inputs, outputs, rng);
        let params = [Param::weight(&[outputs, inputs], weights), Param::zero_bias(outputs)];
        Self { inputs, outputs, params }
    }
}

impl Layer for Dense {
    fn output_shape(&self) -> Shape {
        Shape::vector(self.outputs)
    }

    fn forward(&self, input: &[f32], output: &mut [f32]) {
        let [weight, bias] = &self.params;
        for sample in output.chunks_exact_mut(self.outputs) {
            sample.copy_from_slice(&bias.values);
        }
        let inputs = matrix(input, input.len() / self.inputs, self.inputs);
        multiply(&inputs, &matrix(&weight.values, self.outputs, self.inputs).t(), output, true);
    }

    fn backward(&self, pass: Backward<'_>) {
        let samples = pass.input.len() / self.inputs;
        let [weight_grad, bias_grad] = two_buffers(pass.param_grads);
        let output_grad = matrix(pass.output_grad, samples, self.outputs);
        let input = matrix(pass.input, samples, self.inputs);
        multiply(&output_grad.t(), &input, weight_grad, true);
        for sample in pass.output_grad.chunks_exact(self.outputs) {
            for (sum, grad) in bias_grad.iter_mut().zip(sample) {
                *sum += grad;
            }
        }
        if let Some(input_grad) = pass.input_grad {
            let weights = matrix(&self.params[0].values, self.outputs, self.inputs);
            multiply(&output_grad, &weights, input_grad, false);
        }
    }

    fn params(&self) -> &[Param] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [Param] {
        &mut self.params
    }
}
