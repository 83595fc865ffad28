//! Maximum and average over windows.

use bitladder_network::Window;
use bitladder_spec::{OutputStage, Span};

use crate::engine::finisher::{Finisher, channel_panels};
use crate::kernels::{Kernel, LANES, Windows, max_windows, sum_into};

/// Where windows lie on an image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pool {
    pub(super) window: Window,
    pub(super) channels: usize,
    /// Height and width of the input and the output.
    pub(super) image: [usize; 2],
    pub(super) to: [usize; 2],
}

impl Pool {
    /// The places along an axis that the window of an output covers, padding left out.
    fn places(&self, axis: usize, output: usize) -> impl Iterator<Item = usize> + use<> {
        let (dilation, padding) = (self.window.dilation[axis], self.window.padding[axis]);
        let start = output * self.window.stride[axis];
        let taps = self.window.taps_along(axis, output, self.image[axis]);
        taps.map(move |tap| start + tap * dilation - padding)
    }

    /// First element of each place under an output's window.
    fn taps(&self, [y, x]: [usize; 2], taps: &mut Vec<usize>) {
        taps.clear();
        for row in self.places(0, y) {
            let line = row * self.image[1];
            taps.extend(self.places(1, x).map(|column| (line + column) * self.channels));
        }
    }

    /// Runs of output columns whose windows are one and the same but for their place, as first
    /// column and length.
    pub(super) fn runs(&self) -> Vec<(usize, usize)> {
        let whole = |x: usize| self.places(1, x).count() == self.window.kernel[1];
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for x in 0..self.to[1] {
            match runs.last_mut() {
                Some((_, length)) if whole(x) && whole(x - 1) => *length += 1,
                _ => runs.push((x, 1)),
            }
        }
        runs
    }

    /// Largest values of one image; `taps` is scratch space.
    pub(super) fn maximum(
        &self,
        kernel: Kernel,
        runs: &[(usize, usize)],
        from: &[i32],
        to: &mut [i32],
        taps: &mut Vec<usize>,
    ) {
        let channels = self.channels;
        let step = self.window.stride[1] * channels;
        for (y, to) in to.chunks_exact_mut(self.to[1] * channels).enumerate() {
            for (x, count) in runs {
                self.taps([y, *x], taps);
                let windows = Windows { from, taps, step, channels };
                max_windows(kernel, windows, &mut to[x * channels..(x + count) * channels]);
            }
        }
    }
}

/// A pool that averages.
#[derive(Debug)]
pub(super) struct Average {
    pool: Pool,
    zero: i64,
    /// One for each count of elements that a window can have.
    finishers: Vec<Finisher>,
    /// Which of them each output pixel uses.
    of_pixel: Vec<usize>,
}

impl Average {
    pub(super) fn new(
        pool: Pool,
        count_padding: bool,
        stage: &OutputStage,
        span: Span,
        zero: i32,
    ) -> Self {
        let panels = channel_panels(pool.channels);
        let (mut divisors, mut of_pixel) = (Vec::new(), Vec::new());
        for at in (0..pool.to[0]).flat_map(|y| (0..pool.to[1]).map(move |x| [y, x])) {
            let divisor = if count_padding {
                pool.window.taps_padded(at, pool.image)
            } else {
                (pool.places(0, at[0]).count() * pool.places(1, at[1]).count()) as u32
            };
            let known = divisors.iter().position(|known| *known == divisor);
            of_pixel.push(known.unwrap_or(divisors.len()));
            if known.is_none() {
                divisors.push(divisor);
            }
        }
        let finisher = |divisor: &u32| Finisher::new(stage, span, &panels, *divisor);
        let finishers = divisors.iter().map(finisher).collect();
        Self { pool, zero: i64::from(zero), finishers, of_pixel }
    }

    /// Runs one image.
    pub(super) fn run(&self, kernel: Kernel, from: &[i32], to: &mut [i32]) {
        const BLOCK: usize = 16 * LANES;
        let channels = self.pool.channels;
        for (pixel, to) in to.chunks_exact_mut(channels).enumerate() {
            let (y, x) = (pixel / self.pool.to[1], pixel % self.pool.to[1]);
            let finisher = &self.finishers[self.of_pixel[pixel]];
            for (block, to) in to.chunks_mut(BLOCK).enumerate() {
                let mut sums = [[0i64; LANES]; BLOCK / LANES];
                let length = to.len();
                let flat = &mut sums.as_flattened_mut()[..length];
                for row in self.pool.places(0, y) {
                    for column in self.pool.places(1, x) {
                        let first = (row * self.pool.image[1] + column) * channels + block * BLOCK;
                        sum_into(kernel, flat, &from[first..][..length], self.zero);
                    }
                }
                let place = finisher.place(to, 0, length, block * BLOCK / LANES);
                finisher.finish_64(kernel, &sums[..length.div_ceil(LANES)], place);
            }
        }
    }
}
