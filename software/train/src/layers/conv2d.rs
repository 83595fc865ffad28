//! Two-dimensional convolution.

use super::im2col::Window;
use super::matrix::{matrix, multiply};
use super::{Backward, Init, Layer, Param, two_buffers};
use crate::rng::SplitMix64;
use crate::shape::Shape;

/// Convolution with square kernels, stride 1 and zero padding on all sides.
pub struct Conv2d {
    window: Window,
    filters: usize,
    params: [Param; 2],
}

impl Conv2d {
    /// A convolution with random weights. The kernel must fit into the padded input.
    pub fn new(
        input: Shape,
        filters: usize,
        kernel: usize,
        padding: usize,
        init: Init,
        rng: &mut SplitMix64,
    ) -> Self {
        let window = Window { input, kernel, padding };
        let (fan_in, fan_out) = (window.rows(), filters * kernel * kernel);
        let weights = init.draw(filters * fan_in, fan_in, fan_out, rng);
        let weight = Param::weight(&[filters, input.channels, kernel, kernel], weights);
        Self { window, filters, params: [weight, Param::zero_bias(filters)] }
    }

    fn scratch(&self) -> Vec<f32> {
        vec![0.0; self.window.rows() * self.window.columns()]
    }
}

impl Layer for Conv2d {
    fn output_shape(&self) -> Shape {
        Shape::new(self.filters, self.window.output_height(), self.window.output_width())
    }

    fn forward(&self, input: &[f32], output: &mut [f32]) {
        let (rows, columns) = (self.window.rows(), self.window.columns());
        let [weight, bias] = &self.params;
        let weights = matrix(&weight.values, self.filters, rows);
        let mut patches = self.scratch();
        let samples = input.chunks_exact(self.window.input.size());
        for (image, maps) in samples.zip(output.chunks_exact_mut(self.filters * columns)) {
            self.window.unfold(image, &mut patches);
            for (map, &start) in maps.chunks_exact_mut(columns).zip(&bias.values) {
                map.fill(start);
            }
            multiply(&weights, &matrix(&patches, rows, columns), maps, true);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let (rows, columns) = (self.window.rows(), self.window.columns());
        let size = self.window.input.size();
        let weights = matrix(&self.params[0].values, self.filters, rows);
        let mut patches = self.scratch();
        let [weight_grad, bias_grad] = two_buffers(pass.param_grads);
        let mut input_grad = pass.input_grad;
        let samples = pass.input.chunks_exact(size);
        let grads = pass.output_grad.chunks_exact(self.filters * columns);
        for (index, (image, maps)) in samples.zip(grads).enumerate() {
            self.window.unfold(image, &mut patches);
            let map_grads = matrix(maps, self.filters, columns);
            multiply(&map_grads, &matrix(&patches, rows, columns).t(), weight_grad, true);
            for (sum, map) in bias_grad.iter_mut().zip(maps.chunks_exact(columns)) {
                *sum += map.iter().sum::<f32>();
            }
            if let Some(input_grad) = input_grad.as_deref_mut() {
                multiply(&weights.t(), &map_grads, &mut patches, false);
                self.window.fold(&patches, &mut input_grad[index * size..][..size]);
            }
        }
    }

    fn params(&self) -> &[Param] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [Param] {
        &mut self.params
    }
}
