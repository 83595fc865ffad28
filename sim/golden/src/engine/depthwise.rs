//! Convolutions with one filter per channel, vectorised over the channels.

use crate::engine::finisher::{Finisher, channel_panels};
use crate::engine::geometry::Padded;
use crate::engine::linear::Shape;
use crate::kernels::{Kernel, LANES, depthwise_narrow, depthwise_wide};

/// A packed layer.
#[derive(Debug)]
pub(super) struct Depthwise {
    padded: Padded,
    channels: usize,
    rows: Vec<usize>,
    /// Distance of each tap from a row's first element.
    taps: Vec<usize>,
    /// `[tap][channel]`
    weights: Vec<i32>,
    /// One per channel.
    start: Vec<i64>,
    narrow: bool,
    zero: i32,
    finisher: Finisher,
}

impl Depthwise {
    pub(super) fn new(shape: &Shape) -> Self {
        let (window, channels) = (shape.window, shape.panels.groups);
        let padded = Padded::new(window, channels, shape.image, shape.to);
        let (segments, order) = padded.runs(window, 1, 1);
        let packed = |at: &usize| (0..channels).map(|c| shape.filter(c)[*at]).collect::<Vec<_>>();
        Self {
            weights: order.iter().flatten().flat_map(packed).collect(),
            taps: segments.iter().map(|segment| segment.offset).collect(),
            rows: padded.rows(window, shape.to, 1),
            start: (0..channels).map(|channel| shape.start_of(channel, 0)).collect(),
            narrow: shape.is_narrow(),
            zero: shape.zero,
            finisher: shape.plain_finisher(&channel_panels(channels)),
            padded,
            channels,
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
        let from_size = self.padded.image_size();
        for (image, to) in (0..images).zip(to.chunks_exact_mut(self.rows.len() * self.channels)) {
            let from = &from[image * from_size..][..from_size];
            self.padded.fill(from, packed, self.zero, <[i32]>::copy_from_slice);
            for (row, to) in self.rows.iter().zip(to.chunks_exact_mut(self.channels)) {
                self.pixel(kernel, &packed[*row..], to);
            }
        }
    }

    /// One pixel's outputs, sixteen panels of channels at a time.
    fn pixel(&self, kernel: Kernel, from: &[i32], to: &mut [i32]) {
        const BLOCK: usize = 16 * LANES;
        for (block, to) in to.chunks_mut(BLOCK).enumerate() {
            let channels = block * BLOCK..block * BLOCK + to.len();
            let panels = to.len().div_ceil(LANES);
            let taps = self.taps.iter().zip(self.weights.chunks_exact(self.channels));
            let taps = taps.map(|(tap, weights)| {
                (&from[*tap..][channels.clone()], &weights[channels.clone()])
            });
            let start = &self.start[channels.clone()];
            let length = to.len();
            let place = self.finisher.place(to, 0, length, channels.start / LANES);
            if self.narrow {
                let mut sums = [[0i32; LANES]; BLOCK / LANES];
                let flat = &mut sums.as_flattened_mut()[..length];
                flat.iter_mut().zip(start).for_each(|(sum, start)| *sum = *start as i32);
                taps.for_each(|(values, weights)| depthwise_narrow(kernel, flat, values, weights));
                self.finisher.finish(kernel, &sums[..panels], place);
            } else {
                let mut sums = [[0i64; LANES]; BLOCK / LANES];
                let flat = &mut sums.as_flattened_mut()[..length];
                flat.copy_from_slice(start);
                taps.for_each(|(values, weights)| depthwise_wide(kernel, flat, values, weights));
                self.finisher.finish_64(kernel, &sums[..panels], place);
            }
        }
    }
}
