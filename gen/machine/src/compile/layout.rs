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
