//! Weights for networks written down by hand.

use bitladder_network::Linear;
use bitladder_spec::{OutputStage, WeightFormat, Weights};

/// Weights of one value and a shift into a format.
pub(crate) fn linear(weight: i32, bits: u8, shape: [usize; 4], stage: OutputStage) -> Linear {
    let values = vec![weight; shape.iter().product()];
    let of = WeightFormat::Fixed { bits };
    let weights = Weights::from_values(of, shape, &values, vec![]).expect("values in range");
    Linear { weights, bias: vec![0; shape[0]], stage }
}
