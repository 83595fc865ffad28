//! In which mode each tensor is stored.

use bitladder_network::{QuantNetwork, QuantOp, ValueId};
use bitladder_spec::WeightFormat;

use super::CompileError;
use super::graph::{Graph, Reader, window_of};
use super::layout::{Storage, TensorLayout};
use crate::config::MachineConfig;
use crate::isa::Mode;

/// Storage of every tensor in memory. Tensors that one layer must see alike (both sides of a max
/// pool, both inputs of a sum) share theirs.
pub(super) fn storage(
    graph: &Graph,
    config: &MachineConfig,
) -> Result<Vec<(ValueId, Storage)>, CompileError> {
    let stored = graph.stored();
    let classes = classes(graph);
    stored
        .iter()
        .map(|value| {
            let alike = |other: &ValueId| classes[*other] == classes[*value];
            let class: Vec<ValueId> = stored.iter().copied().filter(alike).collect();
            let grouped = class.iter().any(|v| graph.readers(*v).any(|r| is_max_pool(&r)));
            let dense = config.limits.dense && is_dense(graph, *value);
            let mode = match class.as_slice() {
                [only] if fits_single_bits(graph, config, *only, dense) => Mode::Binary,
                _ => class_mode(graph, config, &class)?,
            };
            Ok((*value, Storage { mode, grouped, dense }))
        })
        .collect()
}

/// Per value, the first value of its class.
fn classes(graph: &Graph) -> Vec<ValueId> {
    let mut class: Vec<ValueId> = graph.root.clone();
    let mut join = |a: ValueId, b: ValueId| {
        let (a, b) = (class[graph.root[a]], class[graph.root[b]]);
        class.iter_mut().filter(|c| **c == a.max(b)).for_each(|c| *c = a.min(b));
    };
    for index in graph.layers.iter().copied() {
        let layer = &graph.network.layers[index];
        match layer.op {
            QuantOp::MaxPool { .. } => join(layer.inputs[0], graph.value_of(index)),
            QuantOp::Add { .. } => join(layer.inputs[0], layer.inputs[1]),
            _ => {}
        }
    }
    class
}

fn is_max_pool(reader: &Reader) -> bool {
    matches!(reader.layer.op, QuantOp::MaxPool { .. })
}

/// An input that is streamed row by row by all its readers needs no room between its pixels.
fn is_dense(graph: &Graph, value: ValueId) -> bool {
    let copied = graph.copied && value == graph.result();
    let streams = |reader: Reader| match reader.layer.op {
        QuantOp::Conv { groups, .. } => groups == 1,
        QuantOp::Dense { .. } => true,
        _ => false,
    };
    value < graph.network.inputs.len() && !copied && graph.readers(value).all(streams)
}

/// The narrowest mode there is that holds all tensors of a class and what multiplies them.
fn class_mode(
    graph: &Graph,
    config: &MachineConfig,
    class: &[ValueId],
) -> Result<Mode, CompileError> {
    let network = graph.network;
    let mut bits = 1;
    for value in class.iter().copied() {
        let ty = network.format(value).ty;
        if ty.bits() > 16 {
            let (tensor, ty) = (network.value_name(value).to_owned(), ty.to_string());
            return Err(CompileError::Width { tensor, ty });
        }
        let weights = graph.readers(value).filter_map(|reader| reader.layer.op.linear());
        let wanted = weights.map(|linear| weight_bits(linear.weights.format()));
        bits = wanted.fold(bits.max(ty.bits()), u8::max);
    }
    let available = &config.array.modes;
    let wanted = Mode::for_bits(bits).unwrap_or(Mode::Word16);
    let wider = [Mode::Word4, Mode::Word8, Mode::Word16].into_iter();
    let mut fitting = wider.filter(|mode| mode.bits() >= bits && available.contains(mode));
    fitting.next().ok_or_else(|| CompileError::Mode {
        tensor: network.value_name(class[0]).into(),
        wanted,
        available: available.clone(),
    })
}

/// Width of the operand a weight needs.
fn weight_bits(format: WeightFormat) -> u8 {
    match format {
        WeightFormat::Fixed { bits } | WeightFormat::Nested { bits } => bits,
        WeightFormat::PowerOfTwo | WeightFormat::Qsq { .. } => 16,
        WeightFormat::Ternary | WeightFormat::Binary => 2,
    }
}

/// Single bits go with binary weights alone, and only where nothing needs a weight of 0 or meets
/// ones between its channels.
fn fits_single_bits(graph: &Graph, config: &MachineConfig, value: ValueId, dense: bool) -> bool {
    let network: &QuantNetwork = graph.network;
    let format = network.format(value);
    if format.ty.bits() != 1 || !config.array.modes.contains(&Mode::Binary) {
        return false;
    }
    let storage = Storage { mode: Mode::Binary, grouped: false, dense };
    let columns = config.array.columns;
    let layout = TensorLayout::new("", graph.dims[value], format.ty, columns, storage);
    let suits = |reader: Reader| {
        let Some(linear) = reader.layer.op.linear() else { return false };
        let (window, groups) = window_of(&reader.layer.op, graph.dims[value]);
        let whole = groups == 1 || (linear.bias.len() / groups).is_multiple_of(columns);
        let padded_with_ones = format.zero_point != 0 && window.padding != [0; 4];
        linear.weights.format() == WeightFormat::Binary
            && whole
            && !(layout.has_gaps() && padded_with_ones)
    };
    let copied = graph.copied && value == graph.result();
    !copied && graph.readers(value).all(suits)
}
