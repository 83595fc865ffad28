//! The size of one sample between two layers.

/// Channels, height and width; a vector has height and width 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Feature maps, or the length of a vector.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Shape {
    /// A shape of the given size.
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Self { channels, height, width }
    }

    /// A vector of the given length.
    pub const fn vector(length: usize) -> Self {
        Self::new(length, 1, 1)
    }

    /// Values in one sample.
    pub const fn size(self) -> usize {
        self.channels * self.height * self.width
    }

    /// Values in one feature map.
    pub const fn plane(self) -> usize {
        self.height * self.width
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}
