//! The same networks with weights of which less is used than is stored.

use bitladder_network::{Linear, QuantNetwork, QuantOp};
use bitladder_spec::nested::{NESTED_BITS, NESTED_MAX, nested_round};
use bitladder_spec::{SplitMix64, WeightFormat, Weights};

use super::{Draw, Limits};

/// Turns fixed-point weights of a network into nested ones and drops digits of some; what the
/// accumulator would not hold stays as it is.
pub fn with_weight_views(mut network: QuantNetwork, seed: u64, limits: &Limits) -> QuantNetwork {
    let mut draw = Draw(SplitMix64::new(seed ^ 0x7669_6577));
    for index in 0..network.layers.len() {
        let input = network.format(network.layers[index].inputs[0]).ty.bits();
        let before = network.layers[index].op.clone();
        let (QuantOp::Conv { linear, .. } | QuantOp::Dense { linear }) =
            &mut network.layers[index].op
        else {
            continue;
        };
        change(&mut draw, linear, input);
        if network.validate(limits.accumulator_bits).is_err() {
            network.layers[index].op = before;
        }
    }
    network
}

fn change(draw: &mut Draw, linear: &mut Linear, input: u8) {
    let WeightFormat::Fixed { bits } = linear.weights.format() else { return };
    // As wide as the input most of the time: those are the ones that hardware narrows.
    let alike = NESTED_BITS.into_iter().rev().find(|level| *level >= input);
    let level = if draw.one_in(3) { Some(bits) } else { alike };
    if let Some(level) = level.filter(|level| NESTED_BITS.contains(level)) {
        let integers = linear.weights.integers();
        let stored: Vec<i32> = integers.iter().map(|w| stored(draw, *w, bits)).collect();
        let format = WeightFormat::Nested { bits: level };
        let nested = Weights::from_values(format, linear.weights.shape(), &stored, vec![]);
        linear.weights = nested.unwrap_or(linear.weights.clone());
    }
    let digits = if draw.one_in(2) { 0 } else { draw.between(1, usize::from(bits / 2)) as u8 };
    let rough = linear.weights.clone().with_quality(digits);
    linear.weights = rough.unwrap_or(linear.weights.clone());
}

/// A stored weight that rounds to the given one.
fn stored(draw: &mut Draw, weight: i32, bits: u8) -> i32 {
    let step = 1i32 << (16 - bits);
    let exact = (weight * step).min(NESTED_MAX);
    let other = exact + draw.integer(-i64::from(step / 2), i64::from(step / 2)) as i32;
    let same = (-0x8000..=NESTED_MAX).contains(&other) && nested_round(other, bits) == weight;
    if same { other } else { exact }
}

#[cfg(test)]
mod tests {
    use super::super::random_network;
    use super::*;

    #[test]
    fn views_are_valid_and_of_every_kind() {
        let limits = Limits::default();
        let (mut nested, mut rough) = (0, 0);
        for seed in 0..200 {
            let network = with_weight_views(random_network(seed, &limits), seed, &limits);
            assert_eq!(network.validate(limits.accumulator_bits), Ok(()), "seed {seed}");
            for linear in network.layers.iter().filter_map(|layer| layer.op.linear()) {
                let format = linear.weights.format();
                nested += usize::from(matches!(format, WeightFormat::Nested { .. }));
                rough += usize::from(linear.weights.quality() > 0);
            }
        }
        assert!(nested >= 50 && rough >= 50, "{nested} nested, {rough} of less quality");
    }
}
