//! Random networks and inputs, for comparing anything that computes with the oracle.
//!
//! Everything follows from a seed: the same seed gives the same network on every machine, so a
//! failure is reproduced by its number. Networks are small but nasty: every kind of layer, weight
//! format, rounding and saturation, odd shapes, uneven padding, extreme weights and zero points.

mod inputs;
mod layers;
mod stages;
mod views;
mod weights;

use bitladder_network::{QuantInput, QuantNetwork};
use bitladder_spec::{IntType, SplitMix64, TensorFormat, accumulator};

pub use inputs::random_inputs;
pub use views::with_weight_views;

/// What random networks may be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most layers; at least one.
    pub layers: usize,
    /// Most channels or features of a value; at least one.
    pub channels: usize,
    /// Largest height and width of an input; at least one.
    pub side: usize,
    /// Widths of stored integers to draw from; at least one, each from 1 to 32.
    pub widths: Vec<u8>,
    /// Widest accumulator.
    pub accumulator_bits: u8,
}

impl Default for Limits {
    /// Up to six layers of up to 40 channels, mostly in the hardware's widths.
    fn default() -> Self {
        Self {
            layers: 6,
            channels: 40,
            side: 9,
            widths: vec![16, 8, 8, 8, 4, 4, 2, 2, 1, 3, 12, 16, 20, 32],
            accumulator_bits: accumulator::MAX_BITS,
        }
    }
}

/// Attempts at a layer before a harmless one is taken: most refusals are too wide accumulators.
const ATTEMPTS: usize = 20;

/// The random network of a seed. It is valid for accumulators of the limit's width.
pub fn random_network(seed: u64, limits: &Limits) -> QuantNetwork {
    let mut draw = Draw(SplitMix64::new(seed));
    let mut network = QuantNetwork {
        name: format!("random-{seed}"),
        inputs: Vec::new(),
        layers: Vec::new(),
        output: 0,
    };
    let shape = input_shape(&mut draw, limits);
    for index in 0..draw.between(1, 2) {
        let format = draw.format(limits);
        let name = format!("input{index}");
        network.inputs.push(QuantInput { name, shape: shape.clone(), format });
    }
    for _ in 0..draw.between(1, limits.layers) {
        push_layer(&mut draw, &mut network, limits);
    }
    // Usually the last value, but any may be the result.
    network.output = match draw.below(8) {
        0 => draw.below(network.values()),
        _ => network.values() - 1,
    };
    network
}

fn push_layer(draw: &mut Draw, network: &mut QuantNetwork, limits: &Limits) {
    for _ in 0..ATTEMPTS {
        let Some(layer) = layers::random_layer(draw, network, limits) else { continue };
        network.layers.push(layer);
        if network.validate(limits.accumulator_bits).is_ok() {
            return;
        }
        network.layers.pop();
    }
    let layer = layers::same_again(network);
    network.layers.push(layer);
}

fn input_shape(draw: &mut Draw, limits: &Limits) -> Vec<usize> {
    let channels = draw.between(1, limits.channels.min(20));
    match draw.below(4) {
        0 => vec![channels],
        _ => vec![channels, draw.between(1, limits.side), draw.between(1, limits.side)],
    }
}

/// A sequence of random choices.
struct Draw(SplitMix64);

impl Draw {
    /// A number below `bound`, which must be above zero.
    fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    fn between(&mut self, lo: usize, hi: usize) -> usize {
        lo + self.below(hi.max(lo) - lo + 1)
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn among<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// An integer of a span; the ends and zero are likelier than others.
    fn integer(&mut self, lo: i64, hi: i64) -> i64 {
        match self.below(8) {
            0 => lo,
            1 => hi,
            2 => 0.clamp(lo, hi),
            _ => lo + self.0.below((hi - lo) as u64 + 1) as i64,
        }
    }

    fn int_type(&mut self, limits: &Limits) -> IntType {
        let bits = self.among(&limits.widths);
        // One signed bit holds only 0 and -1; 32 unsigned ones do not fit a batch's integers.
        let signed = bits > 1 && (bits == 32 || self.one_in(2));
        IntType::new(bits, signed).unwrap_or(IntType::ACCUMULATOR)
    }

    /// A format; the scale means nothing to integers and stays 1.
    fn format(&mut self, limits: &Limits) -> TensorFormat {
        let ty = self.int_type(limits);
        let span = ty.span();
        let zero_point = if self.one_in(2) { 0 } else { self.integer(span.lo, span.hi) as i32 };
        TensorFormat { zero_point, ..TensorFormat::fixed(ty, 0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn networks_are_valid_repeatable_and_varied() {
        let mut seen = BTreeSet::new();
        for seed in 0..300 {
            let network = random_network(seed, &Limits::default());
            assert_eq!(network.validate(accumulator::MAX_BITS), Ok(()), "seed {seed}");
            assert_eq!(network, random_network(seed, &Limits::default()));
            for layer in &network.layers {
                seen.insert(layer.op.name().to_owned());
                if let Some(stage) = layer.op.stage() {
                    seen.insert(format!("{:?}", stage.rounding));
                    seen.insert(format!("{:?}", stage.saturation));
                }
                if let Some(linear) = layer.op.linear() {
                    let name = linear.weights.format().name();
                    seen.insert(name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
                }
            }
        }
        for wanted in [
            "conv",
            "dense",
            "max-pool",
            "average-pool",
            "add",
            "rescale",
            "reshape",
            "HalfUp",
            "HalfEven",
            "HalfAway",
            "TowardZero",
            "Floor",
            "Saturate",
            "Symmetric",
            "Wrap",
            "fixed",
            "pow",
            "qsq",
            "ternary",
            "binary",
        ] {
            assert!(seen.contains(wanted), "no {wanted} among {seen:?}");
        }
    }
}
