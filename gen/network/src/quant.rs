//! Networks in integers: what golden engine and hardware share.

use bitladder_spec::{OutputStage, Span, TensorFormat, Weights, accumulator};

use crate::{ValueId, Window, elements};

/// The input of a quantised network.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantInput {
    /// Its name.
    pub name: String,
    /// Its shape without the batch.
    pub shape: Vec<usize>,
    /// The integers it takes.
    pub format: TensorFormat,
}

/// Weights, bias and output stage: the part convolution and fully connected layers share.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Weights in stored form.
    pub weights: Weights,
    /// One per output, in the accumulator's scale.
    pub bias: Vec<i64>,
    /// From accumulators to stored integers.
    pub stage: OutputStage,
}

impl Linear {
    /// Everything the accumulator of one output can hold, for centred inputs in `input`;
    /// `integers` are the decoded weights.
    pub fn output_span(&self, integers: &[i32], output: usize, input: Span) -> Span {
        let per_output = self.weights.per_output();
        let filter = &integers[output * per_output..(output + 1) * per_output];
        accumulator::bound_of_weights(filter, self.bias[output], input)
    }
}

/// An operation on integers.
#[derive(Debug, Clone, PartialEq)]
pub enum QuantOp {
    /// `acc = bias + sum w * (x - zero_point)` over the window, then the output stage. Padding is
    /// the zero point, so it adds nothing.
    Conv {
        /// Geometry.
        window: Window,
        /// Channel groups.
        groups: usize,
        /// Weights and what follows.
        linear: Linear,
    },
    /// The same over a vector.
    Dense {
        /// Weights and what follows; weights are shaped `[outputs, inputs, 1, 1]`.
        linear: Linear,
    },
    /// Largest integer of each window; keeps the format.
    MaxPool {
        /// Geometry.
        window: Window,
    },
    /// Sum of the centred window, then the output stage with the count as divisor.
    AveragePool {
        /// Geometry.
        window: Window,
        /// Whether padding counts, as zeros.
        count_padding: bool,
        /// From sums to stored integers.
        stage: OutputStage,
    },
    /// `acc = m0 * (a - zero_a) + m1 * (b - zero_b)`, then the output stage.
    Add {
        /// Brings both inputs to one scale.
        multipliers: [u32; 2],
        /// From the sum to stored integers.
        stage: OutputStage,
    },
    /// The centred input through an output stage: a change of format, or an activation alone.
    Rescale {
        /// From the input to stored integers.
        stage: OutputStage,
    },
    /// The same integers in another shape; keeps the format.
    Reshape,
}

impl QuantOp {
    /// The operation's name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Conv { .. } => "conv",
            Self::Dense { .. } => "dense",
            Self::MaxPool { .. } => "max-pool",
            Self::AveragePool { .. } => "average-pool",
            Self::Add { .. } => "add",
            Self::Rescale { .. } => "rescale",
            Self::Reshape => "reshape",
        }
    }

    /// The output stage, where there is one.
    pub fn stage(&self) -> Option<&OutputStage> {
        match self {
            Self::Conv { linear, .. } | Self::Dense { linear } => Some(&linear.stage),
            Self::AveragePool { stage, .. } | Self::Add { stage, .. } | Self::Rescale { stage } => {
                Some(stage)
            }
            Self::MaxPool { .. } | Self::Reshape => None,
        }
    }

    /// The weights, where there are some.
    pub fn linear(&self) -> Option<&Linear> {
        match self {
            Self::Conv { linear, .. } | Self::Dense { linear } => Some(linear),
            _ => None,
        }
    }
}

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantLayer {
    /// Its name, the one the float network has.
    pub name: String,
    /// What it does.
    pub op: QuantOp,
    /// The values it reads.
    pub inputs: Vec<ValueId>,
    /// The shape of its value.
    pub shape: Vec<usize>,
    /// What the integers of its value stand for.
    pub format: TensorFormat,
}

/// A network in integers. [`QuantNetwork::validate`] says whether it holds together; an engine
/// takes only networks that passed.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantNetwork {
    /// Its name.
    pub name: String,
    /// Its inputs: the first values.
    pub inputs: Vec<QuantInput>,
    /// Its layers in the order of execution.
    pub layers: Vec<QuantLayer>,
    /// The value that is the result.
    pub output: ValueId,
}

impl QuantNetwork {
    /// Number of values: inputs and layers.
    pub fn values(&self) -> usize {
        self.inputs.len() + self.layers.len()
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

    /// A value's format.
    pub fn format(&self, value: ValueId) -> TensorFormat {
        match self.layer_of_value(value) {
            Some(layer) => self.layers[layer].format,
            None => self.inputs[value].format,
        }
    }

    /// A value's name.
    pub fn value_name(&self, value: ValueId) -> &str {
        match self.layer_of_value(value) {
            Some(layer) => &self.layers[layer].name,
            None => &self.inputs[value].name,
        }
    }

    /// The format of the result.
    pub fn output_format(&self) -> TensorFormat {
        self.format(self.output)
    }

    /// Everything a layer's accumulator can hold at any moment, for any input; `None` for layers
    /// that accumulate nothing.
    pub fn accumulator_span(&self, layer: usize) -> Option<Span> {
        let layer = &self.layers[layer];
        let input = self.format(layer.inputs[0]).centered_span();
        match &layer.op {
            QuantOp::Conv { linear, .. } | QuantOp::Dense { linear } => {
                let integers = linear.weights.integers();
                let outputs = 0..linear.bias.len();
                outputs.map(|o| linear.output_span(&integers, o, input)).reduce(Span::union)
            }
            QuantOp::AveragePool { window, .. } => {
                // Partial sums lie between those of the most negative and the most positive taps.
                let taps = i64::try_from(window.taps()).unwrap_or(i64::MAX);
                let (lo, hi) = (input.lo.min(0), input.hi.max(0));
                Some(Span::new(lo.saturating_mul(taps), hi.saturating_mul(taps)))
            }
            QuantOp::Add { multipliers, .. } => {
                let other = self.format(layer.inputs[1]).centered_span();
                let scaled = |span: Span, by: u32| {
                    let by = i64::from(by);
                    Span::new(span.lo.saturating_mul(by), span.hi.saturating_mul(by))
                };
                let (a, b) = (scaled(input, multipliers[0]), scaled(other, multipliers[1]));
                let sum = Span::new(a.lo.saturating_add(b.lo), a.hi.saturating_add(b.hi));
                Some(sum.union(a).union(b))
            }
            QuantOp::Rescale { .. } => Some(input),
            QuantOp::MaxPool { .. } | QuantOp::Reshape => None,
        }
    }

    /// Multiplications one image takes in a layer.
    pub fn macs(&self, layer: usize) -> u64 {
        let layer = &self.layers[layer];
        let outputs = elements(&layer.shape).unwrap_or(0) as u64;
        layer.op.linear().map_or(0, |linear| outputs * linear.weights.per_output() as u64)
    }

    /// Bits all weights, scalars and nothing else occupy.
    pub fn weight_bits(&self) -> u64 {
        self.layers
            .iter()
            .filter_map(|layer| layer.op.linear())
            .map(|linear| linear.weights.stored_bits())
            .sum()
    }
}
