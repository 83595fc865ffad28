//! What of a network remains to be computed, and what lies in memory under which shape.

use bitladder_network::{QuantLayer, QuantNetwork, QuantOp, ValueId, Window};

use super::CompileError;

/// Channels, rows and columns of an image as it lies in memory; a vector is one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dims {
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Dims {
    /// The image of a shape: channels first, then rows, then columns.
    pub fn of(shape: &[usize]) -> Self {
        match shape {
            [] => Self { channels: 1, height: 1, width: 1 },
            [channels] => Self { channels: *channels, height: 1, width: 1 },
            [channels, rest @ .., width] => {
                Self { channels: *channels, height: rest.iter().product(), width: *width }
            }
        }
    }

    /// Pixels of an image.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// The three numbers.
    pub fn list(self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }
}

/// A network with its reshapes resolved and its dead layers gone.
pub(super) struct Graph<'a> {
    pub(super) network: &'a QuantNetwork,
    /// Per value, the value whose memory it shares: itself, unless it is a reshape.
    pub(super) root: Vec<ValueId>,
    /// Per value, its shape in memory.
    pub(super) dims: Vec<Dims>,
    /// Layers to compute, in order.
    pub(super) layers: Vec<usize>,
    /// Whether the result is a copy of something that is no computing layer's result.
    pub(super) copied: bool,
}

/// A layer that reads a tensor.
pub(super) struct Reader<'a> {
    pub(super) layer: &'a QuantLayer,
    pub(super) index: usize,
}

impl<'a> Graph<'a> {
    pub(super) fn new(network: &'a QuantNetwork) -> Result<Self, CompileError> {
        let mut graph =
            Self { network, root: Vec::new(), dims: Vec::new(), layers: Vec::new(), copied: false };
        for (value, input) in network.inputs.iter().enumerate() {
            graph.root.push(value);
            graph.dims.push(Dims::of(&input.shape));
        }
        let live = live_values(network);
        for (index, layer) in network.layers.iter().enumerate() {
            let value = network.inputs.len() + index;
            let reshape = matches!(layer.op, QuantOp::Reshape);
            graph.root.push(if reshape { graph.root[layer.inputs[0]] } else { value });
            let dims = match live[value] {
                true => graph.dims_of_result(layer)?,
                false => Dims::of(&layer.shape),
            };
            graph.dims.push(dims);
            if live[value] && !reshape {
                graph.layers.push(index);
            }
        }
        let made_by = network.layer_of_value(graph.result());
        graph.copied = made_by.is_none_or(|index| network.layers[index].op.stage().is_none());
        Ok(graph)
    }

    /// The value whose memory the result shares.
    pub(super) fn result(&self) -> ValueId {
        self.root[self.network.output]
    }

    /// The value a layer makes.
    pub(super) fn value_of(&self, layer: usize) -> ValueId {
        self.network.inputs.len() + layer
    }

    /// The layers that read a tensor.
    pub(super) fn readers(&self, root: ValueId) -> impl Iterator<Item = Reader<'a>> {
        let network = self.network;
        self.layers.iter().copied().filter_map(move |index| {
            let layer = &network.layers[index];
            let reads = layer.inputs.iter().any(|value| self.root[*value] == root);
            reads.then_some(Reader { layer, index })
        })
    }

    /// Tensors that lie in activation memory: everything read, and a result that is copied.
    pub(super) fn stored(&self) -> Vec<ValueId> {
        let read = |value: &ValueId| {
            self.root[*value] == *value
                && (self.readers(*value).next().is_some()
                    || (self.copied && *value == self.result()))
        };
        (0..self.network.values()).filter(read).collect()
    }

    fn dims_of_result(&self, layer: &QuantLayer) -> Result<Dims, CompileError> {
        let input = layer.inputs[0];
        match &layer.op {
            QuantOp::Reshape => Ok(self.dims[input]),
            QuantOp::Dense { .. } => Ok(Dims::of(&layer.shape)),
            QuantOp::Conv { .. } | QuantOp::MaxPool { .. } | QuantOp::AveragePool { .. } => {
                self.same_shape(layer, input, Dims::of(self.network.shape(input)))?;
                Ok(Dims::of(&layer.shape))
            }
            QuantOp::Add { .. } => {
                self.same_shape(layer, layer.inputs[1], self.dims[input])?;
                self.by_channel(layer, input)
            }
            QuantOp::Rescale { .. } => self.by_channel(layer, input),
        }
    }

    fn same_shape(
        &self,
        layer: &QuantLayer,
        input: ValueId,
        wanted: Dims,
    ) -> Result<(), CompileError> {
        let found = self.dims[input];
        if found == wanted {
            return Ok(());
        }
        Err(CompileError::Shape {
            layer: layer.name.clone(),
            input: self.network.value_name(self.root[input]).into(),
            wanted: wanted.list(),
            found: found.list(),
        })
    }

    /// Layers that work element by element care for the shape only if channels differ.
    fn by_channel(&self, layer: &QuantLayer, input: ValueId) -> Result<Dims, CompileError> {
        let logical = Dims::of(&layer.shape);
        let differing = layer.op.stage().is_some_and(|stage| stage.requant.len() > 1);
        if differing && logical.channels != self.dims[input].channels {
            self.same_shape(layer, input, logical)?;
        }
        Ok(self.dims[input])
    }
}

fn live_values(network: &QuantNetwork) -> Vec<bool> {
    let mut live = vec![false; network.values()];
    live[network.output] = true;
    for (index, layer) in network.layers.iter().enumerate().rev() {
        if live[network.inputs.len() + index] {
            layer.inputs.iter().for_each(|value| live[*value] = true);
        }
    }
    live
}

/// The window of a layer over an image; fully connected layers cover it all.
pub(super) fn window_of(op: &QuantOp, input: Dims) -> (Window, usize) {
    match op {
        QuantOp::Conv { window, groups, .. } => (*window, *groups),
        QuantOp::MaxPool { window } | QuantOp::AveragePool { window, .. } => (*window, 1),
        _ => (Window { kernel: [input.height, input.width], ..Window::square(1) }, 1),
    }
}
