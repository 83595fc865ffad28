//! Rectified linear unit.

use super::{Backward, Layer};
use crate::shape::Shape;

/// Negative values become zero.
pub struct Relu {
    shape: Shape,
}

impl Relu {
    /// A ReLU on samples of the given shape.
    pub fn new(shape: Shape) -> Self {
        Self { shape }
    }
}

impl Layer for Relu {
    fn output_shape(&self) -> Shape {
        self.shape
    }

    fn forward(&self, input: &[f32], output: &mut [f32]) {
        for (target, &value) in output.iter_mut().zip(input) {
            *target = value.max(0.0);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(input_grad) = pass.input_grad else {
            return;
        };
        let grads = input_grad.iter_mut().zip(pass.output_grad);
        for ((target, &grad), &value) in grads.zip(pass.input) {
            *target = if value > 0.0 { grad } else { 0.0 };
        }
    }
}
