//! Tiles of matrix products: packed weights, and sums in 32 or 64 bits.

use crate::engine::finisher::Finisher;
use crate::engine::linear::Shape;
use crate::kernels::{Chunk, Job, Kernel, LANES, MAX_ROWS, Operands, Place, Segment};

/// Rows times panels of the largest tile.
pub(super) const MAX_TILE: usize = 16;

/// Some panels, and the source of their products.
pub(super) struct Tile<'a, T: Operands> {
    pub(super) kernel: Kernel,
    /// The first panel.
    pub(super) panel: usize,
    /// Number of panels.
    pub(super) count: usize,
    pub(super) source: &'a [T::Source],
}

/// Packed weights.
#[derive(Debug)]
pub(super) struct Weights<T: Operands> {
    data: Vec<T::Weight>,
    panel_stride: usize,
}

/// How sums are kept, and what they are made of.
#[derive(Debug)]
pub(super) enum Sums<T: Operands> {
    /// In 32 bits: proven to suffice.
    Narrow { start: Vec<[i32; LANES]>, chunk: Chunk, weights: Weights<T> },
    /// In 64 bits. Weights are split into a high and a low byte, and each chunk's sums of either
    /// half are proven to fit 32 bits.
    Split { start: Vec<[i64; LANES]>, chunks: Vec<Chunk>, halves: [Weights<T>; 2] },
}

impl<T: Operands> Sums<T> {
    /// Packs a layer whose stored integers are moved by `offset`; segments and order as
    /// [`crate::engine::geometry::Padded::runs`] makes them.
    pub(super) fn new(
        shape: &Shape,
        segments: Vec<Segment>,
        order: &[Option<usize>],
        offset: i32,
        split: bool,
    ) -> Self {
        let start = shape.start(i64::from(offset));
        let pack = |of: &dyn Fn(i32) -> i32| Weights::new(shape, order, of);
        if split {
            let halves = [pack(&low), pack(&high)];
            return Self::Split { start, chunks: chunks::<T>(&segments), halves };
        }
        // Whatever is cut off here is a multiple of 2^32 and does not change the final sum.
        let start = start.iter().map(|lanes| lanes.map(|value| value as i32)).collect();
        Self::Narrow { start, chunk: Chunk::new(segments, T::GROUP), weights: pack(&|w| w) }
    }

    /// Computes and finishes a tile; `buffer` is scratch space.
    pub(super) fn finish(
        &self,
        tile: &Tile<'_, T>,
        rows: &[usize],
        buffer: &mut [[i32; LANES]; MAX_TILE],
        finisher: &Finisher,
        place: Place<'_>,
    ) {
        let buffer = &mut buffer[..rows.len() * tile.count];
        match self {
            Self::Narrow { start, chunk, weights } => {
                let start = &start[tile.panel..][..tile.count];
                T::multiply(tile.kernel, &tile.job(rows, chunk, weights, 0, start), buffer);
                finisher.finish(tile.kernel, buffer, place);
            }
            Self::Split { start, chunks, halves } => {
                let mut sums = [[0; LANES]; MAX_TILE];
                let sums = &mut sums[..buffer.len()];
                for row in sums.chunks_exact_mut(tile.count) {
                    row.copy_from_slice(&start[tile.panel..][..tile.count]);
                }
                tile.add_split(rows, chunks, halves, buffer, sums);
                finisher.finish_64(tile.kernel, sums, place);
            }
        }
    }
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
    fn add_split(
        &self,
        rows: &[usize],
        chunks: &[Chunk],
        halves: &[Weights<T>; 2],
        parts: &mut [[i32; LANES]],
        sums: &mut [[i64; LANES]],
    ) {
        let start = [[0; LANES]; MAX_ROWS];
        for (weights, factor) in halves.iter().zip([1, 256]) {
            let mut groups = 0;
            for chunk in chunks {
                let job = self.job(rows, chunk, weights, groups, &start[..self.count]);
                T::multiply(self.kernel, &job, parts);
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
fn chunks<T: Operands>(segments: &[Segment]) -> Vec<Chunk> {
    // Packed activations are at most 2^15 and halves at most 2^7 in magnitude.
    let most = (i32::MAX >> 22) as usize / T::GROUP;
    let mut chunks = Vec::new();
    let (mut open, mut room) = (Vec::new(), most);
    for segment in segments {
        let mut done = 0;
        while done < segment.groups {
            let groups = (segment.groups - done).min(room);
            open.push(Segment { offset: segment.offset + done * T::GROUP, groups });
            done += groups;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Words;

    #[test]
    fn halves_make_up_the_weight() {
        for weight in [-32768, -32767, -129, -128, -1, 0, 127, 128, 255, 32767, 32768] {
            assert_eq!(high(weight) * 256 + low(weight), weight);
            assert!((-128..=128).contains(&high(weight)) && (-128..128).contains(&low(weight)));
        }
    }

    #[test]
    fn chunks_cover_all_segments_and_cannot_overflow() {
        let segments = [(0, 100), (1000, 700), (5000, 1)];
        let segments = segments.map(|(offset, groups)| Segment { offset, groups });
        let chunks = chunks::<Words>(&segments);
        let elements = |segment: &Segment| segment.offset..segment.offset + segment.groups * 2;
        let found: Vec<usize> =
            chunks.iter().flat_map(|chunk| chunk.segments().iter().flat_map(elements)).collect();
        assert_eq!(found, segments.iter().flat_map(elements).collect::<Vec<_>>());
        for chunk in &chunks {
            let largest = chunk.groups() as i64 * 2 * (1 << 15) * (1 << 7);
            assert!(largest <= i64::from(i32::MAX), "{} groups", chunk.groups());
        }
        assert!(chunks.len() > 1);
    }
}
