//! Convolutions and fully connected layers as matrix products over 8- or 16-bit operands.
//!
//! The input is packed once into a padded buffer; a convolution's rows then are windows of that
//! buffer, read in place. A fully connected layer is the case of one pixel per image.

use crate::engine::finisher::Finisher;
use crate::engine::geometry::{Packed, Padded, Panels};
use crate::engine::linear::Shape;
use crate::kernels::{
    Chunk, Job, Kernel, LANES, MAX_ROWS, Operands, Segment, panels_per_tile, rows_per_tile,
};

/// Images of few pixels are packed together until there are about so many rows.
const ROWS_WANTED: usize = 32;
/// Largest tile.
const MAX_TILE: usize = 16;

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

/// Packed weights.
#[derive(Debug)]
struct Weights<T: Operands> {
    data: Vec<T::Weight>,
    panel_stride: usize,
}

/// How sums are kept.
#[derive(Debug)]
enum Sums<T: Operands> {
    /// In 32 bits: proven to suffice.
    Narrow { start: Vec<[i32; LANES]>, chunk: Chunk, weights: Weights<T> },
    /// In 64 bits. Weights are split into a high and a low byte, and each chunk's sums of either
    /// half are proven to fit 32 bits.
    Split { start: Vec<[i64; LANES]>, chunks: Vec<Chunk>, halves: [Weights<T>; 2] },
}

impl<T: Operands<Source: Packed>> Gemm<T> {
    /// Packs a layer. `split` is needed where sums may leave 32 bits or weights 16.
    pub(super) fn new(shape: &Shape, offset: i32, split: bool, block: usize) -> Self {
        let Shape { window, panels, inputs, to, .. } = *shape;
        let padded = Padded::new(window, panels.groups * inputs, shape.image, to);
        let (segments, order) = padded.runs(window, inputs, T::GROUP);
        let pixels = to[0] * to[1];
        let together = ROWS_WANTED.div_ceil(pixels.max(1)).min(block).max(1);
        let start = shape.start(i64::from(offset));
        let pack = |of: &dyn Fn(i32) -> i32| Weights::new(shape, &order, of);
        let sums = if split {
            let halves = [pack(&low), pack(&high)];
            Sums::Split { start, chunks: chunks::<T>(shape, &segments, &order), halves }
        } else {
            let start = start.iter().map(|lanes| lanes.map(|value| value as i32)).collect();
            Sums::Narrow { start, chunk: Chunk::new(segments, T::GROUP), weights: pack(&|w| w) }
        };
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
                self.padded.fill(
                    from,
                    &mut packed[image * size..][..size],
                    self.zero,
                    |to, from| {
                        T::Source::convert(kernel, to, from, self.offset);
                    },
                );
            }
            let rows = &self.rows[..count * self.pixels];
            let to = &mut to[first * to_size..];
            for group in 0..self.panels.groups {
                self.group(kernel, group, rows, &packed[group * self.inputs..], to);
            }
        }
    }

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
        let mut panel = 0;
        while panel < per_group {
            let wanted = panels_per_tile(rows.len()).min(per_group - panel);
            let count = 1 << wanted.ilog2();
            let tile = Tile { panel: group * per_group + panel, count, source };
            let first = panel * LANES;
            let channels = (self.panels.outputs - first).min(count * LANES);
            let mut row = 0;
            while row < rows.len() {
                let taken = rows_per_tile(rows.len() - row).min(MAX_TILE / count);
                let at = row * stride + group * self.panels.outputs + first;
                let place = self.finisher.place(&mut to[at..], stride, channels, tile.panel);
                let rows = &rows[row..row + taken];
                match &self.sums {
                    Sums::Narrow { start, chunk, weights } => {
                        let mut sums = [[0; LANES]; MAX_TILE];
                        let sums = &mut sums[..taken * count];
                        let start = &start[tile.panel..][..count];
                        T::multiply(kernel, &tile.job(rows, chunk, weights, 0, start), sums);
                        self.finisher.finish(kernel, sums, place);
                    }
                    Sums::Split { start, chunks, halves } => {
                        let mut sums = [[0; LANES]; MAX_TILE];
                        let sums = &mut sums[..taken * count];
                        for row in sums.chunks_exact_mut(count) {
                            row.copy_from_slice(&start[tile.panel..][..count]);
                        }
                        tile.split(kernel, rows, chunks, halves, sums);
                        self.finisher.finish_64(kernel, sums, place);
                    }
                }
                row += taken;
            }
            panel += count;
        }
    }
}

/// Some panels, and the source of their products.
struct Tile<'a, T: Operands> {
    panel: usize,
    count: usize,
    source: &'a [T::Source],
}

impl<T: Operands> Tile<'_, T> {
    /// The products of one chunk, whose weights begin `groups` groups into each panel.
    fn job<'a>(
        &'a self,
        rows: &'a [usize],
        chunk: &'a Chunk,
        weights: &'a Weights<T>,
        groups: usize,
        start: &'a [[i32; LANES]],
    ) -> Job<'a, T::Source, T::Weight> {
        let at = self.panel * weights.panel_stride + groups * LANES * T::GROUP;
        let panel_stride = weights.panel_stride;
        Job { source: self.source, rows, chunk, weights: &weights.data[at..], panel_stride, start }
    }

    /// Adds all chunks of both halves.
    fn split(
        &self,
        kernel: Kernel,
        rows: &[usize],
        chunks: &[Chunk],
        halves: &[Weights<T>; 2],
        sums: &mut [[i64; LANES]],
    ) {
        let start = [[0; LANES]; MAX_ROWS];
        for (weights, factor) in halves.iter().zip([1, 256]) {
            let mut groups = 0;
            for chunk in chunks {
                let mut parts = [[0; LANES]; MAX_TILE];
                let parts = &mut parts[..sums.len()];
                let job = self.job(rows, chunk, weights, groups, &start[..self.count]);
                T::multiply(kernel, &job, parts);
                for (sum, part) in sums.iter_mut().flatten().zip(parts.iter().flatten()) {
                    *sum += i64::from(*part) * factor;
                }
                groups += chunk.groups();
            }
        }
    }
}

impl<T: Operands> Weights<T> {
    fn new(shape: &Shape, order: &[Option<usize>], of: &dyn Fn(i32) -> i32) -> Self {
        let panels = shape.panels.lanes(|output| output);
        let mut data = Vec::with_capacity(panels.len() * order.len() * LANES);
        for lanes in &panels {
            for group in order.chunks_exact(T::GROUP) {
                for output in lanes {
                    let weight = |at: &Option<usize>| match (output, at) {
                        (Some(output), Some(at)) => of(shape.filter(*output)[*at]),
                        _ => 0,
                    };
                    data.extend(group.iter().map(|at| T::weight(weight(at))));
                }
            }
        }
        Self { data, panel_stride: order.len() * LANES }
    }
}

/// The low byte of a weight, as a signed number.
fn low(weight: i32) -> i32 {
    i32::from(weight as i8)
}

/// What [`low`] leaves, divided by 256.
fn high(weight: i32) -> i32 {
    (weight - low(weight)) >> 8
}

/// Cuts the segments so that no sum of a chunk, of either half, can leave 32 bits.
fn chunks<T: Operands>(shape: &Shape, segments: &[Segment], order: &[Option<usize>]) -> Vec<Chunk> {
    // Packed activations of 16 bits and halves of at most 2^7 in magnitude: products of 2^22.
    let most = (i32::MAX >> 22) as usize / T::GROUP;
    debug_assert!(order.len() >= shape.inputs);
    let mut chunks = Vec::new();
    let (mut open, mut room) = (Vec::new(), most);
    for segment in segments {
        let mut rest = *segment;
        while rest.groups > 0 {
            let groups = rest.groups.min(room);
            open.push(Segment { groups, ..rest });
            rest =
                Segment { offset: rest.offset + groups * T::GROUP, groups: rest.groups - groups };
            room -= groups;
            if room == 0 {
                chunks.push(Chunk::new(std::mem::take(&mut open), T::GROUP));
                room = most;
            }
        }
    }
    if !open.is_empty() {
        chunks.push(Chunk::new(open, T::GROUP));
    }
    chunks
}
