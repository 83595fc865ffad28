//! What a model file itself says about its integers.

use std::collections::BTreeMap;

use bitladder_spec::TensorFormat;

use crate::ValueId;

/// Integer weights as a model file holds them, zero points already subtracted.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredWeights {
    /// Row-major, outputs first: `real = integer * scale of its output`.
    pub integers: Vec<i32>,
    /// Width of the narrowest two's complement type for which the file's weight type, less its
    /// zero point, has room.
    pub bits: u8,
    /// One for the tensor, or one per output.
    pub scales: Vec<f64>,
    /// Integer bias in the scale of the input times the weights, where the file has one.
    pub bias: Option<Vec<i64>>,
}

/// Formats that came with the model instead of being chosen by calibration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// Formats of values, by their number in the float network.
    pub values: BTreeMap<ValueId, TensorFormat>,
    /// Weights of layers, by the layer's index in the float network.
    pub weights: BTreeMap<usize, DeclaredWeights>,
}

impl Declared {
    /// Whether the file declared nothing: a plain float model.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.weights.is_empty()
    }
}
