//! Networks as data: what the layers are and how each network is normally trained.

use crate::config::TrainConfig;
use crate::optimiser::Schedule;
use crate::shape::Shape;

/// One layer of a [`NetworkSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerSpec {
    /// Convolution with square kernels and stride 1.
    Conv2d {
        /// Output channels.
        filters: usize,
        /// Height and width of a kernel.
        kernel: usize,
        /// Zeros added on each side.
        padding: usize,
    },
    /// Rectified linear unit.
    Relu,
    /// Maximum over squares that do not overlap.
    MaxPool {
        /// Height and width of a square.
        size: usize,
    },
    /// Feature maps to a vector.
    Flatten,
    /// Fully connected layer.
    Dense {
        /// Length of the output vector.
        outputs: usize,
    },
}

/// A network: its input and its layers in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkSpec {
    /// The name used on the command line and in the model file.
    pub name: &'static str,
    /// Size of one image.
    pub input: Shape,
    /// The layers.
    pub layers: &'static [LayerSpec],
}

impl LayerSpec {
    /// A short word for the kind of layer.
    fn kind(&self) -> &'static str {
        match self {
            Self::Conv2d { .. } => "conv",
            Self::Relu => "relu",
            Self::MaxPool { .. } => "pool",
            Self::Flatten => "flatten",
            Self::Dense { .. } => "fc",
        }
    }
}

impl NetworkSpec {
    /// The name of a layer in a model file: its kind and a number that counts layers of the kind,
    /// such as `conv2`. Panics when there is no layer `index`.
    pub fn layer_name(&self, index: usize) -> String {
        let kind = self.layers[index].kind();
        let number = self.layers[..=index].iter().filter(|layer| layer.kind() == kind).count();
        format!("{kind}{number}")
    }
}

/// A network with the settings it is normally trained with.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// The network.
    pub spec: NetworkSpec,
    /// Grey value that becomes 1.0.
    pub max_grey: u8,
    /// Images to hold out of the training file when there is no validation file.
    pub hold_out: usize,
    /// The training settings.
    pub training: TrainConfig,
}

use LayerSpec::{Conv2d, Dense, Flatten, MaxPool, Relu};

/// The LeNet of the Caffe examples, with one change: a ReLU follows the convolutions too, so that
/// every activation is unsigned and needs no sign bit once quantised.
pub const LENET: NetworkSpec = NetworkSpec {
    name: "lenet",
    input: Shape::new(1, 28, 28),
    layers: &[
        Conv2d { filters: 20, kernel: 5, padding: 0 },
        Relu,
        MaxPool { size: 2 },
        Conv2d { filters: 50, kernel: 5, padding: 0 },
        Relu,
        MaxPool { size: 2 },
        Flatten,
        Dense { outputs: 500 },
        Relu,
        Dense { outputs: 10 },
    ],
};

/// A small network of the same kind for 8x8 digits.
pub const DIGITS_CNN: NetworkSpec = NetworkSpec {
    name: "digits-cnn",
    input: Shape::new(1, 8, 8),
    layers: &[
        Conv2d { filters: 8, kernel: 3, padding: 1 },
        Relu,
        MaxPool { size: 2 },
        Conv2d { filters: 24, kernel: 3, padding: 1 },
        Relu,
        MaxPool { size: 2 },
        Flatten,
        Dense { outputs: 64 },
        Relu,
        Dense { outputs: 10 },
    ],
};

/// The networks that can be chosen by name.
pub const PRESETS: [Preset; 2] = [
    Preset {
        spec: LENET,
        max_grey: 255,
        hold_out: 5000,
        training: TrainConfig {
            epochs: 16,
            batch: 96,
            learning_rate: 0.05,
            momentum: 0.9,
            weight_decay: 5e-4,
            schedule: Schedule::Cosine,
            max_shift: 2,
            max_rotation: 0.0,
            seed: 1,
            threads: 1,
        },
    },
    Preset {
        spec: DIGITS_CNN,
        max_grey: 16,
        hold_out: 200,
        training: TrainConfig {
            epochs: 120,
            batch: 48,
            learning_rate: 0.05,
            momentum: 0.9,
            weight_decay: 5e-4,
            schedule: Schedule::Cosine,
            max_shift: 1,
            max_rotation: 10.0,
            seed: 1,
            threads: 1,
        },
    },
];

/// The preset of the network called `name`.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.spec.name == name)
}
