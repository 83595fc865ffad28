//! Feature maps to a vector.

use super::{Backward, Layer};
use crate::shape::Shape;

/// Changes the shape only; channels come first, as in ONNX.
pub struct Flatten {
    input: Shape,
}

impl Flatten {
    /// A flattening of the given shape.
    pub fn new(input: Shape) -> Self {
        Self { input }
    }
}

impl Layer for Flatten {
    fn output_shape(&self) -> Shape {
        Shape::vector(self.input.size())
    }

    fn forward(&self, input: &[f32], output: &mut [f32]) {
        output.copy_from_slice(input);
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(input_grad) = pass.input_grad {
            input_grad.copy_from_slice(pass.output_grad);
        }
    }
}
