//! Simple loops over rows of numbers, vectorised by the compiler.

use crate::kernels::per_instruction_set;

#[inline(always)]
fn sum(into: &mut [i64], from: &[i32], zero: i64) {
    into.iter_mut().zip(from).for_each(|(into, from)| *into += i64::from(*from) - zero);
}

#[inline(always)]
fn scaled(into: &mut [i64], from: &[i32], zero: i64, multiplier: i64) {
    let scale = |from: &i32| (i64::from(*from) - zero) * multiplier;
    into.iter_mut().zip(from).for_each(|(into, from)| *into += scale(from));
}

#[inline(always)]
fn bytes(into: &mut [u8], from: &[i32], offset: i32) {
    let pairs = into.iter_mut().zip(from);
    pairs.for_each(|(into, from)| *into = from.wrapping_sub(offset) as u8);
}

#[inline(always)]
fn words(into: &mut [i16], from: &[i32], offset: i32) {
    let pairs = into.iter_mut().zip(from);
    pairs.for_each(|(into, from)| *into = from.wrapping_sub(offset) as i16);
}

#[inline(always)]
fn products_narrow(into: &mut [i32], values: &[i32], weights: &[i32]) {
    let values = &values[..into.len()];
    let weights = &weights[..into.len()];
    for (index, into) in into.iter_mut().enumerate() {
        *into = into.wrapping_add(values[index].wrapping_mul(weights[index]));
    }
}

#[inline(always)]
fn products_wide(into: &mut [i64], values: &[i32], weights: &[i32]) {
    let values = &values[..into.len()];
    let weights = &weights[..into.len()];
    for (index, into) in into.iter_mut().enumerate() {
        let product = i64::from(values[index]) * i64::from(weights[index]);
        *into = into.wrapping_add(product);
    }
}

/// How real values become integers: times `factor`, halves to even, plus `zero`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearest {
    /// A power of two within the normal numbers, so that the multiplication is exact wherever the
    /// result matters.
    pub(crate) factor: f32,
    /// Bounds before the zero point is added, exact as floats and within 25 bits.
    pub(crate) bounds: [f32; 2],
    /// Added last.
    pub(crate) zero: i32,
}

#[inline(always)]
fn nearest(into: &mut [i32], from: &[f32], how: Nearest) {
    let Nearest { factor, bounds: [lo, hi], zero } = how;
    for (into, from) in into.iter_mut().zip(from) {
        let steps = (*from * factor).round_ties_even();
        // What is not a number becomes the zero point.
        let steps = if steps.is_nan() { 0.0 } else { steps };
        let steps = if steps < hi { steps } else { hi };
        let steps = if steps > lo { steps } else { lo };
        // SAFETY: between the bounds, which fit 32 bits with ease.
        *into = unsafe { steps.to_int_unchecked::<i32>() } + zero;
    }
}

per_instruction_set! {
    /// Quantises real values.
    fn nearest_integers(into: &mut [i32], from: &[f32], how: Nearest) = nearest;
}

per_instruction_set! {
    /// Adds centred values.
    fn sum_into(into: &mut [i64], from: &[i32], zero: i64) = sum;
}

per_instruction_set! {
    /// Adds centred values times a factor.
    fn add_scaled(into: &mut [i64], from: &[i32], zero: i64, multiplier: i64) = scaled;
}

per_instruction_set! {
    /// Values less an offset, which brings them into 0..=255.
    fn offset_bytes(into: &mut [u8], from: &[i32], offset: i32) = bytes;
}

per_instruction_set! {
    /// Values less an offset, which brings them into 16 signed bits.
    fn offset_words(into: &mut [i16], from: &[i32], offset: i32) = words;
}

per_instruction_set! {
    /// Adds products channel by channel, modulo 2^32.
    fn depthwise_narrow(into: &mut [i32], values: &[i32], weights: &[i32]) = products_narrow;
}

per_instruction_set! {
    /// Adds products channel by channel in 64 bits.
    fn depthwise_wide(into: &mut [i64], values: &[i32], weights: &[i32]) = products_wide;
}
