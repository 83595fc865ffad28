//! One convolution: its patches, its filters, its constants.

use std::ops::Range;

use bitladder_network::{Linear, QuantLayer, QuantOp, Window};
use bitladder_spec::{Span, accumulator};

use super::super::CompileError;
use super::super::graph::Dims;
use super::super::layout::TensorLayout;
use super::super::lower::{field, geometry, input_fields};
use super::super::post::{Folded, Stage};
use super::super::weights::Coded;
use crate::config::MachineConfig;
use crate::isa::{Descriptor, Mode};

/// A convolution to be lowered.
pub(super) struct Conv<'a> {
    pub(super) layer: &'a QuantLayer,
    pub(super) linear: &'a Linear,
    pub(super) window: Window,
    pub(super) input: &'a TensorLayout,
    pub(super) zero_point: i64,
    pub(super) output: Dims,
    pub(super) coded: Coded<'a>,
    /// Bits that hold every sum with its bias.
    pub(super) sum_bits: u8,
}

/// Neighbouring groups whose output channels fill chunks.
pub(super) struct Bundle {
    pub(super) inputs: Range<usize>,
    pub(super) outputs: Range<usize>,
    /// Input and output channels of one group.
    pub(super) group: [usize; 2],
}

/// One operand of a patch: its weight's place within a filter, and the group it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Tap {
    pub(super) weight: usize,
    pub(super) group: usize,
}

/// Groups bundled so that all but the last bundle make whole chunks.
pub(super) fn bundles(groups: usize, group: [usize; 2], columns: usize) -> Vec<Bundle> {
    let [inputs, outputs] = group;
    let together = (1..groups).find(|n| (n * outputs).is_multiple_of(columns)).unwrap_or(groups);
    let bundle = |first: usize| {
        let last = (first + together).min(groups);
        Bundle {
            inputs: first * inputs..last * inputs,
            outputs: first * outputs..last * outputs,
            group,
        }
    };
    (0..groups).step_by(together).map(bundle).collect()
}

impl Conv<'_> {
    /// The operands of a patch in order; `None` where none belongs to a channel of the bundle.
    pub(super) fn taps(&self, bundle: &Bundle) -> Vec<Option<Tap>> {
        let [height, width] = self.window.kernel;
        let first = self.input.operand_of(bundle.inputs.start);
        let last = self.input.operand_of(bundle.inputs.end - 1);
        let mut pixel = vec![None; last + 1 - first];
        for channel in bundle.inputs.clone() {
            pixel[self.input.operand_of(channel) - first] = Some(channel);
        }
        let tap = |ky: usize, kx: usize, channel: usize| {
            let within = channel % bundle.group[0];
            let weight = (within * height + ky) * width + kx;
            Tap { weight, group: channel / bundle.group[0] }
        };
        let places = (0..height).flat_map(|ky| (0..width).map(move |kx| (ky, kx)));
        places
            .flat_map(|(ky, kx)| pixel.iter().map(move |c| c.map(|channel| tap(ky, kx, channel))))
            .collect()
    }

    /// The weights of an output, operand by operand.
    pub(super) fn filter(&self, taps: &[Option<Tap>], output: usize) -> Vec<Option<usize>> {
        let weights = &self.linear.weights;
        let group = output / (self.linear.bias.len() / self.groups());
        let start = output * weights.per_output();
        let own = |tap: &Tap| (tap.group == group).then_some(start + tap.weight);
        taps.iter().map(|tap| tap.as_ref().and_then(own)).collect()
    }

    fn groups(&self) -> usize {
        match &self.layer.op {
            QuantOp::Conv { groups, .. } => *groups,
            _ => 1,
        }
    }

    /// The bias with everything constant in it, and the proof that the array can hold the sum.
    pub(super) fn folded_bias(
        &self,
        filter: &[Option<usize>],
        output: usize,
        limit: u8,
    ) -> Result<i64, CompileError> {
        let weights: Vec<i32> =
            filter.iter().flatten().map(|index| self.coded.integers[*index]).collect();
        let sum: i64 = weights.iter().map(|w| i64::from(*w)).sum();
        let bias = self.linear.bias[output];
        let half = if self.input.flips() { 1i64 << (self.input.mode.bits() - 1) } else { 0 };
        let (span, bias) = if self.input.mode == Mode::Binary {
            // Stored zeros meet the bits of no weight: each such pair adds one.
            let words = filter.len().div_ceil(16);
            let idle = (words * 16 - weights.len()) as i64;
            let span = accumulator::bound_of_weights(&weights, 0, Span::new(-1, 1));
            let span = Span::new(span.lo, span.hi + idle);
            (span, 2 * bias + sum * (1 - 2 * self.zero_point) - idle)
        } else {
            let span = accumulator::bound_of_weights(&weights, 0, self.input.ty.span().minus(half));
            (span, bias + (half - self.zero_point) * sum)
        };
        let needed = span.signed_bits();
        if needed > limit {
            let layer = self.layer.name.clone();
            return Err(CompileError::Accumulator { layer, needed, limit });
        }
        Ok(bias)
    }

    pub(super) fn stage<'b>(&'b self, config: &'b MachineConfig) -> Stage<'b> {
        let extra_shift = u32::from(self.input.mode == Mode::Binary);
        let folded = Folded { extra_shift, divisor: 1 };
        let (layer, stage) = (&self.layer.name, &self.linear.stage);
        Stage { layer, stage, folded, sum_bits: self.sum_bits, config }
    }

    pub(super) fn check_reduction(
        &self,
        needed: usize,
        available: usize,
    ) -> Result<(), CompileError> {
        if needed <= available {
            return Ok(());
        }
        let remedy = "use a narrower mode or a machine with longer patch buffers".to_owned();
        let (layer, memory) = (self.layer.name.clone(), "memory.patch_words");
        Err(CompileError::Memory { layer, memory, available, needed, remedy })
    }

    /// Fields of the streamer and the row packers.
    pub(super) fn streaming(&self, d: &mut Descriptor, bundle: &Bundle, batch: usize, rows: usize) {
        input_fields(d, self.input);
        geometry(d, &self.window, self.input, self.output, batch);
        let (input, parts) = (self.input, self.input.mode.parts());
        let first = input.operand_of(bundle.inputs.start);
        let channels = input.operand_of(bundle.inputs.end - 1) + 1 - first;
        let [stride, pad] = [self.window.stride[1], self.window.padding[1]];
        d.input_base = field(input.base + first / parts);
        d.input_offset = field(first % parts);
        d.channels = field(channels);
        d.flip = input.flips();
        d.padding_value = self.zero_point as u32 & ((1 << input.mode.bits()) - 1);
        d.taps_apart = self.window.dilation[1] > 1;
        let taps = if d.taps_apart { 1 } else { self.window.kernel[1] };
        d.take = field(taps * channels);
        d.step = field(stride * channels);
        if input.is_dense() {
            d.lead_operands = field(pad * channels);
            d.tap_step = field(self.window.dilation[1] * channels);
            d.row_operands = field(input.dims.width * channels);
        }
        d.weight_kind = self.coded.kind;
        d.vector_length = field(self.coded.vector_length);
        let sub_words = self.coded.kind.sub_words(input.mode) as u32;
        d.pass_groups = match self.coded.nested {
            true => field((d.patch_words as usize * parts).next_multiple_of(4)),
            false => d.patch_words.div_ceil(sub_words),
        };
        d.nested = self.coded.nested;
        d.quality = self.coded.quality.into();
        let pixels = batch * self.output.pixels();
        d.tiles = field(pixels.div_ceil(rows));
        d.last_rows = field(pixels - (pixels.max(1) - 1) / rows * rows);
    }
}
