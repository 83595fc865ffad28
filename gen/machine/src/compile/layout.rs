//! How a tensor lies in activation memory.

use bitladder_spec::IntType;

use super::graph::Dims;
use crate::isa::Mode;

/// A tensor's place and order in activation memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorLayout {
    /// Its name.
    pub name: String,
    /// Size of an image.
    pub dims: Dims,
    /// The stored integers.
    pub ty: IntType,
    /// Operands per word.
    pub mode: Mode,
    /// Columns of the machine.
    pub columns: usize,
    /// Word address of its first image.
    pub base: usize,
    /// Words from pixel to pixel; 0 for dense rows.
    pub pixel_words: usize,
    /// Words from row to row.
    pub row_words: usize,
    /// Words from image to image.
    pub image_words: usize,
}

/// How tensors of a kind are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) mode: Mode,
    /// Whole groups per pixel, for max pools.
    pub(super) grouped: bool,
    /// Operands without gaps over a row.
    pub(super) dense: bool,
}

/// Words of `columns` channels of a pixel.
pub(crate) fn chunk_words(mode: Mode, columns: usize) -> usize {
    (columns / mode.parts()).max(1)
}

impl TensorLayout {
    pub(super) fn new(
        name: &str,
        dims: Dims,
        ty: IntType,
        columns: usize,
        storage: Storage,
    ) -> Self {
        let mode = storage.mode;
        let chunks = dims.channels.div_ceil(columns) * chunk_words(mode, columns);
        let pixel_words = match storage {
            Storage { dense: true, .. } => 0,
            Storage { grouped: true, .. } => chunks.next_multiple_of(columns),
            _ => chunks,
        };
        let row_words = match storage.dense {
            true => (dims.width * dims.channels).div_ceil(mode.parts()),
            false => dims.width * pixel_words,
        };
        let image_words = row_words * dims.height;
        let name = name.to_owned();
        Self { name, dims, ty, mode, columns, base: 0, pixel_words, row_words, image_words }
    }

    /// Whether operands follow each other without gaps over a row.
    pub fn is_dense(&self) -> bool {
        self.pixel_words == 0
    }

    /// A channel's operand within its pixel.
    pub fn operand_of(&self, channel: usize) -> usize {
        if self.is_dense() {
            return channel;
        }
        let chunk = chunk_words(self.mode, self.columns) * self.mode.parts();
        channel / self.columns * chunk + channel % self.columns
    }

    /// Word and operand within it of an element, counted from the tensor's base.
    pub fn place(&self, image: usize, [channel, y, x]: [usize; 3]) -> (usize, usize) {
        let row = image * self.image_words + y * self.row_words;
        let operand = match self.is_dense() {
            true => x * self.dims.channels + channel,
            false => x * self.pixel_words * self.mode.parts() + self.operand_of(channel),
        };
        (row + operand / self.mode.parts(), operand % self.mode.parts())
    }

    /// Whether there are operands between channels that belong to none.
    pub(super) fn has_gaps(&self) -> bool {
        self.operand_of(self.dims.channels.max(1) - 1) >= self.dims.channels
    }

    /// Whether the top bit of operands is flipped on its way to the lanes.
    pub(super) fn flips(&self) -> bool {
        self.mode != Mode::Binary && !self.ty.is_signed() && self.ty.bits() == self.mode.bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layout(dims: [usize; 3], columns: usize, storage: Storage) -> TensorLayout {
        let [channels, height, width] = dims;
        let ty = IntType::new(1, false).unwrap();
        TensorLayout::new("t", Dims { channels, height, width }, ty, columns, storage)
    }

    #[test]
    fn pixels_are_whole_chunks_and_groups_for_pools() {
        let words = |mode, columns, grouped| {
            let storage = Storage { mode, grouped, dense: false };
            layout([20, 2, 3], columns, storage).pixel_words
        };
        assert_eq!(words(Mode::Word8, 8, false), 12, "three chunks of four words");
        assert_eq!(words(Mode::Word8, 8, true), 16, "two groups");
        assert_eq!(words(Mode::Word16, 8, true), 24);
        assert_eq!(words(Mode::Binary, 4, false), 5, "a word with a gap for each chunk");
        let dense = Storage { mode: Mode::Word4, grouped: false, dense: true };
        let dense = layout([1, 2, 9], 8, dense);
        assert_eq!((dense.pixel_words, dense.row_words, dense.image_words), (0, 3, 6));
    }

    proptest! {
        #[test]
        fn every_element_has_a_place_of_its_own(
            channels in 1usize..40, height in 1usize..4, width in 1usize..5,
            columns in 0u32..6, mode in 0u32..4, grouped: bool, dense: bool,
        ) {
            let mode = Mode::from_code(mode).unwrap();
            let storage = Storage { mode, grouped, dense };
            let layout = layout([channels, height, width], 1 << columns, storage);
            let mut taken = std::collections::BTreeSet::new();
            for image in 0..2 {
                for index in 0..channels * height * width {
                    let at = [index % channels, index / channels % height, index / channels / height];
                    let (word, operand) = layout.place(image, at);
                    prop_assert!(word / layout.image_words == image && operand < mode.parts());
                    prop_assert!(taken.insert((word, operand)), "{at:?} is not alone");
                }
            }
        }
    }
}
