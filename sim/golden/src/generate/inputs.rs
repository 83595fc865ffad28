//! Random inputs.

use bitladder_network::{QuantInput, QuantNetwork};
use bitladder_spec::SplitMix64;

use super::Draw;
use crate::{GoldenError, IntBatch};

/// Inputs for a network: a third of the images hold random integers, a third only the ends of the
/// range, and a third one number throughout.
pub fn random_inputs(
    network: &QuantNetwork,
    images: usize,
    seed: u64,
) -> Result<Vec<IntBatch>, GoldenError> {
    let mut draw = Draw(SplitMix64::new(seed));
    network.inputs.iter().map(|input| random_input(&mut draw, input, images)).collect()
}

fn random_input(
    draw: &mut Draw,
    input: &QuantInput,
    images: usize,
) -> Result<IntBatch, GoldenError> {
    let span = input.format.ty.span();
    let (lo, hi) = (span.lo, span.hi);
    let size: usize = input.shape.iter().product();
    let mut data = Vec::with_capacity(images * size);
    for _ in 0..images {
        let kind = draw.below(3);
        let constant = draw.integer(lo, hi);
        data.extend((0..size).map(|_| {
            let value = match kind {
                0 => draw.integer(lo, hi),
                1 => draw.among(&[lo, hi]),
                _ => constant,
            };
            value as i32
        }));
    }
    IntBatch::new(images, input.shape.clone(), data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{Limits, random_network};

    #[test]
    fn inputs_lie_in_their_formats_and_reach_the_ends() {
        let mut ends = [false; 2];
        for seed in 0..20 {
            let network = random_network(seed, &Limits::default());
            let inputs = random_inputs(&network, 6, seed).unwrap();
            assert_eq!(inputs, random_inputs(&network, 6, seed).unwrap());
            for (input, batch) in network.inputs.iter().zip(&inputs) {
                let span = input.format.ty.span();
                let values = batch.data().iter().map(|value| i64::from(*value));
                assert!(values.clone().all(|value| span.contains(value)));
                ends[0] |= values.clone().any(|value| value == span.lo);
                ends[1] |= values.clone().any(|value| value == span.hi);
            }
        }
        assert_eq!(ends, [true; 2]);
    }
}
