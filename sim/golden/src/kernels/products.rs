//! Matrix products: pairs of operand types and the choice of their kernels.

use std::fmt::Debug;

use crate::kernels::{Job, Kernel, LANES, MAX_ROWS, portable};
#[cfg(target_arch = "x86_64")]
use crate::kernels::{KernelChoice, x86_avx2, x86_avx512};

/// A pair of operand types with kernels that multiply and add them in 32 bits.
pub(crate) trait Operands {
    /// Packed activations.
    type Source: Copy + Debug + Default + Send + Sync;
    /// Packed weights.
    type Weight: Copy + Debug + Default + Send + Sync;
    /// Elements that one lane of one instruction takes.
    const GROUP: usize;

    /// A weight that is known to fit.
    fn weight(value: i32) -> Self::Weight;

    /// Computes one tile; `sums` is `[row][panel]`.
    fn multiply(
        kernel: Kernel,
        job: &Job<'_, Self::Source, Self::Weight>,
        sums: &mut [[i32; LANES]],
    );
}

/// Unsigned 8-bit activations, signed 8-bit weights.
#[derive(Debug)]
pub(crate) enum Bytes {}

/// Signed 16-bit activations and weights.
#[derive(Debug)]
pub(crate) enum Words {}

impl Operands for Bytes {
    type Source = u8;
    type Weight = i8;
    const GROUP: usize = 4;

    fn weight(value: i32) -> i8 {
        value as i8
    }

    fn multiply(kernel: Kernel, job: &Job<'_, u8, i8>, sums: &mut [[i32; LANES]]) {
        job.check(Self::GROUP, sums);
        #[cfg(target_arch = "x86_64")]
        if kernel.choice() == KernelChoice::Avx512Vnni {
            // SAFETY: the kernel's instructions were detected and the job's bounds checked.
            return unsafe { x86_avx512::bytes(job, sums) };
        }
        let _ = kernel;
        portable::bytes(job, sums);
    }
}

impl Operands for Words {
    type Source = i16;
    type Weight = i16;
    const GROUP: usize = 2;

    fn weight(value: i32) -> i16 {
        value as i16
    }

    fn multiply(kernel: Kernel, job: &Job<'_, i16, i16>, sums: &mut [[i32; LANES]]) {
        job.check(Self::GROUP, sums);
        #[cfg(target_arch = "x86_64")]
        match kernel.choice() {
            // SAFETY: the kernel's instructions were detected and the job's bounds checked.
            KernelChoice::Avx512Vnni => return unsafe { x86_avx512::words(job, sums) },
            // SAFETY: as above.
            KernelChoice::Avx2 => return unsafe { x86_avx2::words(job, sums) },
            KernelChoice::Portable => {}
        }
        let _ = kernel;
        portable::words(job, sums);
    }
}

/// Panels and rows of the next tile: enough independent sums to hide the latency of the
/// multiplications, few enough to stay in registers.
pub(crate) fn panels_per_tile(rows: usize) -> usize {
    match rows {
        0..2 => 8,
        2..8 => 4,
        _ => 2,
    }
}

/// How many of the remaining rows the next tile takes.
pub(crate) fn rows_per_tile(remaining: usize) -> usize {
    match remaining {
        MAX_ROWS.. => MAX_ROWS,
        4.. => 4,
        2.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Chunk, KernelChoice, Segment};
    use bitladder_spec::SplitMix64;
    use std::fmt::Debug;

    /// Every shape of tile on every kernel, against the sum written out.
    fn compare<T>(source: impl Fn(u64) -> T::Source)
    where
        T: Operands<Source: Into<i32> + Debug, Weight: Into<i32> + Debug>,
    {
        let mut random = SplitMix64::new(9);
        let segments = [(0, 3), (40, 1), (7, 5)];
        let segments = segments.map(|(offset, groups)| Segment { offset, groups });
        let chunk = Chunk::new(segments.to_vec(), T::GROUP);
        let panel_stride = (chunk.groups() + 2) * LANES * T::GROUP;
        let source: Vec<T::Source> = (0..100).map(|_| source(random.next_u64())).collect();
        let weights: Vec<T::Weight> =
            (0..8 * panel_stride).map(|_| T::weight(random.next_u64() as i32)).collect();
        let start: Vec<[i32; LANES]> =
            (0..8).map(|_| std::array::from_fn(|_| random.next_u64() as i32)).collect();
        for (rows, panels) in (1..=MAX_ROWS).flat_map(|r| (1..=8).map(move |p| (r, p))) {
            let rows: Vec<usize> = (0..rows).map(|row| row * 5).collect();
            let start = &start[..panels];
            let (source, weights, chunk) = (&source[..], &weights[..], &chunk);
            let job = Job { source, rows: &rows, chunk, weights, panel_stride, start };
            let wanted: Vec<[i32; LANES]> = (0..rows.len() * panels)
                .map(|at| std::array::from_fn(|lane| naive::<T>(&job, at, lane)))
                .collect();
            for kernel in KernelChoice::ALL.into_iter().filter_map(Kernel::detect) {
                let mut sums = vec![[0; LANES]; wanted.len()];
                T::multiply(kernel, &job, &mut sums);
                assert_eq!(sums, wanted, "{} rows, {panels} panels, {kernel:?}", rows.len());
            }
        }
    }

    fn naive<T>(job: &Job<'_, T::Source, T::Weight>, at: usize, lane: usize) -> i32
    where
        T: Operands<Source: Into<i32>, Weight: Into<i32>>,
    {
        let (row, panel) = (at / job.start.len(), at % job.start.len());
        let elements = job.chunk.segments().iter().flat_map(|segment| {
            let first = job.rows[row] + segment.offset;
            first..first + segment.groups * T::GROUP
        });
        elements.enumerate().fold(job.start[panel][lane], |sum, (index, element)| {
            let (group, within) = (index / T::GROUP, index % T::GROUP);
            let weight = panel * job.panel_stride + (group * LANES + lane) * T::GROUP + within;
            let (value, weight): (i32, i32) =
                (job.source[element].into(), job.weights[weight].into());
            sum.wrapping_add(value.wrapping_mul(weight))
        })
    }

    #[test]
    fn products_of_bytes() {
        compare::<Bytes>(|random| random as u8);
    }

    #[test]
    fn products_of_words() {
        // The smallest number twice: the one pair of products that AVX2 wraps.
        compare::<Words>(|random| if random & 1 == 0 { i16::MIN } else { (random >> 8) as i16 });
    }

    #[test]
    #[should_panic(expected = "source")]
    fn a_row_beyond_the_source_is_refused() {
        let chunk = Chunk::new(vec![Segment { offset: 0, groups: 1 }], Bytes::GROUP);
        let (source, weights, start) = ([0; 7], [0; 64], [[0; LANES]]);
        let job = Job {
            source: &source,
            rows: &[4],
            chunk: &chunk,
            weights: &weights,
            panel_stride: 64,
            start: &start,
        };
        Bytes::multiply(Kernel::best(), &job, &mut [[0; LANES]]);
    }
}
