//! The layers, one file each, behind one trait.
//!
//! A layer sees a chunk of samples at a time, one after the other in a flat slice. It keeps no
//! state between the passes: the backward pass gets the input again, so one network can be shared
//! by all threads.

mod conv2d;
mod dense;
mod flatten;
mod im2col;
mod matrix;
mod max_pool;
mod param;
mod relu;

pub use conv2d::Conv2d;
pub use dense::Dense;
pub use flatten::Flatten;
pub use max_pool::MaxPool;
pub use param::{Init, Param};
pub use relu::Relu;

use crate::shape::Shape;

/// One step of a network.
pub trait Layer: Send + Sync {
    /// Size of one sample after the layer.
    fn output_shape(&self) -> Shape;

    /// Computes the outputs of a chunk of samples.
    fn forward(&self, input: &[f32], output: &mut [f32]);

    /// Computes gradients from the gradient of the output.
    fn backward(&self, pass: Backward<'_>);

    /// The values learned; none for layers without weights.
    fn params(&self) -> &[Param] {
        &[]
    }

    /// The values learned, to be changed by the optimiser.
    fn params_mut(&mut self) -> &mut [Param] {
        &mut []
    }
}

/// What a backward pass reads and writes.
pub struct Backward<'a> {
    /// The input of the forward pass.
    pub input: &'a [f32],
    /// Gradient of the loss by the output.
    pub output_grad: &'a [f32],
    /// Where the gradient by the input goes (overwritten); `None` for the first layer.
    pub input_grad: Option<&'a mut [f32]>,
    /// One buffer per parameter, in the order of [`Layer::params`], to be added to.
    pub param_grads: &'a mut [Vec<f32>],
}

/// The gradient buffers of a layer with a weight and a bias.
fn two_buffers(buffers: &mut [Vec<f32>]) -> &mut [Vec<f32>; 2] {
    buffers.try_into().expect("the caller gives one buffer per parameter")
}
