//! Post and writer: from sums to stored integers in memory.

use bitladder_spec::{IntType, Rounding, Saturation, Span};

use super::operands::pack;
use super::{InterpretError, Machine, Observer};
use crate::isa::{Descriptor, Destination, FieldPlace, field, parameter};

/// One lane of post: exactly `OutputStage::finish`, with the bias in the parameter entry.
fn finish(d: &Descriptor, ty: IntType, entry: u64, sum: i64) -> i32 {
    let words = [entry as u32, (entry >> 32) as u32];
    let sum = sum + parameter::BIAS.extract(&words);
    let product = i128::from(sum) * i128::from(parameter::MULTIPLIER.extract(&words));
    let denominator = i128::from(d.divisor) << parameter::SHIFT.extract(&words);
    let scaled = Rounding::from(d.rounding).divide(product, denominator);
    let scaled = scaled.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
    let placed = scaled.saturating_add(i64::from(d.output_zero_point));
    let inside = Saturation::from(d.saturation).apply(placed, ty);
    let clamp = Span { lo: d.clamp_lo.into(), hi: d.clamp_hi.into() };
    clamp.clamp(inside) as i32
}

impl Machine {
    /// Takes a row of sums of one pixel and pass through post and writes it.
    pub(super) fn post(
        &mut self,
        d: &Descriptor,
        (pixel, pass): (usize, usize),
        sums: &[i64],
        observer: &mut dyn Observer,
    ) -> Result<(), InterpretError> {
        let refuse = |field: FieldPlace, value| {
            let (layer, field) = (d.layer, field.name);
            InterpretError::Field { layer, field, value }
        };
        let ty = IntType::new(d.output_bits as u8, d.output_signed)
            .map_err(|_| refuse(field::OUTPUT_BITS, d.output_bits))?;
        if d.divisor == 0 {
            return Err(refuse(field::DIVISOR, 0));
        }
        if d.clamp_lo > d.clamp_hi {
            return Err(refuse(field::CLAMP_LO, d.clamp_lo as u32));
        }
        let first = d.parameter_base as usize + pass * self.config.array.columns;
        let mut values = Vec::with_capacity(sums.len());
        for (entry, sum) in (first..).zip(sums) {
            values.push(finish(d, ty, self.parameter(d.layer, entry)?, *sum));
        }
        observer.stored(d.layer, pixel, pass, &values);
        match d.destination {
            Destination::Results => self.write_results(d, pixel, pass, &values),
            Destination::Activations => self.write_chunk(d, pixel, pass, &values),
        }
    }

    fn write_results(
        &mut self,
        d: &Descriptor,
        pixel: usize,
        pass: usize,
        values: &[i32],
    ) -> Result<(), InterpretError> {
        let first = pass * self.config.array.columns;
        for (channel, value) in (first..d.output_channels as usize).zip(values) {
            let address = d.output_base as usize + pixel * d.classes as usize + channel;
            self.write_result(d.layer, address, *value as u32)?;
        }
        Ok(())
    }

    /// Writes the words of a chunk, or of a group.
    pub(super) fn write_chunk(
        &mut self,
        d: &Descriptor,
        pixel: usize,
        pass: usize,
        values: &[i32],
    ) -> Result<(), InterpretError> {
        let step = d.output_step as usize;
        let first = d.output_base as usize + pixel * d.output_pixel_words as usize + pass * step;
        let words = values.chunks(d.output_mode.parts()).take(step);
        for (address, values) in (first..).zip(words) {
            self.write(d.layer, address as i64, pack(d.output_mode, values))?;
        }
        Ok(())
    }
}
