//! Convolutions and fully connected layers.

use bitladder_network::{Linear, QuantLayer, Window};
use bitladder_spec::{Span, accumulator};

use super::CompileError;
use super::graph::Dims;
use super::layout::TensorLayout;
use super::lower::{Lowering, Output, geometry, input_fields};
use super::post::{Folded, Stage};
use super::weights::Coded;
use crate::isa::{Descriptor, Mode, Operation};

/// A convolution to be lowered.
struct Conv<'a> {
    layer: &'a QuantLayer,
    linear: &'a Linear,
    window: Window,
    input: &'a TensorLayout,
    zero_point: i64,
    output: Dims,
    coded: Coded<'a>,
}

/// Neighbouring groups whose output channels fill chunks.
struct Bundle {
    inputs: std::ops::Range<usize>,
    outputs: std::ops::Range<usize>,
    /// Input and output channels of one group.
    group: [usize; 2],
}

/// One operand of a patch: its weight's place within a filter, and the group it belongs to.
#[derive(Clone, Copy)]
struct Tap {
    weight: usize,
    group: usize,
}

impl Lowering<'_, '_> {
    pub(super) fn linear(
        &mut self,
        index: usize,
        linear: &Linear,
        window: Window,
        groups: usize,
        output: &Output,
    ) -> Result<(), CompileError> {
        let layer = &self.graph.network.layers[index];
        let input = self.layout_of(layer.inputs[0]).clone();
        let zero_point = i64::from(self.graph.network.format(layer.inputs[0]).zero_point);
        let array = &self.builder.config.array;
        let per_group = [input.dims.channels / groups, linear.bias.len() / groups];
        let bundles = bundles(groups, per_group, array.columns);
        let flattened = layer.op.name() == "dense" && input.dims.pixels() > 1;
        let ordered =
            !flattened && bundles.iter().all(|bundle| bundle.inputs.len() == per_group[0]);
        let coded = Coded::new(&layer.name, &linear.weights, input.mode, array, ordered)?;
        let dims = output.dims;
        let conv = Conv { layer, linear, window, input: &input, zero_point, output: dims, coded };
        for bundle in &bundles {
            let descriptor = self.bundle(index, &conv, bundle, output)?;
            self.builder.push(&conv.layer.name, &descriptor)?;
        }
        Ok(())
    }

    fn bundle(
        &mut self,
        index: usize,
        conv: &Conv,
        bundle: &Bundle,
        output: &Output,
    ) -> Result<Descriptor, CompileError> {
        let config = self.builder.config;
        let (columns, parts) = (config.array.columns, conv.input.mode.parts());
        let taps = conv.taps(bundle);
        let patch_words = taps.len().div_ceil(parts);
        conv.check_reduction(patch_words, config.memory.patch_words)?;
        let passes = bundle.outputs.len().div_ceil(columns);
        let stage = conv.stage(config);
        let mut descriptor = Descriptor {
            operation: Operation::Conv,
            layer: index as u32,
            weight_kind: conv.coded.kind,
            flip: conv.input.flips(),
            passes: passes as u32,
            patch_words: patch_words as u32,
            pass_groups: patch_words.div_ceil(conv.coded.kind.sub_words(conv.input.mode)) as u32,
            weight_base: self.builder.weight_groups() as u32,
            parameter_base: self.builder.parameter_entries() as u32,
            vector_length: conv.coded.vector_length as u32,
            ..Descriptor::default()
        };
        conv.streaming(&mut descriptor, bundle, self.batch, config.array.rows);
        stage.fill(&mut descriptor)?;
        output.fill(&mut descriptor, bundle.outputs.clone(), columns);
        let limit = config.array.sum_bits(conv.input.mode);
        for start in bundle.outputs.clone().step_by(columns) {
            self.pass(
                conv,
                &stage,
                &taps,
                start..(start + columns).min(bundle.outputs.end),
                limit,
            )?;
        }
        descriptor.scalar_base = self.builder.parameter_entries() as u32;
        self.scalars(conv, bundle);
        Ok(descriptor)
    }

    /// Weights and parameters of one pass.
    fn pass(
        &mut self,
        conv: &Conv,
        stage: &Stage,
        taps: &[Option<Tap>],
        outputs: std::ops::Range<usize>,
        limit: u8,
    ) -> Result<(), CompileError> {
        let columns = self.builder.config.array.columns;
        let mut words: Vec<Vec<u16>> = Vec::new();
        for column in 0..columns {
            let output = outputs.start + column;
            let mut entry = 0;
            let mut filter = vec![None; taps.len()];
            if output < outputs.end {
                filter = conv.filter(taps, output);
                let bias = conv.folded_bias(&filter, output, limit)?;
                let packed = stage.entry(output, bias)?.pack();
                entry = packed.map_err(|e| super::memories::bad_field(&conv.layer.name, e))?;
            }
            self.builder.contents.parameters.push(entry);
            let parts = conv.input.mode.parts();
            let column: Vec<u16> = filter.chunks(parts).map(|part| conv.coded.word(part)).collect();
            words.push(conv.coded.packed(&column));
        }
        for group in 0..words[0].len() {
            self.builder.contents.weights.extend(words.iter().map(|column| column[group]));
        }
        Ok(())
    }

    /// The scalars of the 3-bit code in the order of use.
    fn scalars(&mut self, conv: &Conv, bundle: &Bundle) {
        let (length, columns) = (conv.coded.vector_length, self.builder.config.array.columns);
        if length == 0 {
            return;
        }
        let (integers, weights) = (&conv.coded.integers, conv.linear.weights.codes());
        let bitladder_spec::WeightFormat::Qsq { layout, .. } = conv.linear.weights.format() else {
            return;
        };
        debug_assert_eq!(integers.len(), weights.len());
        let shape = conv.linear.weights.shape();
        let [_, channels, height, width] = shape;
        let scalars = conv.linear.weights.scalars();
        for pass in bundle.outputs.clone().step_by(columns) {
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                for channel in (0..channels).step_by(length) {
                    let scalar = |column: usize| match pass + column {
                        o if o < bundle.outputs.end => {
                            scalars[layout.vector_of(shape, [o, channel, y, x])]
                        }
                        _ => 0,
                    };
                    let set: Vec<u16> = (0..columns).map(scalar).collect();
                    self.builder.contents.parameters.extend(set.chunks(4).map(four));
                }
            }
        }
    }
}

fn four(scalars: &[u16]) -> u64 {
    scalars.iter().rev().fold(0, |entry, scalar| entry << 16 | u64::from(*scalar))
}

/// Groups bundled so that all but the last bundle make whole chunks.
fn bundles(groups: usize, group: [usize; 2], columns: usize) -> Vec<Bundle> {
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
    fn taps(&self, bundle: &Bundle) -> Vec<Option<Tap>> {
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
    fn filter(&self, taps: &[Option<Tap>], output: usize) -> Vec<Option<usize>> {
        let weights = &self.linear.weights;
        let group = output / (self.linear.bias.len() / self.groups());
        let start = output * weights.per_output();
        let own = |tap: &Tap| (tap.group == group).then_some(start + tap.weight);
        taps.iter().map(|tap| tap.as_ref().and_then(own)).collect()
    }

    fn groups(&self) -> usize {
        match &self.layer.op {
            bitladder_network::QuantOp::Conv { groups, .. } => *groups,
            _ => 1,
        }
    }

    /// The bias with everything constant in it, and the proof that the array can hold the sum.
    fn folded_bias(
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

    fn stage<'b>(&'b self, config: &'b crate::config::MachineConfig) -> Stage<'b> {
        let extra_shift = u32::from(self.input.mode == Mode::Binary);
        let folded = Folded { extra_shift, divisor: 1 };
        Stage { layer: &self.layer.name, stage: &self.linear.stage, folded, config }
    }

    fn check_reduction(&self, needed: usize, available: usize) -> Result<(), CompileError> {
        if needed <= available {
            return Ok(());
        }
        let remedy = "use a narrower mode or a machine with longer patch buffers".to_owned();
        let (layer, memory) = (self.layer.name.clone(), "memory.patch_words");
        Err(CompileError::Memory { layer, memory, available, needed, remedy })
    }

    /// Fields of the streamer and the row packers.
    fn streaming(&self, d: &mut Descriptor, bundle: &Bundle, batch: usize, rows: usize) {
        input_fields(d, self.input);
        geometry(d, &self.window, self.input, self.output, batch);
        let (input, parts) = (self.input, self.input.mode.parts());
        let first = input.operand_of(bundle.inputs.start);
        let channels = input.operand_of(bundle.inputs.end - 1) + 1 - first;
        let [stride, pad] = [self.window.stride[1], self.window.padding[1]];
        d.input_base = (input.base + first / parts) as u32;
        d.input_offset = (first % parts) as u32;
        d.channels = channels as u32;
        d.padding_value = self.zero_point as u32 & ((1 << input.mode.bits()) - 1);
        d.taps_apart = self.window.dilation[1] > 1;
        let taps = if d.taps_apart { 1 } else { self.window.kernel[1] };
        d.take = (taps * channels) as u32;
        d.step = (stride * channels) as u32;
        if input.is_dense() {
            d.lead_operands = (pad * channels) as u32;
            d.row_operands = (input.dims.width * channels) as u32;
        }
        let pixels = batch * self.output.pixels();
        d.tiles = pixels.div_ceil(rows) as u32;
        d.last_rows = (pixels - (pixels.max(1) - 1) / rows * rows) as u32;
    }
}
