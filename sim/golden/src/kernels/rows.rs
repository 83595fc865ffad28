//! Simple loops over rows of numbers, vectorised by the compiler.

use crate::kernels::per_instruction_set;

/// Applies `f` to pairs in blocks whose size is fixed, so that short rows are vectorised too.
#[inline(always)]
fn zip_blocks<A, B>(into: &mut [A], from: &[B], f: impl Fn(&mut A, &B)) {
    let (into_blocks, into_rest) = into.as_chunks_mut::<16>();
    let (from_blocks, from_rest) = from.as_chunks::<16>();
    for (into, from) in into_blocks.iter_mut().zip(from_blocks) {
        into.iter_mut().zip(from).for_each(|(a, b)| f(a, b));
    }
    let (into_blocks, into_rest) = into_rest.as_chunks_mut::<4>();
    let (from_blocks, from_rest) = from_rest.as_chunks::<4>();
    for (into, from) in into_blocks.iter_mut().zip(from_blocks) {
        into.iter_mut().zip(from).for_each(|(a, b)| f(a, b));
    }
    into_rest.iter_mut().zip(from_rest).for_each(|(a, b)| f(a, b));
}

#[inline(always)]
fn max(into: &mut [i32], from: &[i32]) {
    zip_blocks(into, from, |into, from| *into = (*into).max(*from));
}

#[inline(always)]
fn sum(into: &mut [i64], from: &[i32], zero: i64) {
    zip_blocks(into, from, |into, from| *into += i64::from(*from) - zero);
}

#[inline(always)]
fn scaled(into: &mut [i64], from: &[i32], zero: i64, multiplier: i64) {
    zip_blocks(into, from, |into, from| *into += (i64::from(*from) - zero) * multiplier);
}

#[inline(always)]
fn bytes(into: &mut [u8], from: &[i32], offset: i32) {
    zip_blocks(into, from, |into, from| *into = from.wrapping_sub(offset) as u8);
}

#[inline(always)]
fn words(into: &mut [i16], from: &[i32], offset: i32) {
    zip_blocks(into, from, |into, from| *into = from.wrapping_sub(offset) as i16);
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

per_instruction_set! {
    /// The larger of each pair.
    fn max_into(into: &mut [i32], from: &[i32]) = max;
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
