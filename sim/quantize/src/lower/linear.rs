//! Convolution and fully connected layers.

use bitladder_network::{FloatOp, Linear, QuantOp};
use bitladder_spec::{IntType, OutputStage, Requant, Scale, Span, TensorFormat};

use super::{Fused, Lowering};
use crate::error::InLayer;
use crate::{QuantizeError, ScaledWeights};

/// Fraction bits a result keeps beyond its coarsest channel's accumulator.
const RESULT_GUARD: i32 = 8;

impl Lowering<'_> {
    pub(super) fn linear(&mut self, fused: &Fused) -> Result<(), QuantizeError> {
        let name = &fused.layer.name;
        let from = self.input_format(fused, 0);
        let coded = self.formats.weights.get(&fused.index).ok_or_else(|| {
            self.unsupported(fused, "its weights have no format; choose formats first")
        })?;
        let bias = self.bias(fused, from, coded);
        let scales: Vec<Scale> = coded.scales.iter().map(|s| from.scale.times(*s)).collect();
        let mut linear = Linear { weights: coded.weights.clone(), bias, stage: OutputStage::raw() };
        let format = if self.is_result(fused.target) {
            let (format, stage) = self.result_stage(fused, &linear, &scales, from)?;
            linear.stage = stage;
            format
        } else {
            let format = self.format_of(fused.target)?;
            let clamp = self.bounds(fused, format);
            linear.stage = self.rescaler.stage(&scales, format, clamp).in_layer(name)?;
            format
        };
        let op = match &fused.layer.op {
            FloatOp::Conv { window, groups, .. } => {
                QuantOp::Conv { window: *window, groups: *groups, linear }
            }
            _ => QuantOp::Dense { linear },
        };
        self.emit(fused, op, format);
        Ok(())
    }

    /// The declared integer bias, or the float bias in the accumulator's scale, half to even.
    fn bias(&self, fused: &Fused, from: TensorFormat, coded: &ScaledWeights) -> Vec<i64> {
        if let Some(bias) = self.formats.biases.get(&fused.index) {
            return bias.clone();
        }
        let (FloatOp::Conv { bias, .. } | FloatOp::Dense { bias, .. }) = &fused.layer.op else {
            return Vec::new();
        };
        let integer = |(output, b): (usize, &f32)| {
            let step = from.scale.times(coded.scale_of(output)).step();
            (f64::from(*b) / step).round_ties_even() as i64
        };
        bias.iter().enumerate().map(integer).collect()
    }

    /// A network's result stays an accumulator: cut to few bits, its margins would tie. It is
    /// shifted only as far as 32 bits demand, and channels of different scales meet at one.
    fn result_stage(
        &self,
        fused: &Fused,
        linear: &Linear,
        scales: &[Scale],
        from: TensorFormat,
    ) -> Result<(TensorFormat, OutputStage), QuantizeError> {
        let input = from.centered_span();
        let integers = linear.weights.integers();
        let spans: Vec<Span> =
            (0..linear.bias.len()).map(|o| linear.output_span(&integers, o, input)).collect();
        let ty = IntType::ACCUMULATOR;
        if let [scale] = scales {
            let bits = spans.iter().map(|s| s.signed_bits()).max().unwrap_or(1);
            let shift = bits.saturating_sub(ty.bits());
            let scale = match scale {
                Scale::Radix(frac) => Scale::Radix(frac - i16::from(shift)),
                Scale::Real(step) => Scale::Real(step * f64::from(shift).exp2()),
            };
            let format = TensorFormat { ty, scale, zero_point: 0 };
            let requant = vec![Requant::shift(shift).in_layer(&fused.layer.name)?];
            return Ok((format, OutputStage { requant, ..self.wide_stage(fused, format) }));
        }
        let largest = |span: &Span, scale: &Scale| {
            span.hi.unsigned_abs().max(span.lo.unsigned_abs()) as f64 * scale.step()
        };
        let most = spans.iter().zip(scales).map(|(s, c)| largest(s, c)).fold(1e-30, f64::max);
        let coarsest = scales.iter().map(|s| s.step()).fold(1e-30, f64::max);
        let room = 30 - most.log2().ceil() as i32;
        let useful = RESULT_GUARD - coarsest.log2().ceil() as i32;
        let format = TensorFormat::fixed(ty, room.min(useful) as i16);
        let clamp = self.bounds(fused, format);
        let stage = self.rescaler.stage(scales, format, clamp).in_layer(&fused.layer.name)?;
        Ok((format, stage))
    }
}
