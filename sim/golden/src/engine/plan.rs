//! A network made ready to run: packed layers and the buffers they share.

use bitladder_network::{QuantLayer, QuantNetwork, QuantOp, ValueId};
use bitladder_spec::Span;

use crate::engine::elementwise::{Elementwise, Term};
use crate::engine::finisher::{Finisher, channel_panels};
use crate::engine::layout::Extent;
use crate::engine::linear::{PackedLinear, Shape};
use crate::engine::pooling::{Average, Pool};
use crate::kernels::Kernel;

/// Integers that the buffers of one thread should not exceed: a layer's results should still be
/// in the cache of the core when the next layer reads them.
const BUFFER_TARGET: usize = 1 << 18;
/// Most images that a thread takes through a layer at once.
const MAX_BLOCK: usize = 16;

/// One layer, packed.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) sources: Vec<ValueId>,
    pub(super) target: ValueId,
    pub(super) work: Work,
}

/// What a step does.
#[derive(Debug)]
pub(super) enum Work {
    Linear(Box<PackedLinear>),
    /// With the runs of [`Pool::runs`].
    Maximum(Pool, Vec<(usize, usize)>),
    Average(Average),
    Elementwise(Elementwise),
    Reshape,
}

/// A value's place and shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    pub(super) slot: usize,
    pub(super) extent: Extent,
}

/// Everything that does not change from run to run.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) values: Vec<Value>,
    /// Integers per image that each shared buffer holds.
    pub(super) slots: Vec<usize>,
    /// Images a thread takes through a layer at once.
    pub(super) block: usize,
}

impl Plan {
    /// Packs a valid network.
    pub(super) fn new(network: &QuantNetwork, kernel: Kernel) -> Self {
        let (values, slots) = assign_slots(network);
        let per_image: usize = slots.iter().sum();
        let block = (BUFFER_TARGET / per_image.max(1)).clamp(1, MAX_BLOCK);
        let steps = (0..network.layers.len())
            .map(|index| Step {
                sources: network.layers[index].inputs.clone(),
                target: network.inputs.len() + index,
                work: work(network, index, kernel, block),
            })
            .collect();
        Self { steps, values, slots, block }
    }
}

/// Gives each value a buffer, and a buffer to another value once nobody reads the first one.
fn assign_slots(network: &QuantNetwork) -> (Vec<Value>, Vec<usize>) {
    let count = network.values();
    let mut last_read: Vec<usize> = (0..count).collect();
    for (index, layer) in network.layers.iter().enumerate() {
        for source in &layer.inputs {
            last_read[*source] = network.inputs.len() + index;
        }
    }
    let mut slots: Vec<usize> = Vec::new();
    let mut busy_until: Vec<usize> = Vec::new();
    let mut values = Vec::with_capacity(count);
    for (value, last_read) in last_read.into_iter().enumerate() {
        let extent = Extent::of(network.shape(value));
        // All inputs are written before the first layer runs.
        let now = if value < network.inputs.len() { 0 } else { value };
        let free = busy_until.iter().position(|until| *until < now);
        let slot = free.unwrap_or(slots.len());
        if free.is_none() {
            slots.push(0);
            busy_until.push(0);
        }
        slots[slot] = slots[slot].max(extent.size());
        busy_until[slot] = last_read;
        values.push(Value { slot, extent });
    }
    (values, slots)
}

fn work(network: &QuantNetwork, index: usize, kernel: Kernel, block: usize) -> Work {
    if let Some(shape) = Shape::of(network, index) {
        return Work::Linear(Box::new(PackedLinear::new(&shape, kernel, block)));
    }
    let layer = &network.layers[index];
    let zero_of = |input: usize| network.format(layer.inputs[input]).zero_point;
    let span = network.accumulator_span(index).unwrap_or(Span::new(0, 0));
    let elementwise = |multipliers: &[u32], stage| {
        let channels = Extent::of(&layer.shape).channels;
        let term = |(input, multiplier): (usize, &u32)| Term {
            zero: i64::from(zero_of(input)),
            multiplier: i64::from(*multiplier),
        };
        let finisher = Finisher::new(stage, span, &channel_panels(channels), 1);
        let terms = multipliers.iter().enumerate().map(term).collect();
        Work::Elementwise(Elementwise { terms, finisher, channels })
    };
    match &layer.op {
        QuantOp::MaxPool { window } => {
            let pool = pool(network, layer, *window);
            Work::Maximum(pool, pool.runs())
        }
        QuantOp::AveragePool { window, count_padding, stage } => {
            let pool = pool(network, layer, *window);
            Work::Average(Average::new(pool, *count_padding, stage, span, zero_of(0)))
        }
        QuantOp::Add { multipliers, stage } => elementwise(multipliers, stage),
        QuantOp::Rescale { stage } => elementwise(&[1], stage),
        // `Shape::of` has taken the linear layers.
        QuantOp::Reshape | QuantOp::Conv { .. } | QuantOp::Dense { .. } => Work::Reshape,
    }
}

fn pool(network: &QuantNetwork, layer: &QuantLayer, window: bitladder_network::Window) -> Pool {
    let from = network.shape(layer.inputs[0]);
    Pool {
        window,
        channels: layer.shape[0],
        image: [from[1], from[2]],
        to: [layer.shape[1], layer.shape[2]],
    }
}
