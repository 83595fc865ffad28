//! Cycles of the element unit.

use super::{FILL_LATENCY, POST_LATENCY, Stalls, Taken};
use crate::config::MachineConfig;
use crate::isa::{Descriptor, Operation};

/// Sum over output positions along an axis of the taps inside the image.
fn taps(output: u32, [kernel, stride, dilation, pad, size]: [u32; 5]) -> u64 {
    let inside = |at: u32, tap: u32| {
        let place = i64::from(at) * i64::from(stride) + i64::from(tap) * i64::from(dilation)
            - i64::from(pad);
        (0..i64::from(size)).contains(&place)
    };
    (0..output).map(|at| (0..kernel).filter(|tap| inside(at, *tap)).count() as u64).sum()
}

pub(super) fn taken(d: &Descriptor, config: &MachineConfig) -> Taken {
    let reads = match d.operation {
        Operation::Add => 2 * u64::from(d.total_pixels),
        Operation::Rescale => d.total_pixels.into(),
        _ => {
            let vertical = [d.kernel_height, d.stride_y, d.dilation_y, d.pad_top, d.input_height];
            let horizontal = [d.kernel_width, d.stride_x, d.dilation_x, d.pad_left, d.input_width];
            let per_image = taps(d.output_height, vertical) * taps(d.output_width, horizontal);
            u64::from(d.images) * per_image
        }
    };
    let passes = u64::from(d.passes);
    let columns = config.array.columns as u64;
    let post = d.operation != Operation::MaxPool;
    let weights = if post { columns + (passes - 1) * columns.saturating_sub(reads) } else { 0 };
    let stalls = Stalls { weights, fill: FILL_LATENCY, tail: POST_LATENCY, ..Stalls::default() };
    Taken { work: passes * reads, stalls }
}
