//! Networks in floating point: what importers make.

use bitladder_spec::BatchNorm;

use crate::{NetworkError, ValueId, Window, elements};

/// Most elements a tensor may have: beyond any image network, and far from exhausting memory.
const MAX_ELEMENTS: usize = 1 << 28;

/// An input of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its shape without the batch.
    pub shape: Vec<usize>,
}

/// An operation with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum FloatOp {
    /// Convolution; weights are `[outputs, inputs / groups, height, width]`.
    Conv {
        /// Geometry.
        window: Window,
        /// Channel groups.
        groups: usize,
        /// Output channels.
        outputs: usize,
        /// Weights, row-major.
        weights: Vec<f32>,
        /// One per output channel.
        bias: Vec<f32>,
    },
    /// Fully connected over a vector; weights are `[outputs, inputs]`.
    Dense {
        /// Output features.
        outputs: usize,
        /// Weights, row-major.
        weights: Vec<f32>,
        /// One per output.
        bias: Vec<f32>,
    },
    /// Largest value of each window; padding never wins.
    MaxPool {
        /// Geometry; a global pool is a window of the image's size.
        window: Window,
    },
    /// Mean of each window.
    AveragePool {
        /// Geometry; a global pool is a window of the image's size.
        window: Window,
        /// Whether padding counts, as zeros.
        count_padding: bool,
    },
    /// `min(max(x, lo), hi)`; ReLU is a clamp from 0 to infinity.
    Clamp {
        /// Lower bound, possibly minus infinity.
        lo: f32,
        /// Upper bound, possibly infinity.
        hi: f32,
    },
    /// Sum of two values of one shape.
    Add,
    /// The same elements in another shape.
    Reshape {
        /// The new shape.
        shape: Vec<usize>,
    },
    /// Batch norm that has not been folded.
    BatchNorm(BatchNorm),
    /// Softmax over all elements; runs on the host.
    Softmax,
}

impl FloatOp {
    /// A rectifier.
    pub fn relu() -> Self {
        Self::Clamp { lo: 0.0, hi: f32::INFINITY }
    }

    /// The operation's name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Conv { .. } => "conv",
            Self::Dense { .. } => "dense",
            Self::MaxPool { .. } => "max-pool",
            Self::AveragePool { .. } => "average-pool",
            Self::Clamp { .. } => "clamp",
            Self::Add => "add",
            Self::Reshape { .. } => "reshape",
            Self::BatchNorm(_) => "batch-norm",
            Self::Softmax => "softmax",
        }
    }

    fn arity(&self) -> usize {
        if matches!(self, Self::Add) { 2 } else { 1 }
    }
}

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatLayer {
    /// A name, unique where the importer can make it so.
    pub name: String,
    /// What it does.
    pub op: FloatOp,
    /// The values it reads.
    pub inputs: Vec<ValueId>,
    /// The shape of its value.
    pub shape: Vec<usize>,
}

/// A network in floating point; always consistent, since [`FloatNetwork::push`] checks each layer.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatNetwork {
    name: String,
    inputs: Vec<Input>,
    layers: Vec<FloatLayer>,
    output: ValueId,
}

impl FloatNetwork {
    /// A network of inputs only; its output is the first input until layers are added.
    pub fn new(name: impl Into<String>, inputs: Vec<Input>) -> Result<Self, NetworkError> {
        for input in &inputs {
            check_size(&input.name, &input.shape)?;
        }
        Ok(Self { name: name.into(), inputs, layers: Vec::new(), output: 0 })
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its inputs.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Its layers in the order of execution.
    pub fn layers(&self) -> &[FloatLayer] {
        &self.layers
    }

    /// The value that is the network's result.
    pub fn output(&self) -> ValueId {
        self.output
    }

    /// Chooses the result; the last layer is the default.
    pub fn set_output(&mut self, output: ValueId) -> Result<(), NetworkError> {
        let known = self.inputs.len() + self.layers.len();
        if output >= known {
            return Err(NetworkError::Output { network: self.name.clone(), output, known });
        }
        self.output = output;
        Ok(())
    }

    /// Number of values: inputs and layers.
    pub fn values(&self) -> usize {
        self.inputs.len() + self.layers.len()
    }

    /// The value a layer makes.
    pub fn value_of_layer(&self, layer: usize) -> ValueId {
        self.inputs.len() + layer
    }

    /// The layer that makes a value; `None` for inputs.
    pub fn layer_of_value(&self, value: ValueId) -> Option<usize> {
        value.checked_sub(self.inputs.len())
    }

    /// A value's shape.
    pub fn shape(&self, value: ValueId) -> &[usize] {
        match self.layer_of_value(value) {
            Some(layer) => &self.layers[layer].shape,
            None => &self.inputs[value].shape,
        }
    }

    /// A value's name.
    pub fn value_name(&self, value: ValueId) -> &str {
        match self.layer_of_value(value) {
            Some(layer) => &self.layers[layer].name,
            None => &self.inputs[value].name,
        }
    }

    /// The layers that read a value.
    pub fn readers(&self, value: ValueId) -> Vec<usize> {
        let reads = |layer: &FloatLayer| layer.inputs.contains(&value);
        (0..self.layers.len()).filter(|index| reads(&self.layers[*index])).collect()
    }

    /// Adds a layer after checking it against its inputs; it becomes the network's output.
    pub fn push(
        &mut self,
        name: impl Into<String>,
        op: FloatOp,
        inputs: Vec<ValueId>,
    ) -> Result<ValueId, NetworkError> {
        let name = name.into();
        let known = self.values();
        if let Some(value) = inputs.iter().copied().find(|value| *value >= known) {
            return Err(NetworkError::UnknownValue { layer: name, value, known });
        }
        if inputs.len() != op.arity() {
            let (wanted, found) = (op.arity(), inputs.len());
            return Err(NetworkError::Arity { layer: name, wanted, found });
        }
        let shapes: Vec<&[usize]> = inputs.iter().map(|value| self.shape(*value)).collect();
        let shape = infer::shape(&name, &op, &shapes)?;
        check_size(&name, &shape)?;
        self.layers.push(FloatLayer { name, op, inputs, shape });
        self.output = known;
        Ok(known)
    }

    /// Number of weights and biases.
    pub fn parameters(&self) -> usize {
        let of = |layer: &FloatLayer| match &layer.op {
            FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. } => {
                weights.len() + bias.len()
            }
            FloatOp::BatchNorm(norm) => 4 * norm.channels(),
            _ => 0,
        };
        self.layers.iter().map(of).sum()
    }

    /// Multiplications one image takes in a layer.
    pub fn macs(&self, layer: usize) -> u64 {
        let layer = &self.layers[layer];
        let input = self.shape(layer.inputs[0]);
        let outputs = elements(&layer.shape).unwrap_or(0) as u64;
        match &layer.op {
            FloatOp::Conv { window, groups, .. } => {
                outputs * (input[0] / groups * window.taps()) as u64
            }
            FloatOp::Dense { .. } => outputs * input[0] as u64,
            _ => 0,
        }
    }
}

pub(crate) fn check_size(layer: &str, shape: &[usize]) -> Result<(), NetworkError> {
    match elements(shape) {
        Some(count) if count <= MAX_ELEMENTS => Ok(()),
        _ => Err(NetworkError::TooLarge {
            layer: layer.into(),
            shape: shape.to_vec(),
            limit: MAX_ELEMENTS,
        }),
    }
}

#[path = "infer.rs"]
pub(crate) mod infer;

#[cfg(test)]
#[path = "float_tests.rs"]
mod tests;
