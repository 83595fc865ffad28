//! Maximum pooling.

use super::{Backward, Layer};
use crate::shape::Shape;

/// The maximum of each square of `size` by `size` pixels, without overlap. Rows and columns that
/// do not fill a square are dropped.
pub struct MaxPool {
    input: Shape,
    size: usize,
}

impl MaxPool {
    /// A pooling of the given shape. The square must fit into it.
    pub fn new(input: Shape, size: usize) -> Self {
        Self { input, size }
    }

    /// Position in `map` of the maximum under output pixel (`y`, `x`); the first one on a tie.
    fn argmax(&self, map: &[f32], y: usize, x: usize) -> usize {
        let corner = y * self.size * self.input.width + x * self.size;
        let mut best = corner;
        for row in 0..self.size {
            let start = corner + row * self.input.width;
            for position in start..start + self.size {
                if map[position] > map[best] {
                    best = position;
                }
            }
        }
        best
    }

    /// Calls `visit(output index, input index)` for the maximum under each output pixel.
    fn for_each_maximum(&self, input: &[f32], mut visit: impl FnMut(usize, usize)) {
        let output = self.output_shape();
        for (map_index, map) in input.chunks_exact(self.input.plane()).enumerate() {
            for y in 0..output.height {
                for x in 0..output.width {
                    let target = map_index * output.plane() + y * output.width + x;
                    visit(target, map_index * self.input.plane() + self.argmax(map, y, x));
                }
            }
        }
    }
}

impl Layer for MaxPool {
    fn output_shape(&self) -> Shape {
        let Shape { channels, height, width } = self.input;
        Shape::new(channels, height / self.size, width / self.size)
    }

    fn forward(&self, input: &[f32], output: &mut [f32]) {
        self.for_each_maximum(input, |target, source| output[target] = input[source]);
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(input_grad) = pass.input_grad else {
            return;
        };
        input_grad.fill(0.0);
        self.for_each_maximum(pass.input, |target, source| {
            input_grad[source] = pass.output_grad[target];
        });
    }
}
