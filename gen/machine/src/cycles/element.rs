//! Cycles of the element unit.

use super::{FILL_LATENCY, POST_LATENCY, Stalls, Taken};
use crate::config::MachineConfig;
use crate::isa::{Descriptor, Operation};

/// Bits of a sum without its sign, each a step of the division.
const SUM_BITS: u64 = 36;
/// Cycles from one column's division to the next.
const TURN: u64 = 3;

/// Sum over output positions along an axis of the taps inside the image.
fn taps(output: u32, [kernel, stride, dilation, pad, size]: [u32; 5]) -> u64 {
    let inside = |at: u32, tap: u32| {
        let place = i64::from(at) * i64::from(stride) + i64::from(tap) * i64::from(dilation)
            - i64::from(pad);
        (0..i64::from(size)).contains(&place)
    };
    (0..output).map(|at| (0..kernel).filter(|tap| inside(at, *tap)).count() as u64).sum()
}

/// Cycles that the one divider works on a chunk: it is serial, and columns take turns.
fn division(d: &Descriptor, config: &MachineConfig) -> u64 {
    let multiplier = match config.post.multiplier_bits {
        1 => 0,
        bits => u64::from(bits),
    };
    let ratio = SUM_BITS + 2 * multiplier + TURN;
    if d.divisor > 1 { ratio * config.array.columns as u64 } else { 0 }
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
    let reads = reads.max(u64::from(d.total_pixels) * division(d, config));
    let post = d.operation != Operation::MaxPool;
    let row = if post { config.row_cycles() as u64 } else { 1 };
    let reads = reads.max(u64::from(d.total_pixels) * row);
    let passes = u64::from(d.passes);
    let columns = config.array.columns as u64;
    let weights = if post { columns + (passes - 1) * columns.saturating_sub(reads) } else { 0 };
    let stalls = Stalls { weights, fill: FILL_LATENCY, tail: POST_LATENCY, ..Stalls::default() };
    Taken { work: passes * reads, stalls }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> MachineConfig {
        let text = include_str!("../../../configs/sim-4x4.toml");
        MachineConfig::parse("sim-4x4.toml", text).unwrap()
    }

    /// A window of three with a pixel of padding, at every second pixel of five.
    fn pool(operation: Operation) -> Descriptor {
        Descriptor {
            operation,
            images: 2,
            passes: 3,
            kernel_height: 3,
            kernel_width: 3,
            stride_y: 2,
            stride_x: 2,
            dilation_y: 1,
            dilation_x: 1,
            pad_top: 1,
            pad_left: 1,
            input_height: 5,
            input_width: 5,
            output_height: 3,
            output_width: 3,
            total_pixels: 18,
            ..Descriptor::default()
        }
    }

    #[test]
    fn pools_read_each_tap_inside_the_image_once() {
        // Along an axis the windows hold 2, 3 and 2 pixels of the image.
        let reads = 2 * 7 * 7;
        assert_eq!(taken(&pool(Operation::MaxPool), &config()).work, 3 * reads);
        let average = taken(&pool(Operation::AveragePool), &config());
        assert_eq!((average.work, average.stalls.weights), (3 * reads, 4), "first parameters");
        assert_eq!(taken(&pool(Operation::MaxPool), &config()).stalls.weights, 0);
    }

    #[test]
    fn sums_read_twice_and_few_pixels_wait_for_parameters() {
        let of = |operation, total_pixels| {
            let d = Descriptor { total_pixels, ..pool(operation) };
            let taken = taken(&d, &config());
            (taken.work, taken.stalls.weights)
        };
        assert_eq!(of(Operation::Add, 18), (3 * 36, 4));
        assert_eq!(of(Operation::Rescale, 18), (3 * 18, 4));
        assert_eq!(of(Operation::Rescale, 1), (3, 4 + 2 * 3));
    }
}
