//! How wide an accumulator must be, proven from the layer.
//!
//! An accumulator that is wide enough for the bounds below never overflows, whatever the input and
//! in whatever order the products are added: zero is always among the inputs' centred values, so
//! each product's range contains zero, and every partial sum lies between the sum of all lower
//! ends and the sum of all upper ends.

use crate::Span;

/// The widest accumulator the contract defines. Hardware configurations may allow less.
pub const MAX_BITS: u8 = 48;

/// Where the products `weight * input` lie.
fn product_span(weight: i64, input: Span) -> Span {
    let (a, b) = (weight * input.lo, weight * input.hi);
    Span::new(a.min(b), a.max(b))
}

/// Bound for one output with these weights: every partial sum, bias first, lies inside.
///
/// `input` is the span of the centred inputs and must contain zero.
pub fn bound_of_weights(weights: &[i32], bias: i64, input: Span) -> Span {
    debug_assert!(input.contains(0));
    let start = Span::new(bias.min(0), bias.max(0));
    weights.iter().fold(start, |sum, weight| {
        let product = product_span(i64::from(*weight), input);
        Span::new(sum.lo.saturating_add(product.lo), sum.hi.saturating_add(product.hi))
    })
}

/// Bound for any weights of a format: what hardware sizes its accumulators by.
pub fn bound_of_format(weight: Span, input: Span, products: u64) -> Span {
    let ends = [product_span(weight.lo, input), product_span(weight.hi, input)];
    let each = ends[0].union(ends[1]);
    let times = |end: i64| end.saturating_mul(i64::try_from(products).unwrap_or(i64::MAX));
    Span::new(times(each.lo), times(each.hi))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IntType;
    use proptest::prelude::*;

    #[test]
    fn the_known_widths() {
        let i16 = IntType::new(16, true).unwrap().span();
        let u8 = IntType::new(8, false).unwrap().span();
        let i8 = IntType::new(8, true).unwrap().span();
        assert_eq!(bound_of_format(i16, i16, 1).signed_bits(), 32, "-32768 squared is 2^30");
        assert_eq!(bound_of_format(i16, i16, 800).signed_bits(), 41);
        assert_eq!(bound_of_format(i8, u8, 500).signed_bits(), 25);
        assert_eq!(bound_of_format(i16, i16, u64::MAX).hi, i64::MAX, "saturates, never wraps");
    }

    #[test]
    fn the_bound_is_reached() {
        let input = Span::new(-3, 5);
        let weights = [2, -7];
        assert_eq!(bound_of_weights(&weights, 10, input), Span::new(-6 - 35, 10 + 10 + 21));
    }

    proptest! {
        #[test]
        fn no_partial_sum_leaves_the_bound(
            weights in prop::collection::vec(-32768i32..=32767, 1..40),
            bias in -100_000i64..100_000,
            bits in 2u8..=16, signed: bool, picks in prop::collection::vec(any::<u32>(), 40),
        ) {
            let input = IntType::new(bits, signed).unwrap().span();
            let bound = bound_of_weights(&weights, bias, input);
            let weight_format = Span::new(-32768, 32767);
            let wide = bound_of_format(weight_format, input, weights.len() as u64);
            let mut sum = bias;
            for (weight, pick) in weights.iter().zip(&picks) {
                let width = (input.hi - input.lo + 1) as u32;
                let x = match pick % 4 {
                    0 => input.lo,
                    1 => input.hi,
                    _ => input.lo + i64::from(pick % width),
                };
                sum += i64::from(*weight) * x;
                prop_assert!(bound.contains(sum));
                prop_assert!(wide.contains(sum - bias));
            }
        }
    }
}
