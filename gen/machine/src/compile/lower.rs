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
        d.output_channels = channels.len() as u32;
        let Some(layout) = &self.layout else {
            to_results(d, self.dims.channels);
            d.output_base = channels.start as u32;
            return;
        };
        let chunk = chunk_words(layout.mode, columns);
        d.output_mode = layout.mode;
        d.output_pixel_words = layout.pixel_words as u32;
        d.output_step = chunk as u32;
        d.output_base = (layout.base + channels.start / columns * chunk) as u32;
    }
}

/// Fields that say where and how an input lies.
pub(super) fn input_fields(d: &mut Descriptor, input: &TensorLayout) {
    d.mode = input.mode;
    d.input_base = input.base as u32;
    d.pixel_words = input.pixel_words as u32;
    d.row_words = input.row_words as u32;
    d.image_words = input.image_words as u32;
    d.input_height = input.dims.height as u32;
    d.input_width = input.dims.width as u32;
    d.channels = input.dims.channels as u32;
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
    [d.kernel_height, d.kernel_width] = window.kernel.map(|n| n as u32);
    [d.stride_y, d.stride_x] = window.stride.map(|n| n as u32);
    [d.dilation_y, d.dilation_x] = window.dilation.map(|n| n as u32);
    [d.pad_top, d.pad_left] = [window.padding[0] as u32, window.padding[1] as u32];
    d.row_step = (window.stride[0] * input.row_words) as u32;
    d.tap_row_step = (window.dilation[0] * input.row_words) as u32;
    d.pixel_step = (window.stride[1] * input.pixel_words) as u32;
    d.tap_pixel_step = (window.dilation[1] * input.pixel_words) as u32;
    d.lead = (window.padding[0] * input.row_words + window.padding[1] * input.pixel_words) as u32;
    pixels(d, output, batch);
}

/// Fields that count output pixels.
pub(super) fn pixels(d: &mut Descriptor, output: Dims, batch: usize) {
    d.output_height = output.height as u32;
    d.output_width = output.width as u32;
    d.images = batch as u32;
    d.total_pixels = (batch * output.pixels()) as u32;
}
