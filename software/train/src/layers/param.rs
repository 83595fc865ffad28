//! Learned values and how they start.

use crate::rng::SplitMix64;

/// How weights are drawn before training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Init {
    /// Uniform with variance `2 / fan_in`, for layers that a ReLU follows.
    He,
    /// Uniform with variance `2 / (fan_in + fan_out)`, for the others.
    Xavier,
}

impl Init {
    /// Draws `count` weights. Uniform rather than normal, so that no transcendental function of
    /// the platform takes part.
    pub fn draw(
        self,
        count: usize,
        fan_in: usize,
        fan_out: usize,
        rng: &mut SplitMix64,
    ) -> Vec<f32> {
        let limit = match self {
            Self::He => (6.0 / fan_in as f32).sqrt(),
            Self::Xavier => (6.0 / (fan_in + fan_out) as f32).sqrt(),
        };
        (0..count).map(|_| rng.symmetric(limit)).collect()
    }
}

/// One learned tensor of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// `weight` or `bias`.
    pub name: &'static str,
    /// The shape, as ONNX wants it.
    pub dims: Vec<usize>,
    /// The values, last dimension fastest.
    pub values: Vec<f32>,
    /// Whether weight decay applies.
    pub decays: bool,
}

impl Param {
    /// The name in a model file, where names of different layers must differ.
    pub fn full_name(&self, layer: &str) -> String {
        format!("{layer}.{}", self.name)
    }

    /// A weight tensor; weight decay applies.
    pub fn weight(dims: &[usize], values: Vec<f32>) -> Self {
        Self { name: "weight", dims: dims.to_vec(), values, decays: true }
    }

    /// A bias that starts at zero; pulling it towards zero would only shift the outputs.
    pub fn zero_bias(length: usize) -> Self {
        Self { name: "bias", dims: vec![length], values: vec![0.0; length], decays: false }
    }
}
