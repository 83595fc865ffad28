//! Random output stages that fit what they are fed.

use bitladder_spec::{
    IntType, MAX_SHIFT, OutputStage, Requant, Rounding, Saturation, Span, TensorFormat,
};

use super::Draw;

/// A stage from sums within `span` into `format`.
pub(super) fn random_stage(
    draw: &mut Draw,
    format: TensorFormat,
    span: Span,
    channels: usize,
) -> Option<OutputStage> {
    let saturation = match draw.below(4) {
        0 => Saturation::Symmetric,
        1 => Saturation::Wrap,
        _ => Saturation::Saturate,
    };
    let count = if draw.one_in(2) { 1 } else { channels };
    let multiplier_bits = draw.among(&[1, 1, 1, 8, 16, 31]);
    let requant = (0..count).map(|_| random_requant(draw, format.ty, span, multiplier_bits));
    let requant = requant.collect::<Option<Vec<_>>>()?;
    let rounding = draw.among(&Rounding::ALL);
    let clamp = random_clamp(draw, format);
    let (zero_point, ty) = (format.zero_point, format.ty);
    Some(OutputStage { requant, rounding, zero_point, ty, saturation, clamp })
}

/// A factor that brings most sums near the type's range, some far beyond it and some to nothing.
fn random_requant(
    draw: &mut Draw,
    ty: IntType,
    span: Span,
    multiplier_bits: usize,
) -> Option<Requant> {
    let multiplier = match multiplier_bits {
        1 => 1,
        bits => draw.between(1 << (bits - 1), (1 << bits) - 1) as u32,
    };
    let product_bits = usize::from(span.signed_bits()) + multiplier_bits - 1;
    let fitting = product_bits.saturating_sub(usize::from(ty.bits()) + draw.below(7));
    let shift = match draw.below(10) {
        0 => draw.below(usize::from(MAX_SHIFT) + 1),
        1 => 0,
        _ => fitting.min(usize::from(MAX_SHIFT)),
    };
    Requant::new(multiplier, shift as u8).ok()
}

fn random_clamp(draw: &mut Draw, format: TensorFormat) -> Span {
    let span = format.ty.span();
    let zero = i64::from(format.zero_point);
    match draw.below(4) {
        // As a rectifier has it.
        0 => Span::new(zero, span.hi),
        1 => {
            let (a, b) = (draw.integer(span.lo, span.hi), draw.integer(span.lo, span.hi));
            Span::new(a.min(b), a.max(b))
        }
        _ => span,
    }
}
