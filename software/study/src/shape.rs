//! The extents of layers that have weights: all that energy, memory and cycle formulas need.

use bitladder_network::{FloatNetwork, FloatOp};

/// How a layer uses its weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// Weights are used once per position of the result.
    Convolution,
    /// Every weight is used once.
    Dense,
}

/// Extents of a layer with weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerShape {
    /// Its name.
    pub name: String,
    /// How it uses its weights.
    pub kind: LayerKind,
    /// Channels it reads.
    pub inputs: usize,
    /// Channels it writes.
    pub outputs: usize,
    /// Groups its channels are split into.
    pub groups: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Rows and columns it reads.
    pub image: [usize; 2],
    /// Rows and columns it writes.
    pub result: [usize; 2],
}

impl LayerShape {
    /// A square convolution from `image` to `result` pixels a side.
    pub fn convolution(
        name: impl Into<String>,
        [inputs, outputs]: [usize; 2],
        kernel: usize,
        [image, result]: [usize; 2],
    ) -> Self {
        Self {
            name: name.into(),
            kind: LayerKind::Convolution,
            inputs,
            outputs,
            groups: 1,
            kernel: [kernel; 2],
            image: [image; 2],
            result: [result; 2],
        }
    }

    /// A fully connected layer.
    pub fn dense(name: impl Into<String>, inputs: usize, outputs: usize) -> Self {
        let layer = Self::convolution(name, [inputs, outputs], 1, [1, 1]);
        Self { kind: LayerKind::Dense, ..layer }
    }

    /// Numbers it reads.
    pub fn read(&self) -> u64 {
        (self.inputs * self.image[0] * self.image[1]) as u64
    }

    /// Numbers it writes.
    pub fn written(&self) -> u64 {
        self.outputs as u64 * self.pixels()
    }

    /// Weights it holds, without biases.
    pub fn weights(&self) -> u64 {
        (self.inputs / self.groups.max(1) * self.outputs * self.kernel[0] * self.kernel[1]) as u64
    }

    /// Multiplications for one image.
    pub fn multiplications(&self) -> u64 {
        self.weights() * self.pixels()
    }

    fn pixels(&self) -> u64 {
        (self.result[0] * self.result[1]) as u64
    }
}

/// The layers of a network that have weights, in order.
pub fn shapes_of(network: &FloatNetwork) -> Vec<LayerShape> {
    let layers = network.layers().iter();
    layers
        .filter_map(|layer| {
            let from = network.shape(layer.inputs[0]);
            match &layer.op {
                FloatOp::Conv { window, groups, outputs, .. } => Some(LayerShape {
                    name: layer.name.clone(),
                    kind: LayerKind::Convolution,
                    inputs: from[0],
                    outputs: *outputs,
                    groups: *groups,
                    kernel: window.kernel,
                    image: [from[1], from[2]],
                    result: [layer.shape[1], layer.shape[2]],
                }),
                FloatOp::Dense { outputs, .. } => {
                    Some(LayerShape::dense(&layer.name, from[0], *outputs))
                }
                _ => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitladder_network::{Input, Window};

    #[test]
    fn layers_with_weights_are_found_with_their_extents() {
        let input = Input { name: "image".into(), shape: vec![2, 6, 6] };
        let mut network = FloatNetwork::new("net", vec![input]).unwrap();
        let op = FloatOp::Conv {
            window: Window::square(3),
            groups: 1,
            outputs: 4,
            weights: vec![0.0; 72],
            bias: vec![0.0; 4],
        };
        let conv = network.push("conv", op, vec![0]).unwrap();
        let relu = network.push("relu", FloatOp::relu(), vec![conv]).unwrap();
        let flat = network.push("flat", FloatOp::Reshape { shape: vec![64] }, vec![relu]).unwrap();
        let op = FloatOp::Dense { outputs: 10, weights: vec![0.0; 640], bias: vec![0.0; 10] };
        network.push("fc", op, vec![flat]).unwrap();
        let shapes = shapes_of(&network);
        let conv = LayerShape::convolution("conv", [2, 4], 3, [6, 4]);
        assert_eq!(shapes, [conv.clone(), LayerShape::dense("fc", 64, 10)]);
        assert_eq!((conv.read(), conv.written(), conv.weights()), (72, 64, 72));
        assert_eq!(conv.multiplications(), 72 * 16);
        let grouped = LayerShape { groups: 2, ..conv };
        assert_eq!(grouped.weights(), 36);
    }
}
