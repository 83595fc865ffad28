//! Matrix products without special instructions. The compiler vectorises over the lanes.

use crate::kernels::{Job, LANES};

/// Unsigned bytes times signed bytes, four per group.
pub(super) fn bytes(job: &Job<'_, u8, i8>, sums: &mut [[i32; LANES]]) {
    multiply::<u8, i8, 4>(job, sums);
}

/// Signed words times signed words, two per group.
pub(super) fn words(job: &Job<'_, i16, i16>, sums: &mut [[i32; LANES]]) {
    multiply::<i16, i16, 2>(job, sums);
}

fn multiply<S, W, const GROUP: usize>(job: &Job<'_, S, W>, sums: &mut [[i32; LANES]])
where
    S: Copy + Into<i32>,
    W: Copy + Into<i32>,
{
    let panels = job.start.len();
    for (index, sum) in sums.iter_mut().enumerate() {
        let (row, panel) = (job.rows[index / panels], index % panels);
        let mut total = job.start[panel];
        let mut weights = job.weights[panel * job.panel_stride..].chunks_exact(GROUP * LANES);
        for segment in job.chunk.segments() {
            let from = &job.source[row + segment.offset..][..segment.groups * GROUP];
            for (group, lanes) in from.as_chunks::<GROUP>().0.iter().zip(&mut weights) {
                let group: [i32; GROUP] = group.map(Into::into);
                for (lane, weights) in total.iter_mut().zip(lanes.as_chunks::<GROUP>().0) {
                    for (value, weight) in group.iter().zip(weights) {
                        *lane = lane.wrapping_add(value.wrapping_mul((*weight).into()));
                    }
                }
            }
        }
        *sum = total;
    }
}
