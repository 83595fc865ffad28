//! Where a field lies.

/// Position of a field within the words of its layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The word.
    pub word: usize,
    /// Its lowest bit in that word.
    pub bit: u32,
    /// Its width.
    pub width: u32,
}

impl Field {
    /// The largest value.
    pub const fn most(self) -> u32 {
        u32::MAX >> (32 - self.width)
    }

    /// The field's value in its word.
    pub const fn get(self, word: u32) -> u32 {
        word >> self.bit & self.most()
    }

    /// A word with nothing but the field; what does not fit is cut off.
    pub const fn put(self, value: u32) -> u32 {
        (value & self.most()) << self.bit
    }
}
