//! What a hybrid of precisions costs against a binary network: paper 003.

use crate::energy::{Operations, Precision};
use crate::papers::Numbered;

/// A ratio of energy and one of memory; more is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratios {
    /// Energy efficiency.
    pub energy: f64,
    /// Memory compression.
    pub memory: f64,
}

/// Energy and memory with the layers `raised` at `bits`, the rest binary, first and last float.
fn cost(model: &Operations, network: &Numbered, raised: &[usize], bits: u8) -> Ratios {
    let last = network.last().map_or(0, |(number, _)| *number);
    let precision = |number: usize| match number {
        1 => Precision::Float,
        n if n == last => Precision::Float,
        n if raised.contains(&n) => Precision::uniform(bits),
        _ => Precision::uniform(1),
    };
    let layers = || network.iter().map(|(number, layer)| (layer, precision(*number)));
    let memory: u64 = layers().map(|(layer, precision)| precision.memory_bits(layer)).sum();
    Ratios { energy: model.network(layers()), memory: memory as f64 }
}

/// The binary network against float.
pub fn against_float(model: &Operations, network: &Numbered) -> Ratios {
    let float = model.network(network.iter().map(|(_, layer)| (layer, Precision::Float)));
    let memory: u64 = network.iter().map(|(_, l)| Precision::Float.memory_bits(l)).sum();
    let binary = cost(model, network, &[], 1);
    Ratios { energy: float / binary.energy, memory: memory as f64 / binary.memory }
}

/// A hybrid against the binary network.
pub fn against_binary(
    model: &Operations,
    network: &Numbered,
    raised: &[usize],
    bits: u8,
) -> Ratios {
    let (binary, hybrid) = (cost(model, network, &[], 1), cost(model, network, raised, bits));
    Ratios { energy: binary.energy / hybrid.energy, memory: binary.memory / hybrid.memory }
}
