//! What a layer leaves in memory, straight from the definition.

use std::collections::BTreeMap;

use bitladder_machine::isa::{Descriptor, Destination, Mode, Operation, parameter};
use bitladder_spec::{IntType, OutputStage, Requant, Rounding, Saturation, Span, pool};

/// Words by address.
pub(crate) type Memory = BTreeMap<usize, u32>;

/// The memories that a layer reads.
pub(crate) struct Inputs<'a> {
    pub(crate) columns: usize,
    pub(crate) activations: &'a [u16],
    pub(crate) parameters: &'a [u64],
}

/// What a layer writes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outputs {
    pub(crate) activations: Memory,
    pub(crate) results: Memory,
}

/// Output pixels of a layer: number, image, row, column.
fn pixels(d: &Descriptor) -> Vec<(usize, [i64; 3])> {
    let (height, width) = (i64::from(d.output_height), i64::from(d.output_width));
    let all = (0..i64::from(d.images))
        .flat_map(|image| (0..height).flat_map(move |y| (0..width).map(move |x| [image, y, x])));
    all.enumerate().collect()
}

/// Word addresses of a window's taps that lie inside the image.
fn taps(d: &Descriptor, [image, y, x]: [i64; 3]) -> Vec<i64> {
    let mut all = Vec::new();
    for ky in 0..i64::from(d.kernel_height) {
        for kx in 0..i64::from(d.kernel_width) {
            let row =
                y * i64::from(d.stride_y) + ky * i64::from(d.dilation_y) - i64::from(d.pad_top);
            let column =
                x * i64::from(d.stride_x) + kx * i64::from(d.dilation_x) - i64::from(d.pad_left);
            let inside = (0..i64::from(d.input_height)).contains(&row)
                && (0..i64::from(d.input_width)).contains(&column);
            if inside {
                let image = image * i64::from(d.image_words);
                let place = row * i64::from(d.row_words) + column * i64::from(d.pixel_words);
                all.push(i64::from(d.input_base) + image + place);
            }
        }
    }
    all
}

impl Inputs<'_> {
    /// `count` operands from a word on.
    fn operands(&self, mode: Mode, signed: bool, address: i64, count: usize) -> Vec<i32> {
        let (parts, bits) = (mode.parts(), u32::from(mode.bits()));
        let operand = |index: usize| {
            let word = self.activations[address as usize + index / parts];
            let raw = i32::from(word) >> (index % parts * bits as usize) & ((1 << bits) - 1);
            if signed { raw << (32 - bits) >> (32 - bits) } else { raw }
        };
        (0..count).map(operand).collect()
    }

    fn chunk(&self, d: &Descriptor, base: u32, signed: bool, place: i64, pass: usize) -> Vec<i64> {
        let words = (self.columns / d.mode.parts()).max(1);
        let address = i64::from(base) + place + (pass * words) as i64;
        self.operands(d.mode, signed, address, self.columns).into_iter().map(i64::from).collect()
    }

    /// The sums of a pixel's chunk, and the divisor.
    fn sums(&self, d: &Descriptor, at: [i64; 3], pass: usize) -> Vec<i64> {
        if d.operation == Operation::AveragePool {
            let taps = taps(d, at);
            let taps = taps.iter().map(|tap| self.chunk(d, 0, d.input_signed, *tap, pass));
            let taps: Vec<Vec<i64>> = taps.collect();
            let channel = |c: usize| {
                let window = taps.iter().map(|values| values[c] as i32);
                pool::sum(window, d.input_zero_point).0
            };
            return (0..self.columns).map(channel).collect();
        }
        let [image, y, x] = at;
        let place = image * i64::from(d.image_words)
            + y * i64::from(d.row_words)
            + x * i64::from(d.pixel_words);
        let first = self.chunk(d, d.input_base, d.input_signed, place, pass);
        let first = first.into_iter().map(|value| value - i64::from(d.input_zero_point));
        if d.operation == Operation::Rescale {
            return first.collect();
        }
        let second = self.chunk(d, d.second_base, d.second_signed, place, pass);
        let second = second.into_iter().map(|value| value - i64::from(d.second_zero_point));
        let sum =
            |(a, b): (i64, i64)| i64::from(d.multiplier) * a + i64::from(d.second_multiplier) * b;
        first.zip(second).map(sum).collect()
    }

    /// A row of sums through post.
    pub(crate) fn finish(&self, d: &Descriptor, pass: usize, sums: &[i64]) -> Vec<i32> {
        let value = |(c, sum): (usize, &i64)| {
            let entry = self.parameters[d.parameter_base as usize + pass * self.columns + c];
            let words = [entry as u32, (entry >> 32) as u32];
            let multiplier = parameter::MULTIPLIER.extract(&words) as u32;
            let shift = parameter::SHIFT.extract(&words) as u8;
            let stage = OutputStage {
                requant: vec![Requant::new(multiplier, shift).unwrap()],
                rounding: Rounding::from(d.rounding),
                zero_point: d.output_zero_point,
                ty: IntType::new(d.output_bits as u8, d.output_signed).unwrap(),
                saturation: Saturation::from(d.saturation),
                clamp: Span::new(d.clamp_lo.into(), d.clamp_hi.into()),
            };
            stage.finish(sum + parameter::BIAS.extract(&words), 0, d.divisor.max(1))
        };
        sums.iter().enumerate().map(value).collect()
    }
}

impl Outputs {
    /// The values of a row of a pixel and pass.
    pub(crate) fn write(&mut self, d: &Descriptor, (pixel, pass): (usize, usize), values: &[i32]) {
        let base = d.output_base as usize;
        if d.destination == Destination::Results {
            let first = pass * values.len();
            for (channel, value) in (first..d.output_channels as usize).zip(values) {
                self.results.insert(base + pixel * d.classes as usize + channel, *value as u32);
            }
            return;
        }
        let (parts, bits) = (d.output_mode.parts(), u32::from(d.output_mode.bits()));
        let first = base + pixel * d.output_pixel_words as usize + pass * d.output_step as usize;
        for (address, part) in (first..).zip(values.chunks(parts)) {
            let place = |(at, value): (usize, &i32)| {
                (*value as u32 & ((1 << bits) - 1)) << (at as u32 * bits)
            };
            self.activations.insert(address, part.iter().enumerate().map(place).sum());
        }
    }
}

/// What a layer without weights writes.
pub(crate) fn element(d: &Descriptor, inputs: &Inputs<'_>) -> Outputs {
    let mut outputs = Outputs::default();
    for pass in 0..d.passes as usize {
        for (pixel, at) in pixels(d) {
            let values = match d.operation {
                Operation::MaxPool => {
                    let count = inputs.columns * d.mode.parts();
                    let taps = taps(d, at);
                    let group = |tap: &i64| {
                        let address = tap + (pass * inputs.columns) as i64;
                        inputs.operands(d.mode, d.input_signed, address, count)
                    };
                    let taps: Vec<Vec<i32>> = taps.iter().map(group).collect();
                    (0..count).map(|c| pool::max(taps.iter().map(|v| v[c])).unwrap()).collect()
                }
                _ => inputs.finish(d, pass, &inputs.sums(d, at, pass)),
            };
            outputs.write(d, (pixel, pass), &values);
        }
    }
    outputs
}
