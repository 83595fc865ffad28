//! Average pooling and sums.

use bitladder_network::{QuantOp, Window};
use bitladder_spec::{IntType, OutputStage, Requant, Scale, TensorFormat};

use super::{Fused, Lowering};
use crate::QuantizeError;
use crate::error::InLayer;

/// Fraction bits an average keeps when it is the network's result.
const AVERAGE_GUARD: u8 = 8;

impl Lowering<'_> {
    pub(super) fn average(
        &mut self,
        fused: &Fused,
        window: Window,
        count_padding: bool,
    ) -> Result<(), QuantizeError> {
        let name = &fused.layer.name;
        let from = self.input_format(fused, 0);
        let (format, stage) = if self.is_result(fused.target) {
            let format = finer(from, AVERAGE_GUARD);
            let requant = vec![Requant::new(1 << AVERAGE_GUARD, 0).in_layer(name)?];
            (format, OutputStage { requant, ..self.wide_stage(fused, format) })
        } else {
            let format = self.format_of(fused.target)?;
            let clamp = self.bounds(fused, format);
            (format, self.rescaler.stage(&[from.scale], format, clamp).in_layer(name)?)
        };
        self.emit(fused, QuantOp::AveragePool { window, count_padding, stage }, format);
        Ok(())
    }

    pub(super) fn add(&mut self, fused: &Fused) -> Result<(), QuantizeError> {
        let inputs = [0, 1].map(|input| self.input_format(fused, input));
        let format = if self.is_result(fused.target) {
            let wider = if inputs[0].scale.step() < inputs[1].scale.step() { 0 } else { 1 };
            finer(inputs[wider], 0)
        } else {
            self.format_of(fused.target)?
        };
        let scales = inputs.map(|input| input.scale);
        let (multipliers, requant) =
            self.rescaler.sum(scales, format.scale).in_layer(&fused.layer.name)?;
        let stage = OutputStage {
            requant: vec![requant],
            zero_point: format.zero_point,
            ..self.wide_stage(fused, format)
        };
        self.emit(fused, QuantOp::Add { multipliers, stage }, format);
        Ok(())
    }
}

/// A 32-bit format with `bits` more fraction bits.
fn finer(from: TensorFormat, bits: u8) -> TensorFormat {
    let scale = match from.scale {
        Scale::Radix(frac) => Scale::Radix(frac + i16::from(bits)),
        Scale::Real(step) => Scale::Real(step / f64::from(bits).exp2()),
    };
    TensorFormat { ty: IntType::ACCUMULATOR, scale, zero_point: 0 }
}
