//! Linear layers over integers of more than 16 bits: rare, so plain loops in 64 bits.

use crate::engine::finisher::Finisher;
use crate::engine::geometry::{Padded, Panels};
use crate::engine::linear::Shape;
use crate::kernels::{Chunk, Kernel, LANES};

/// A layer of any width. Sums wrap modulo 2^64, which is exact because the final ones fit.
#[derive(Debug)]
pub(super) struct General {
    padded: Padded,
    panels: Panels,
    inputs: usize,
    rows: Vec<usize>,
    chunk: Chunk,
    /// `[output][position]`, in the order of the chunk.
    weights: Vec<i32>,
    start: Vec<[i64; LANES]>,
    zero: i32,
    finisher: Finisher,
}

impl General {
    pub(super) fn new(shape: &Shape) -> Self {
        let Shape { window, panels, inputs, to, .. } = *shape;
        let padded = Padded::new(window, panels.groups * inputs, shape.image, to);
        let (segments, order) = padded.runs(window, inputs, 1);
        let outputs = 0..panels.groups * panels.outputs;
        let packed = |output| order.iter().flatten().map(move |at| shape.filter(output)[*at]);
        Self {
            weights: outputs.flat_map(packed).collect(),
            rows: padded.rows(window, to, 1),
            chunk: Chunk::new(segments, 1),
            start: shape.start(0),
            zero: shape.zero,
            finisher: shape.finisher(),
            padded,
            panels,
            inputs,
        }
    }

    /// Elements of packed input that a run needs.
    pub(super) fn scratch(&self) -> usize {
        self.padded.size()
    }

    pub(super) fn run(
        &self,
        kernel: Kernel,
        images: usize,
        from: &[i32],
        to: &mut [i32],
        packed: &mut [i32],
    ) {
        let packed = &mut packed[..self.padded.size()];
        let outputs = self.panels.groups * self.panels.outputs;
        let from_size = self.padded.image_size();
        for (image, to) in (0..images).zip(to.chunks_exact_mut(self.rows.len() * outputs)) {
            let from = &from[image * from_size..][..from_size];
            self.padded.fill(from, packed, self.zero, <[i32]>::copy_from_slice);
            for (row, to) in self.rows.iter().zip(to.chunks_exact_mut(outputs)) {
                for panel in 0..self.start.len() {
                    self.panel(kernel, panel, &packed[*row..], to);
                }
            }
        }
    }

    fn panel(&self, kernel: Kernel, panel: usize, from: &[i32], to: &mut [i32]) {
        let mut sums = self.start[panel];
        let outputs = (0..LANES).map_while(|lane| self.panels.output(panel, lane));
        let (first, count) = (outputs.clone().min().unwrap_or(0), outputs.clone().count());
        for (output, sum) in outputs.zip(&mut sums) {
            let source = &from[output / self.panels.outputs * self.inputs..];
            *sum = sum.wrapping_add(self.product(output, source));
        }
        let place = self.finisher.place(&mut to[first..], 0, count, panel);
        self.finisher.finish_64(kernel, &[sums], place);
    }

    fn product(&self, output: usize, source: &[i32]) -> i64 {
        let length = self.chunk.groups();
        let mut weights = &self.weights[output * length..(output + 1) * length];
        let mut sum = 0i64;
        for segment in self.chunk.segments() {
            let (now, later) = weights.split_at(segment.groups);
            for (value, weight) in source[segment.offset..].iter().zip(now) {
                sum = sum.wrapping_add(i64::from(*value) * i64::from(*weight));
            }
            weights = later;
        }
        sum
    }
}
