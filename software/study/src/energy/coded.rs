//! Memory of quality-scalable codes: paper 002.

use crate::LayerShape;

/// Bits of a code whose largest magnitude is `largest`, a power of two: equation 8 with its
/// logarithm rounded down. `None` for other magnitudes.
pub fn code_bits(largest: u32) -> Option<u32> {
    largest.is_power_of_two().then(|| (2 * (1 + largest.ilog2())).ilog2() + 1)
}

/// Codes with one full-precision scalar for each vector that runs over a layer's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodedStorage {
    /// Bits of a code.
    pub code_bits: u8,
    /// Longest vector; `None` for all outputs.
    pub vector: Option<usize>,
}

impl CodedStorage {
    /// Bits of some layers' weights: codes, and 32 bits per vector.
    pub fn bits(self, layers: &[LayerShape]) -> u64 {
        let of = |layer: &LayerShape| {
            let outputs = layer.outputs.max(1);
            let length = self.vector.unwrap_or(outputs).clamp(1, outputs);
            let vectors = layer.weights() / outputs as u64 * outputs.div_ceil(length) as u64;
            u64::from(self.code_bits) * layer.weights() + 32 * vectors
        };
        layers.iter().map(of).sum()
    }

    /// Share of memory saved against 32 bits per weight; 0 without weights.
    pub fn saving(self, layers: &[LayerShape]) -> f64 {
        let full = 32 * layers.iter().map(LayerShape::weights).sum::<u64>();
        if full == 0 { 0.0 } else { 1.0 - self.bits(layers) as f64 / full as f64 }
    }
}
