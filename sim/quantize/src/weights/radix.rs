//! Where the radix point goes.

use bitladder_spec::IntType;

use crate::RadixRule;

/// How many places beyond the one where the largest value just fits are tried: each halves the
/// range, and past a few octaves the saturated values cost more than finer steps give back.
const OCTAVES: i16 = 6;

/// Most fraction bits either way; real data is far inside.
const LIMIT: f64 = 120.0;

/// Error of one value in the given format, rounding half to even.
pub(crate) fn squared_error(value: f64, ty: IntType, frac: i16) -> f64 {
    let span = ty.span();
    let step = f64::from(frac).exp2();
    let stored = (value * step).round_ties_even().clamp(span.lo as f64, span.hi as f64);
    (stored / step - value).powi(2)
}

/// The number of fraction bits for a tensor of weights.
pub(super) fn tensor_radix(values: &[f32], ty: IntType, rule: RadixRule) -> i16 {
    let most = values.iter().fold(0.0f32, |most, v| most.max(v.abs()));
    radix(f64::from(most), ty, rule, |frac| {
        values.iter().map(|v| squared_error(f64::from(*v), ty, frac)).sum()
    })
}

/// The number of fraction bits for values up to `most`, by the rule; `error` gives the squared
/// error over the data for a candidate.
pub(crate) fn radix(most: f64, ty: IntType, rule: RadixRule, error: impl Fn(i16) -> f64) -> i16 {
    if most <= 0.0 {
        return 0;
    }
    let fits = (ty.span().hi as f64 / most).log2().floor().clamp(-LIMIT, LIMIT) as i16;
    match rule {
        RadixRule::Maximum => fits,
        RadixRule::LeastError => (fits..=fits + OCTAVES)
            .map(|frac| (frac, error(frac)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(fits, |(frac, _)| frac),
    }
}
