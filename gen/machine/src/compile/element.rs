//! Pools, sums and rescales.

use bitladder_network::{ValueId, Window};
use bitladder_spec::{OutputStage, Span};

use super::CompileError;
use super::graph::Dims;
use super::lower::{Lowering, Output, field, geometry, input_fields, pixels};
use super::post::{Folded, Stage};
use crate::isa::{Descriptor, Operation};

/// A stored operand of 16 bits, with and without sign.
const OPERAND_BITS: u8 = 17;

impl Lowering<'_, '_> {
    pub(super) fn max_pool(
        &mut self,
        index: usize,
        window: &Window,
        output: &Output,
    ) -> Result<(), CompileError> {
        let layer = &self.graph.network.layers[index];
        self.exists(&layer.name, Operation::MaxPool)?;
        let input = self.layout_of(layer.inputs[0]).clone();
        let columns = self.builder.config.array.columns;
        let mut descriptor = Descriptor {
            operation: Operation::MaxPool,
            layer: field(index),
            input_signed: input.ty.is_signed(),
            passes: field(input.pixel_words / columns),
            ..Descriptor::default()
        };
        self.check_padding(&layer.name, window, (input.dims, output.dims))?;
        input_fields(&mut descriptor, &input);
        geometry(&mut descriptor, window, &input, output.dims, self.batch);
        output.fill(&mut descriptor, 0..output.dims.channels, columns);
        descriptor.divisor = 0;
        descriptor.output_channels = 0;
        descriptor.output_step = field(columns);
        self.builder.push(&layer.name, &descriptor)
    }

    pub(super) fn average_pool(
        &mut self,
        index: usize,
        (window, count_padding): (&Window, bool),
        stage: &OutputStage,
        output: &Output,
    ) -> Result<(), CompileError> {
        let layer = &self.graph.network.layers[index];
        let input = self.layout_of(layer.inputs[0]).clone();
        let divisor = divisor(&layer.name, window, count_padding, input.dims, output.dims)?;
        let mut descriptor = Descriptor {
            operation: Operation::AveragePool,
            layer: field(index),
            input_signed: input.ty.is_signed(),
            input_zero_point: self.graph.network.format(layer.inputs[0]).zero_point,
            ..Descriptor::default()
        };
        self.check_padding(&layer.name, window, (input.dims, output.dims))?;
        input_fields(&mut descriptor, &input);
        geometry(&mut descriptor, window, &input, output.dims, self.batch);
        let folded = Folded { extra_shift: 0, divisor };
        let sum_bits = self.check_sum(index)?;
        self.through_post(&layer.name, descriptor, (stage, folded, sum_bits), output)
    }

    pub(super) fn add(
        &mut self,
        index: usize,
        multipliers: [u32; 2],
        stage: &OutputStage,
        output: &Output,
    ) -> Result<(), CompileError> {
        let layer = &self.graph.network.layers[index];
        self.check_multipliers(&layer.name, multipliers)?;
        let [a, b] = [layer.inputs[0], layer.inputs[1]];
        let (input, second) = (self.layout_of(a).clone(), self.layout_of(b));
        let mut descriptor = Descriptor {
            operation: Operation::Add,
            layer: field(index),
            input_signed: input.ty.is_signed(),
            second_signed: second.ty.is_signed(),
            second_base: field(second.base),
            input_zero_point: self.graph.network.format(a).zero_point,
            second_zero_point: self.graph.network.format(b).zero_point,
            multiplier: multipliers[0],
            second_multiplier: multipliers[1],
            ..Descriptor::default()
        };
        input_fields(&mut descriptor, &input);
        pixels(&mut descriptor, output.dims, self.batch);
        let sum_bits = self.check_sum(index)?;
        let folded = Folded { extra_shift: 0, divisor: 1 };
        self.through_post(&layer.name, descriptor, (stage, folded, sum_bits), output)
    }

    /// The multipliers of a sum have 16 bits, whatever post has; a machine that only shifts has
    /// shifters in their place.
    fn check_multipliers(&self, layer: &str, multipliers: [u32; 2]) -> Result<(), CompileError> {
        let shifts = self.builder.config.post.multiplier_bits == 1;
        for multiplier in multipliers {
            let (layer, what) = (layer.to_owned(), "an input".to_owned());
            let (needed, value) = (32 - multiplier.leading_zeros(), multiplier.into());
            if needed > 16 {
                let limit = 16;
                return Err(CompileError::Multiplier {
                    layer,
                    what,
                    multiplier: value,
                    needed,
                    limit,
                });
            }
            if shifts && multiplier.count_ones() > 1 {
                return Err(CompileError::ShiftsOnly { layer, what, multiplier: value });
            }
        }
        Ok(())
    }

    pub(super) fn rescale(
        &mut self,
        (index, name): (usize, &str),
        (value, zero_point): (ValueId, i32),
        stage: &OutputStage,
        output: &Output,
    ) -> Result<(), CompileError> {
        let input = self.layout_of(value).clone();
        let mut descriptor = Descriptor {
            operation: Operation::Rescale,
            layer: field(index),
            input_signed: input.ty.is_signed(),
            input_zero_point: zero_point,
            ..Descriptor::default()
        };
        input_fields(&mut descriptor, &input);
        pixels(&mut descriptor, output.dims, self.batch);
        let sum_bits = match index < self.graph.network.layers.len() {
            true => self.check_sum(index)?,
            // A copy of what is stored, less its zero point.
            false => OPERAND_BITS,
        };
        let folded = Folded { extra_shift: 0, divisor: 1 };
        self.through_post(name, descriptor, (stage, folded, sum_bits), output)
    }

    /// Refuses windows beyond the image, where the machine cannot leave out their taps.
    fn check_padding(
        &self,
        layer: &str,
        window: &Window,
        (input, output): (Dims, Dims),
    ) -> Result<(), CompileError> {
        let reaches = |axis: usize, extent: usize, windows: usize| {
            let end = (windows - 1) * window.stride[axis] + window.reach(axis);
            window.padding[axis] > 0 || end > extent
        };
        let beyond =
            reaches(0, input.height, output.height) || reaches(1, input.width, output.width);
        match beyond && !self.builder.config.element.padding {
            true => Err(CompileError::Padding { layer: layer.to_owned() }),
            false => Ok(()),
        }
    }

    /// Refuses what the machine was built without.
    fn exists(&self, layer: &str, operation: Operation) -> Result<(), CompileError> {
        let available = &self.builder.config.element.operations;
        if available.contains(&operation) {
            return Ok(());
        }
        let (layer, available) = (layer.to_owned(), available.clone());
        Err(CompileError::Operation { layer, operation, available })
    }

    /// Parameters and post fields of a layer that works channel by channel.
    fn through_post(
        &mut self,
        name: &str,
        mut descriptor: Descriptor,
        (stage, folded, sum_bits): (&OutputStage, Folded, u8),
        output: &Output,
    ) -> Result<(), CompileError> {
        self.exists(name, descriptor.operation)?;
        let config = self.builder.config;
        let (columns, channels) = (config.array.columns, output.dims.channels);
        let stage = Stage { layer: name, stage, folded, sum_bits, config };
        descriptor.passes = field(channels.div_ceil(columns));
        descriptor.parameter_base = field(self.builder.parameter_entries());
        stage.fill(&mut descriptor, output.layout.is_none())?;
        output.fill(&mut descriptor, 0..channels, columns);
        for channel in 0..channels.next_multiple_of(columns) {
            let entry = match channel < channels {
                true => stage.entry(channel, 0)?.pack(),
                false => Ok(0),
            };
            let entry = entry.map_err(|source| super::memories::bad_field(name, source))?;
            self.builder.contents.parameters.push(entry);
        }
        self.builder.push(name, &descriptor)
    }

    /// The proof that post can take the sums of a layer without weights: the bits they have.
    fn check_sum(&self, index: usize) -> Result<u8, CompileError> {
        let needed = self.graph.network.accumulator_span(index).map_or(0, Span::signed_bits);
        let limit = self.builder.config.array.accumulator_bits;
        if needed <= limit {
            return Ok(needed);
        }
        let layer = self.graph.network.layers[index].name.clone();
        Err(CompileError::Accumulator { layer, needed, limit })
    }
}

/// The one count of positions all windows have.
fn divisor(
    layer: &str,
    window: &Window,
    count_padding: bool,
    input: Dims,
    output: Dims,
) -> Result<u32, CompileError> {
    let image = [input.height, input.width];
    let count = |y: usize, x: usize| match count_padding {
        true => window.taps_padded([y, x], image) as usize,
        false => window.taps_along(0, y, image[0]).len() * window.taps_along(1, x, image[1]).len(),
    };
    let counts = (0..output.height).flat_map(|y| (0..output.width).map(move |x| count(y, x)));
    let (least, most) =
        counts.fold((usize::MAX, 0), |(least, most), count| (least.min(count), most.max(count)));
    if least == most {
        return Ok(most as u32);
    }
    Err(CompileError::Divisor { layer: layer.into(), least, most })
}
