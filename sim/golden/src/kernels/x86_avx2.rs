//! Matrix products with AVX2: a panel is two registers wide.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_set1_epi32,
    _mm256_setzero_si256, _mm256_storeu_si256,
};

use crate::kernels::{Job, LANES};

/// Signed words times signed words, two per group.
///
/// # Safety
/// AVX2 must be there and the job checked for groups of two.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn words(job: &Job<'_, i16, i16>, sums: &mut [[i32; LANES]]) {
    let panels = job.start.len();
    for panel in 0..panels {
        let mut row = 0;
        while row < job.rows.len() {
            // SAFETY: as the caller promises; the rows of each tile are within the job.
            row += unsafe {
                if job.rows.len() - row >= 4 {
                    tile::<4>(job, row, panel, sums)
                } else {
                    tile::<1>(job, row, panel, sums)
                }
            };
        }
    }
}

/// Multiplies `ROWS` rows by one panel and returns `ROWS`.
///
/// # Safety
/// AVX2, a checked job for groups of two with the panel and all rows in it.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn tile<const ROWS: usize>(
    job: &Job<'_, i16, i16>,
    first: usize,
    panel: usize,
    sums: &mut [[i32; LANES]],
) -> usize {
    // SAFETY: the job's check covers every address below; all loads are unaligned ones.
    unsafe {
        let start = job.start[panel].as_ptr().cast::<__m256i>();
        let start = [_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1))];
        let mut total = [[_mm256_setzero_si256(); 2]; ROWS];
        total.fill(start);
        let rows: [*const i16; ROWS] =
            std::array::from_fn(|row| job.source.as_ptr().add(job.rows[first + row]));
        let mut weights = job.weights.as_ptr().add(panel * job.panel_stride).cast::<__m256i>();
        for segment in job.chunk.segments() {
            for at in 0..segment.groups {
                let pair = [_mm256_loadu_si256(weights), _mm256_loadu_si256(weights.add(1))];
                for (sums, row) in total.iter_mut().zip(rows) {
                    let group = row.add(segment.offset + at * 2).cast::<i32>();
                    let values = _mm256_set1_epi32(group.read_unaligned());
                    for (sum, weights) in sums.iter_mut().zip(pair) {
                        // Wraps only for two products of -2^15 squared: still exact modulo 2^32.
                        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(values, weights));
                    }
                }
                weights = weights.add(2);
            }
        }
        for (row, total) in total.iter().enumerate() {
            let sum = sums[(first + row) * job.start.len() + panel].as_mut_ptr().cast::<__m256i>();
            _mm256_storeu_si256(sum, total[0]);
            _mm256_storeu_si256(sum.add(1), total[1]);
        }
    }
    ROWS
}
