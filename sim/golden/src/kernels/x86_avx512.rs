//! Matrix products with AVX-512 VNNI.

use std::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_dpwssd_epi32, _mm512_loadu_si512,
    _mm512_mask_storeu_epi32, _mm512_maskz_loadu_epi32, _mm512_max_epi32, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_storeu_si512,
};

use crate::kernels::{Job, LANES, Windows};

/// Multiplies one group of each lane and adds the products.
trait Step {
    /// # Safety
    /// AVX-512 VNNI must be there.
    unsafe fn step(sum: __m512i, values: __m512i, weights: __m512i) -> __m512i;
}

struct ByteStep;
struct WordStep;

impl Step for ByteStep {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn step(sum: __m512i, values: __m512i, weights: __m512i) -> __m512i {
        _mm512_dpbusd_epi32(sum, values, weights)
    }
}

impl Step for WordStep {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn step(sum: __m512i, values: __m512i, weights: __m512i) -> __m512i {
        _mm512_dpwssd_epi32(sum, values, weights)
    }
}

/// Unsigned bytes times signed bytes, four per group.
///
/// # Safety
/// AVX-512 VNNI must be there and the job checked for groups of four.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) unsafe fn bytes(job: &Job<'_, u8, i8>, sums: &mut [[i32; LANES]]) {
    // SAFETY: as the caller promises.
    unsafe { choose::<ByteStep, u8, i8>(job, sums) }
}

/// Signed words times signed words, two per group.
///
/// # Safety
/// AVX-512 VNNI must be there and the job checked for groups of two.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) unsafe fn words(job: &Job<'_, i16, i16>, sums: &mut [[i32; LANES]]) {
    // SAFETY: as the caller promises.
    unsafe { choose::<WordStep, i16, i16>(job, sums) }
}

/// Picks the tile: sizes without a tile of their own are cut into tiles of one row and panel.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn choose<K: Step, S, W>(job: &Job<'_, S, W>, sums: &mut [[i32; LANES]]) {
    // SAFETY: as the caller promises; each tile lies within the job.
    unsafe {
        match (job.rows.len(), job.start.len()) {
            (8, 2) => tile::<K, S, W, 8, 2>(job, sums),
            (8, 1) => tile::<K, S, W, 8, 1>(job, sums),
            (4, 4) => tile::<K, S, W, 4, 4>(job, sums),
            (4, 2) => tile::<K, S, W, 4, 2>(job, sums),
            (4, 1) => tile::<K, S, W, 4, 1>(job, sums),
            (2, 4) => tile::<K, S, W, 2, 4>(job, sums),
            (2, 2) => tile::<K, S, W, 2, 2>(job, sums),
            (1, 8) => tile::<K, S, W, 1, 8>(job, sums),
            (1, 4) => tile::<K, S, W, 1, 4>(job, sums),
            (1, 2) => tile::<K, S, W, 1, 2>(job, sums),
            (1, 1) => tile::<K, S, W, 1, 1>(job, sums),
            (rows, panels) => {
                for (index, sum) in sums.chunks_exact_mut(1).enumerate().take(rows * panels) {
                    let (row, panel) = (index / panels, index % panels);
                    let one = Job {
                        rows: &job.rows[row..=row],
                        weights: &job.weights[panel * job.panel_stride..],
                        start: &job.start[panel..=panel],
                        ..*job
                    };
                    tile::<K, S, W, 1, 1>(&one, sum);
                }
            }
        }
    }
}

/// # Safety
/// AVX-512 VNNI, a checked job of `ROWS` rows and `PANELS` panels, groups of 32 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
#[expect(clippy::needless_range_loop, reason = "the plainest loops are certain to be unrolled")]
unsafe fn tile<K: Step, S, W, const ROWS: usize, const PANELS: usize>(
    job: &Job<'_, S, W>,
    sums: &mut [[i32; LANES]],
) {
    let group = 4 / size_of::<S>();
    // SAFETY: the job's check covers every address below; all loads are unaligned ones.
    unsafe {
        // Every loop over the tile has a length the compiler knows, or the sums would live in
        // memory instead of registers.
        let mut total = [[_mm512_setzero_si512(); PANELS]; ROWS];
        let mut from = [job.source.as_ptr(); ROWS];
        for row in 0..ROWS {
            from[row] = from[row].add(*job.rows.get_unchecked(row));
            for panel in 0..PANELS {
                total[row][panel] = _mm512_loadu_si512(job.start.as_ptr().add(panel).cast());
            }
        }
        let mut weights = job.weights.as_ptr();
        for segment in job.chunk.segments() {
            for at in 0..segment.groups {
                let mut loaded = [_mm512_setzero_si512(); PANELS];
                for (panel, loaded) in loaded.iter_mut().enumerate() {
                    *loaded = _mm512_loadu_si512(weights.add(panel * job.panel_stride).cast());
                }
                for row in 0..ROWS {
                    let group = from[row].add(segment.offset + at * group).cast::<i32>();
                    let values = _mm512_set1_epi32(group.read_unaligned());
                    for panel in 0..PANELS {
                        total[row][panel] = K::step(total[row][panel], values, loaded[panel]);
                    }
                }
                weights = weights.add(LANES * group);
            }
        }
        for row in 0..ROWS {
            for panel in 0..PANELS {
                let to = sums.as_mut_ptr().add(row * PANELS + panel).cast();
                _mm512_storeu_si512(to, total[row][panel]);
            }
        }
    }
}

/// The largest values of each window. Pixels often have few channels, so masks are worth it.
///
/// # Safety
/// AVX-512 must be there, and all taps of all windows within the source.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn max_windows(windows: Windows<'_>, into: &mut [i32]) {
    let Windows { from, taps, step, channels } = windows;
    for (window, into) in into.chunks_exact_mut(channels).enumerate() {
        for at in (0..channels).step_by(LANES) {
            let mask = u16::MAX >> (LANES - LANES.min(channels - at));
            let mut largest = _mm512_set1_epi32(i32::MIN);
            for tap in taps {
                // SAFETY: the caller's promise, and the mask for the last lanes.
                let values = unsafe {
                    let tap = from.as_ptr().add(tap + window * step + at);
                    _mm512_maskz_loadu_epi32(mask, tap)
                };
                largest = _mm512_max_epi32(largest, values);
            }
            // SAFETY: the mask keeps the store within this window's channels.
            unsafe { _mm512_mask_storeu_epi32(into.as_mut_ptr().add(at), mask, largest) };
        }
    }
}

/// Writes the first lanes, as many as there is room for.
///
/// # Safety
/// AVX-512 must be there.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn store(lanes: &[i32; LANES], out: &mut [i32]) {
    let mask = u16::MAX >> (LANES - LANES.min(out.len()));
    // SAFETY: the mask keeps the store within `out`.
    unsafe {
        let lanes = _mm512_loadu_si512(lanes.as_ptr().cast());
        _mm512_mask_storeu_epi32(out.as_mut_ptr(), mask, lanes);
    }
}
