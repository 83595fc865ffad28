//! Convolutions and fully connected layers.

mod conv;

use std::ops::Range;

use bitladder_network::{Linear, Window};
use bitladder_spec::{Span, WeightFormat};

use super::CompileError;
use super::lower::{Lowering, Output, field};
use super::memories::bad_field;
use super::post::Stage;
use super::weights::Coded;
use crate::isa::{Descriptor, Operation};
use conv::{Bundle, Conv, Tap, bundles};

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
        let span = self.graph.network.accumulator_span(index);
        let sum_bits = span.map_or(u8::MAX, Span::signed_bits);
        let conv = Conv {
            layer,
            linear,
            window,
            input: &input,
            zero_point,
            output: dims,
            coded,
            sum_bits,
        };
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
        let stage = conv.stage(config);
        let first = self.builder.weight_groups();
        let mut descriptor = Descriptor {
            operation: Operation::Conv,
            layer: field(index),
            passes: field(bundle.outputs.len().div_ceil(columns)),
            patch_words: field(patch_words),
            parameter_base: field(self.builder.parameter_entries()),
            ..Descriptor::default()
        };
        conv.streaming(&mut descriptor, bundle, self.batch, config.array.rows);
        stage.fill(&mut descriptor, output.layout.is_none())?;
        output.fill(&mut descriptor, bundle.outputs.clone(), columns);
        let limit = config.array.sum_bits(conv.input.mode);
        for start in bundle.outputs.clone().step_by(columns) {
            let outputs = start..(start + columns).min(bundle.outputs.end);
            self.pass(conv, &stage, &taps, outputs, limit)?;
        }
        descriptor.weight_base = field(self.builder.share_weights(first));
        descriptor.scalar_base = field(self.builder.parameter_entries());
        self.scalars(conv, bundle);
        Ok(descriptor)
    }

    /// Weights and parameters of one pass.
    fn pass(
        &mut self,
        conv: &Conv,
        stage: &Stage,
        taps: &[Option<Tap>],
        outputs: Range<usize>,
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
                entry = packed.map_err(|e| bad_field(&conv.layer.name, e))?;
            }
            self.builder.contents.parameters.push(entry);
            words.push(conv.coded.column(&filter));
        }
        for group in 0..words[0].len() {
            self.builder.contents.weights.extend(words.iter().map(|column| column[group]));
        }
        Ok(())
    }

    /// The scalars of the 3-bit code in the order of use.
    fn scalars(&mut self, conv: &Conv, bundle: &Bundle) {
        let (weights, length) = (&conv.linear.weights, conv.coded.vector_length);
        let (WeightFormat::Qsq { layout, .. }, 1..) = (weights.format(), length) else { return };
        let shape @ [_, channels, height, width] = weights.shape();
        let columns = self.builder.config.array.columns;
        let taps: Vec<_> = (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).collect();
        for pass in bundle.outputs.clone().step_by(columns) {
            let outputs = pass..pass + columns;
            for (y, x) in taps.iter().copied() {
                for channel in (0..channels).step_by(length) {
                    let vector = |output| layout.vector_of(shape, [output, channel, y, x]);
                    let scalar = |output| match bundle.outputs.contains(&output) {
                        true => weights.scalars()[vector(output)],
                        false => 0,
                    };
                    let set: Vec<u16> = outputs.clone().map(scalar).collect();
                    self.builder.contents.parameters.extend(set.chunks(4).map(four));
                }
            }
        }
    }
}

/// Four scalars in an entry, the first lowest.
fn four(scalars: &[u16]) -> u64 {
    scalars.iter().rev().fold(0, |entry, scalar| entry << 16 | u64::from(*scalar))
}
