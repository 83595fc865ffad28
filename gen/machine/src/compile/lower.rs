//! From layers to descriptors.

use std::ops::Range;

use bitladder_network::{QuantOp, ValueId, Window};
use bitladder_spec::OutputStage;

use super::CompileError;
use super::allocate::Buffer;
use super::graph::{Dims, Graph, window_of};
use super::layout::{TensorLayout, chunk_words};
use super::memories::Builder;
use super::post::to_results;
use crate::isa::Descriptor;

/// A network on its way into memories.
pub(super) struct Lowering<'a, 'b> {
    pub(super) graph: &'a Graph<'a>,
    pub(super) buffers: &'a [Buffer],
    pub(super) builder: &'a mut Builder<'b>,
    pub(super) batch: usize,
}

/// Where a layer's result goes.
pub(super) struct Output {
    pub(super) dims: Dims,
    /// Its place in activation memory; `None` for result memory.
    pub(super) layout: Option<TensorLayout>,
}

impl Lowering<'_, '_> {
    /// The memory a value lies in.
    pub(super) fn layout_of(&self, value: ValueId) -> &TensorLayout {
        let root = self.graph.root[value];
        let buffer = self.buffers.iter().find(|buffer| buffer.value == root);
        &buffer.expect("every value that a live layer reads was given a place").layout
    }

    pub(super) fn layer(&mut self, index: usize) -> Result<(), CompileError> {
        let value = self.graph.value_of(index);
        let layout = self.buffers.iter().find(|b| b.value == value).map(|b| b.layout.clone());
        let output = Output { dims: self.graph.dims[value], layout };
        let layer = &self.graph.network.layers[index];
        let (window, groups) = window_of(&layer.op, self.graph.dims[layer.inputs[0]]);
        match &layer.op {
            QuantOp::Conv { linear, .. } | QuantOp::Dense { linear } => {
                self.linear(index, linear, window, groups, &output)
            }
            QuantOp::MaxPool { .. } => self.max_pool(index, &window, &output),
            QuantOp::AveragePool { count_padding, stage, .. } => {
                self.average_pool(index, (&window, *count_padding), stage, &output)
            }
            QuantOp::Add { multipliers, stage } => self.add(index, *multipliers, stage, &output),
            QuantOp::Rescale { stage } => {
                let zero_point = self.graph.network.format(layer.inputs[0]).zero_point;
                let names = (index, layer.name.as_str());
                self.rescale(names, (layer.inputs[0], zero_point), stage, &output)
            }
            QuantOp::Reshape => Ok(()),
        }
    }

    /// Copies a result that no computing layer makes to result memory.
    pub(super) fn copy(&mut self) -> Result<(), CompileError> {
        let (network, value) = (self.graph.network, self.graph.result());
        let output = Output { dims: self.graph.dims[value], layout: None };
        let (index, name) = (network.layers.len(), network.value_name(network.output));
        self.rescale((index, name), (value, 0), &OutputStage::raw(), &output)
    }
}

impl Output {
    /// Fields of the writer, for some of the result's channels.
    pub(super) fn fill(&self, d: &mut Descriptor, channels: Range<usize>, columns: usize) {
        d.output_channels = field(channels.len());
        let Some(layout) = &self.layout else {
            to_results(d, self.dims.channels);
            d.output_base = field(channels.start);
            return;
        };
        let chunk = chunk_words(layout.mode, columns);
        d.output_mode = layout.mode;
        d.output_pixel_words = field(layout.pixel_words);
        d.output_step = field(chunk);
        d.output_base = field(layout.base + channels.start / columns * chunk);
    }
}

/// A number on its way into a descriptor. One beyond 32 bits stays beyond every field it is meant
/// for, which packing refuses.
pub(super) fn field(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Fields that say where and how an input lies.
pub(super) fn input_fields(d: &mut Descriptor, input: &TensorLayout) {
    d.mode = input.mode;
    d.input_base = field(input.base);
    d.pixel_words = field(input.pixel_words);
    d.row_words = field(input.row_words);
    d.image_words = field(input.image_words);
    d.input_height = field(input.dims.height);
    d.input_width = field(input.dims.width);
    d.channels = field(input.dims.channels);
    d.divisor = 1;
}

/// Fields of a window over an input and of the pixels it makes.
pub(super) fn geometry(
    d: &mut Descriptor,
    window: &Window,
    input: &TensorLayout,
    output: Dims,
    batch: usize,
) {
    [d.kernel_height, d.kernel_width] = window.kernel.map(field);
    [d.stride_y, d.stride_x] = window.stride.map(field);
    [d.dilation_y, d.dilation_x] = window.dilation.map(field);
    [d.pad_top, d.pad_left] = [field(window.padding[0]), field(window.padding[1])];
    d.row_step = field(window.stride[0] * input.row_words);
    d.tap_row_step = field(window.dilation[0] * input.row_words);
    d.pixel_step = field(window.stride[1] * input.pixel_words);
    d.tap_pixel_step = field(window.dilation[1] * input.pixel_words);
    d.lead = field(window.padding[0] * input.row_words + window.padding[1] * input.pixel_words);
    pixels(d, output, batch);
}

/// Fields that count output pixels.
pub(super) fn pixels(d: &mut Descriptor, output: Dims, batch: usize) {
    d.output_height = field(output.height);
    d.output_width = field(output.width);
    d.images = field(batch);
    d.total_pixels = field(batch * output.pixels());
}
