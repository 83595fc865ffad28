//! Sums and changes of format: element by element through an output stage.

use crate::engine::finisher::Finisher;
use crate::kernels::{Kernel, LANES, add_scaled};

/// Elements that are finished together.
const BLOCK: usize = 16 * LANES;

/// One term of a sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    /// Subtracted from each integer.
    pub(super) zero: i64,
    /// Multiplied with the difference.
    pub(super) multiplier: i64,
}

/// `stage(sum of multiplier * (x - zero))`
#[derive(Debug)]
pub(super) struct Elementwise {
    pub(super) terms: Vec<Term>,
    pub(super) finisher: Finisher,
    pub(super) channels: usize,
}

impl Elementwise {
    /// Runs any number of pixels; one source per term.
    pub(super) fn run(&self, kernel: Kernel, sources: &[&[i32]], to: &mut [i32]) {
        // Rows exist only because channels may have stages of their own.
        let row = if self.finisher.is_uniform() { to.len() } else { self.channels };
        for (index, to) in to.chunks_mut(row.max(1)).enumerate() {
            for (block, to) in to.chunks_mut(BLOCK).enumerate() {
                let mut sums = [[0i64; LANES]; BLOCK / LANES];
                let length = to.len();
                for (term, source) in self.terms.iter().zip(sources) {
                    let source = &source[index * row + block * BLOCK..][..length];
                    let flat = &mut sums.as_flattened_mut()[..length];
                    add_scaled(kernel, flat, source, term.zero, term.multiplier);
                }
                let sums = &sums[..length.div_ceil(LANES)];
                let place = self.finisher.place(to, 0, length, block * BLOCK / LANES);
                self.finisher.finish_64(kernel, sums, place);
            }
        }
    }
}
