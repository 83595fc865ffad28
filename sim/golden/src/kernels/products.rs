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
