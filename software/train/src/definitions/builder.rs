//! Putting networks together, layer after layer.

use bitladder_network::{FloatNetwork, FloatOp, Input, NetworkError, ValueId, Window};
use bitladder_spec::BatchNorm;

/// Added to variances, as everywhere.
const EPSILON: f32 = 1e-5;

/// A network in the making; its weights are zero until [`crate::Model`] draws them.
pub(super) struct Builder {
    network: FloatNetwork,
    /// The value that the next layer reads.
    pub(super) value: ValueId,
}

impl Builder {
    pub(super) fn new(name: &str, image: [usize; 3]) -> Result<Self, NetworkError> {
        let input = Input { name: "image".into(), shape: image.to_vec() };
        Ok(Self { network: FloatNetwork::new(name, vec![input])?, value: 0 })
    }

    pub(super) fn finish(self) -> FloatNetwork {
        self.network
    }

    fn push(&mut self, name: &str, op: FloatOp, inputs: Vec<ValueId>) -> Result<(), NetworkError> {
        self.value = self.network.push(name, op, inputs)?;
        Ok(())
    }

    fn extent(&self) -> [usize; 2] {
        let shape = self.network.shape(self.value);
        [shape[1], shape[2]]
    }

    /// A convolution over the current value.
    pub(super) fn conv(
        &mut self,
        name: &str,
        outputs: usize,
        window: Window,
    ) -> Result<(), NetworkError> {
        let inputs = self.network.shape(self.value)[0];
        let weights = vec![0.0; outputs * inputs * window.taps()];
        let bias = vec![0.0; outputs];
        let op = FloatOp::Conv { window, groups: 1, outputs, weights, bias };
        self.push(name, op, vec![self.value])
    }

    /// A batch norm of the current value.
    pub(super) fn norm(&mut self, name: &str) -> Result<(), NetworkError> {
        let channels = self.network.shape(self.value)[0];
        let norm = BatchNorm {
            gamma: vec![1.0; channels],
            beta: vec![0.0; channels],
            mean: vec![0.0; channels],
            variance: vec![1.0; channels],
            epsilon: EPSILON,
        };
        self.push(name, FloatOp::BatchNorm(norm), vec![self.value])
    }

    /// A convolution that keeps the image's size (or divides it by the stride), and its norm.
    pub(super) fn conv_norm(
        &mut self,
        name: &str,
        outputs: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<(), NetworkError> {
        let window = Window::square(kernel).stride(stride).padding(kernel / 2);
        self.conv(name, outputs, window)?;
        self.norm(&format!("{name}.norm"))
    }

    pub(super) fn relu(&mut self, name: &str) -> Result<(), NetworkError> {
        self.push(name, FloatOp::relu(), vec![self.value])
    }

    pub(super) fn max_pool(&mut self, name: &str, window: Window) -> Result<(), NetworkError> {
        self.push(name, FloatOp::MaxPool { window }, vec![self.value])
    }

    pub(super) fn average_pool(&mut self, name: &str, window: Window) -> Result<(), NetworkError> {
        let op = FloatOp::AveragePool { window, count_padding: false };
        self.push(name, op, vec![self.value])
    }

    /// The mean of every channel.
    pub(super) fn global_pool(&mut self, name: &str) -> Result<(), NetworkError> {
        let window = Window { kernel: self.extent(), ..Window::square(1) };
        self.average_pool(name, window)
    }

    /// The sum of the current value and another.
    pub(super) fn add(&mut self, name: &str, other: ValueId) -> Result<(), NetworkError> {
        self.push(name, FloatOp::Add, vec![self.value, other])
    }

    /// The current image as a vector.
    pub(super) fn flatten(&mut self, name: &str) -> Result<(), NetworkError> {
        let shape = vec![self.network.shape(self.value).iter().product()];
        self.push(name, FloatOp::Reshape { shape }, vec![self.value])
    }

    /// A fully connected layer.
    pub(super) fn dense(&mut self, name: &str, outputs: usize) -> Result<(), NetworkError> {
        let inputs = self.network.shape(self.value)[0];
        let (weights, bias) = (vec![0.0; outputs * inputs], vec![0.0; outputs]);
        self.push(name, FloatOp::Dense { outputs, weights, bias }, vec![self.value])
    }
}
