//! Output stages between two scales.

use bitladder_spec::{
    IntType, MAX_MULTIPLIER_BITS, OutputStage, Requant, Scale, Span, SpecError, TensorFormat,
};

use crate::LowerOptions;

/// Builds output stages with the network's common options.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rescaler {
    pub(crate) options: LowerOptions,
}

/// `from / to`, as an exact power of two where both are.
fn factor(from: Scale, to: Scale, bits: u8) -> Result<Requant, SpecError> {
    match (from, to) {
        (Scale::Radix(from), Scale::Radix(to)) => {
            // Left shifts are exact whatever the multiplier's width: allow them the widest.
            let ratio = f64::from(to - from).exp2();
            Requant::from_ratio(ratio, if to > from { MAX_MULTIPLIER_BITS } else { bits })
        }
        _ => Requant::from_ratio(from.step() / to.step(), bits),
    }
}

impl Rescaler {
    /// From accumulators of the given scales (one, or one per channel) to a format.
    pub(crate) fn stage(
        &self,
        from: &[Scale],
        to: TensorFormat,
        clamp: Span,
    ) -> Result<OutputStage, SpecError> {
        let bits = self.options.multiplier_bits;
        let mut requant = from
            .iter()
            .map(|scale| factor(*scale, to.scale, bits))
            .collect::<Result<Vec<_>, _>>()?;
        if requant.iter().all(|r| *r == requant[0]) {
            requant.truncate(1);
        }
        Ok(OutputStage {
            requant,
            zero_point: to.zero_point,
            clamp,
            ..identity_stage(to.ty, self.options)
        })
    }

    /// Multipliers for both inputs of a sum and the shift they share.
    ///
    /// With radix points the coarser input is shifted up to the finer one, so the sum is exact;
    /// otherwise the larger factor is normalised to the multiplier's width.
    pub(crate) fn sum(
        &self,
        inputs: [Scale; 2],
        to: Scale,
    ) -> Result<([u32; 2], Requant), SpecError> {
        if let ([Scale::Radix(a), Scale::Radix(b)], Scale::Radix(_)) = (inputs, to) {
            let finer = a.max(b);
            let up = [finer - a, finer - b];
            if up.iter().all(|by| *by < 16) {
                let multipliers = up.map(|by| 1u32 << by);
                let bits = self.options.multiplier_bits;
                return Ok((multipliers, factor(Scale::Radix(finer), to, bits)?));
            }
        }
        let ratios = inputs.map(|scale| scale.step() / to.step());
        let larger = ratios[0].max(ratios[1]);
        let common = Requant::from_ratio(larger, self.options.multiplier_bits)?;
        let unit = f64::from(common.shift_amount()).exp2();
        let multipliers = ratios.map(|ratio| (ratio * unit).round_ties_even() as u32);
        Ok((multipliers, Requant::shift(common.shift_amount())?))
    }
}

/// A stage that changes nothing but the type.
pub(crate) fn identity_stage(ty: IntType, options: LowerOptions) -> OutputStage {
    OutputStage {
        requant: vec![Requant::IDENTITY],
        rounding: options.rounding,
        zero_point: 0,
        ty,
        saturation: options.saturation,
        clamp: ty.span(),
    }
}
