//! Two's complement with a radix point for the tensor.

use bitladder_spec::{
    IntType, Scale, SpecError, TensorFormat, ValueRounding, WeightFormat, Weights,
};

use super::radix::tensor_radix;
use super::{ScaledWeights, checked};
use crate::RadixRule;

pub(super) fn quantize(
    values: &[f32],
    shape: [usize; 4],
    bits: u8,
    rule: RadixRule,
    rounding: ValueRounding,
) -> Result<ScaledWeights, SpecError> {
    let format = checked(WeightFormat::Fixed { bits })?;
    let ty = IntType::new(bits, true)?;
    let frac = tensor_radix(values, ty, rule);
    let tensor = TensorFormat::fixed(ty, frac);
    let integers: Vec<i32> =
        (0..).zip(values).map(|(index, v)| tensor.quantize(*v, rounding, index)).collect();
    let weights = Weights::from_values(format, shape, &integers, vec![])?;
    Ok(ScaledWeights { weights, scales: vec![Scale::Radix(frac)] })
}
