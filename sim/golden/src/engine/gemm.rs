//! Convolutions and fully connected layers as matrix products over 8- or 16-bit operands.
//!
//! The input is packed once into a padded buffer; a convolution's rows then are windows of that
//! buffer, read in place. A fully connected layer is the case of one pixel per image.

use crate::engine::finisher::Finisher;
use crate::engine::geometry::{Packed, Padded, Panels};
use crate::engine::linear::Shape;
use crate::engine::tile::{MAX_TILE, Sums, Tile};
use crate::kernels::{Kernel, LANES, Operands, panels_per_tile, rows_per_tile};

/// Images of few pixels are packed together until there are about so many rows.
const ROWS_WANTED: usize = 32;

/// A layer packed for one pair of operand types.
#[derive(Debug)]
pub(super) struct Gemm<T: Operands> {
    padded: Padded,
    panels: Panels,
    inputs: usize,
    /// Images packed together, and where the windows of their outputs begin.
    together: usize,
    rows: Vec<usize>,
    pixels: usize,
    /// What is subtracted from each stored integer, and the padding's packed value.
    offset: i32,
    zero: T::Source,
    sums: Sums<T>,
    finisher: Finisher,
}

impl<T: Operands<Source: Packed>> Gemm<T> {
    /// Packs a layer. `split` is needed where sums may leave 32 bits or weights 16.
    pub(super) fn new(shape: &Shape, offset: i32, split: bool, block: usize) -> Self {
        let Shape { window, panels, inputs, to, .. } = *shape;
        let padded = Padded::new(window, panels.groups * inputs, shape.image, to);
        let (segments, order) = padded.runs(window, inputs, T::GROUP);
        let pixels = to[0] * to[1];
        let together = ROWS_WANTED.div_ceil(pixels.max(1)).min(block).max(1);
        let sums = Sums::new(shape, segments, &order, offset, split);
        Self {
            rows: padded.rows(window, to, together),
            zero: T::Source::one(shape.zero.wrapping_sub(offset)),
            finisher: shape.finisher(),
            padded,
            panels,
            inputs,
            together,
            pixels,
            offset,
            sums,
        }
    }

    /// Elements of packed input that a run needs: groups may reach past the last image.
    pub(super) fn scratch(&self) -> usize {
        self.together * self.padded.size() + T::GROUP
    }

    /// Runs any number of images.
    pub(super) fn run(
        &self,
        kernel: Kernel,
        images: usize,
        from: &[i32],
        to: &mut [i32],
        packed: &mut [T::Source],
    ) {
        let (size, from_size) = (self.padded.size(), self.padded.image_size());
        let to_size = self.pixels * self.panels.groups * self.panels.outputs;
        for first in (0..images).step_by(self.together) {
            let count = self.together.min(images - first);
            for image in 0..count {
                let from = &from[(first + image) * from_size..][..from_size];
                let to = &mut packed[image * size..][..size];
                let convert = |to: &mut [T::Source], from: &[i32]| {
                    T::Source::convert(kernel, to, from, self.offset);
                };
                self.padded.fill(from, to, self.zero, convert);
            }
            let rows = &self.rows[..count * self.pixels];
            let to = &mut to[first * to_size..];
            for group in 0..self.panels.groups {
                self.group(kernel, group, rows, &packed[group * self.inputs..], to);
            }
        }
    }

    /// All outputs of one group of channels: panels outside, rows inside, so that a few panels'
    /// weights stay in the nearest cache.
    fn group(
        &self,
        kernel: Kernel,
        group: usize,
        rows: &[usize],
        source: &[T::Source],
        to: &mut [i32],
    ) {
        let per_group = self.panels.per_group();
        let stride = self.panels.groups * self.panels.outputs;
        let mut buffer = [[0; LANES]; MAX_TILE];
        let mut panel = 0;
        while panel < per_group {
            let wanted = panels_per_tile(rows.len()).min(per_group - panel);
            let count = 1 << wanted.ilog2();
            let tile = Tile { kernel, panel: group * per_group + panel, count, source };
            let first = panel * LANES;
            let channels = (self.panels.outputs - first).min(count * LANES);
            let mut row = 0;
            while row < rows.len() {
                let taken = rows_per_tile(rows.len() - row).min(MAX_TILE / count);
                let at = row * stride + group * self.panels.outputs + first;
                let place = self.finisher.place(&mut to[at..], stride, channels, tile.panel);
                let rows = &rows[row..row + taken];
                self.sums.finish(&tile, rows, &mut buffer, &self.finisher, place);
                row += taken;
            }
            panel += count;
        }
    }
}
