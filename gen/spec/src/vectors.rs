//! How a weight tensor is cut into the vectors of the 3-bit code.

use serde::{Deserialize, Serialize};

/// Direction of the vectors that share one scalar in the 3-bit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VectorAxis {
    /// Along the input channels of one filter, at one kernel position.
    Channel,
    /// Across the filters, at one kernel position and input channel.
    Filter,
}

/// How a weight tensor is cut into vectors that share a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorLayout {
    /// Direction of the vectors.
    pub axis: VectorAxis,
    /// Weights per vector; 0 means the full dimension. The last vector may be shorter.
    pub length: u32,
}

impl VectorLayout {
    /// Length of a vector and number of vectors along the axis, for weights shaped `[O, I, H, W]`.
    fn cut(self, shape: [usize; 4]) -> (usize, usize) {
        let extent = match self.axis {
            VectorAxis::Channel => shape[1],
            VectorAxis::Filter => shape[0],
        };
        let length = if self.length == 0 { extent.max(1) } else { self.length as usize };
        (length, extent.div_ceil(length))
    }

    /// Number of scalars a tensor of this shape has.
    pub fn vectors(self, shape: [usize; 4]) -> usize {
        let [filters, channels, height, width] = shape;
        let (_, along) = self.cut(shape);
        match self.axis {
            VectorAxis::Channel => filters * along * height * width,
            VectorAxis::Filter => along * channels * height * width,
        }
    }

    /// Index of the scalar for weight `[o, i, h, w]`: row-major over the tensor's dimensions, the
    /// cut one counted in vectors.
    pub fn vector_of(self, shape: [usize; 4], [o, i, h, w]: [usize; 4]) -> usize {
        let (length, along) = self.cut(shape);
        let [_, channels, height, width] = shape;
        let row = match self.axis {
            VectorAxis::Channel => o * along + i / length,
            VectorAxis::Filter => (o / length) * channels + i,
        };
        (row * height + h) * width + w
    }
}
