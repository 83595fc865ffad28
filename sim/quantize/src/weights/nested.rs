//! Weights of 16 bits whose roundings to 8 and 4 bits are weights as well.

use bitladder_spec::nested::{NESTED_MAX, NESTED_MIN};
use bitladder_spec::{
    IntType, Scale, SpecError, TensorFormat, ValueRounding, WeightFormat, Weights,
};

use super::radix::tensor_radix;
use super::{ScaledWeights, checked};
use crate::RadixRule;

/// The radix point is chosen for this width, whatever is used: a point that suits the narrowest
/// width would cut off the others' large weights, one that suits 16 bits would leave four bits
/// nothing but zeros.
const DECIDING_BITS: u8 = 8;

pub(super) fn quantize(
    values: &[f32],
    shape: [usize; 4],
    bits: u8,
    rule: RadixRule,
    rounding: ValueRounding,
) -> Result<ScaledWeights, SpecError> {
    let format = checked(WeightFormat::Nested { bits })?;
    let ty = IntType::new(DECIDING_BITS, true)?;
    let deciding = tensor_radix(values, ty, rule);
    let frac = deciding + i16::from(16 - DECIDING_BITS);
    let stored = TensorFormat::fixed(IntType::new(16, true)?, frac);
    let integers: Vec<i32> = (0..)
        .zip(values)
        .map(|(index, v)| stored.quantize(*v, rounding, index).clamp(NESTED_MIN, NESTED_MAX))
        .collect();
    let weights = Weights::from_values(format, shape, &integers, vec![])?;
    let scales = vec![Scale::Radix(frac - i16::from(16 - bits))];
    Ok(ScaledWeights { weights, scales })
}
