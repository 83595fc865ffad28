//! Batch norms behind quantised weights.

use bitladder_network::{DeclaredWeights, FloatOp};
use bitladder_spec::{BatchNorm, Span, fold_batch_norm};

/// Folds a norm into a layer: its real numbers, and the scales of the integers they stand for.
/// Left apart, the norm would need a layer of its own, and a format in between that no file has.
pub(crate) fn fold(op: &mut FloatOp, declared: &mut DeclaredWeights, norm: &BatchNorm) {
    if let FloatOp::Conv { weights, bias, .. } | FloatOp::Dense { weights, bias, .. } = op {
        fold_batch_norm(weights, bias, norm);
        take_up(declared, norm);
    }
}

/// Multiplies the weights of each output by the norm's factor; a scale stays positive, so the sign
/// goes to the integers.
fn take_up(weights: &mut DeclaredWeights, norm: &BatchNorm) {
    let outputs = norm.channels();
    if weights.scales.len() == 1 {
        weights.scales = vec![weights.scales[0]; outputs];
    }
    // The norm's offset is no whole number of steps: the real bias tells the sum.
    weights.bias = None;
    let per_output = weights.integers.len() / outputs.max(1);
    for output in 0..outputs {
        let factor = norm.affine(output).0;
        let integers = &mut weights.integers[output * per_output..(output + 1) * per_output];
        if factor == 0.0 {
            integers.fill(0);
            continue;
        }
        weights.scales[output] *= factor.abs();
        if factor < 0.0 {
            integers.iter_mut().for_each(|integer| *integer = integer.saturating_neg());
        }
    }
    // The lowest integer has no counterpart of its width.
    let span = weights.integers.iter().fold(Span::new(0, 0), |span, integer| {
        span.union(Span::new(i64::from(*integer), i64::from(*integer)))
    });
    weights.bits = weights.bits.max(span.signed_bits());
}
