//! The element unit: pools, sums, rescales.

use super::operands::stored;
use super::{InterpretError, Machine, Observer};
use crate::compile::chunk_words;
use crate::isa::{Descriptor, Operation};

/// An output pixel of a batch.
#[derive(Clone, Copy)]
struct Pixel {
    image: i64,
    y: i64,
    x: i64,
}

fn pixels(d: &Descriptor) -> impl Iterator<Item = (usize, Pixel)> {
    let (height, width) = (i64::from(d.output_height), i64::from(d.output_width));
    (0..i64::from(d.total_pixels)).map(move |pixel| {
        let (image, place) = (pixel / (height * width), pixel % (height * width));
        (pixel as usize, Pixel { image, y: place / width, x: place % width })
    })
}

/// Word addresses of a window's taps that lie inside the image.
fn taps(d: &Descriptor, pixel: Pixel) -> impl Iterator<Item = i64> {
    let start = i64::from(d.input_base)
        + pixel.image * i64::from(d.image_words)
        + pixel.y * i64::from(d.row_step)
        + pixel.x * i64::from(d.pixel_step)
        - i64::from(d.lead);
    let inside = |at: i64, stride: u32, tap: u32, dilation: u32, pad: u32, size: u32| {
        let place = at * i64::from(stride) + i64::from(tap * dilation) - i64::from(pad);
        (0..i64::from(size)).contains(&place)
    };
    let rows = (0..d.kernel_height).filter(move |ky| {
        inside(pixel.y, d.stride_y, *ky, d.dilation_y, d.pad_top, d.input_height)
    });
    rows.flat_map(move |ky| {
        let row = start + i64::from(ky) * i64::from(d.tap_row_step);
        (0..d.kernel_width)
            .filter(move |kx| {
                inside(pixel.x, d.stride_x, *kx, d.dilation_x, d.pad_left, d.input_width)
            })
            .map(move |kx| row + i64::from(kx) * i64::from(d.tap_pixel_step))
    })
}

impl Machine {
    pub(super) fn max_pool(
        &mut self,
        d: &Descriptor,
        observer: &mut dyn Observer,
    ) -> Result<(), InterpretError> {
        let columns = self.config.array.columns;
        for pass in 0..d.passes as usize {
            for (number, pixel) in pixels(d) {
                let mut most = vec![i32::MIN; columns * d.mode.parts()];
                for address in taps(d, pixel) {
                    let group = address + (pass * columns) as i64;
                    let values = self.operands(d, group, most.len(), d.input_signed)?;
                    most.iter_mut().zip(values).for_each(|(most, value)| *most = value.max(*most));
                }
                observer.stored(d.layer, number, pass, &most);
                self.write_chunk(d, number, pass, &most)?;
            }
        }
        Ok(())
    }

    pub(super) fn average_pool(
        &mut self,
        d: &Descriptor,
        observer: &mut dyn Observer,
    ) -> Result<(), InterpretError> {
        for pass in 0..d.passes as usize {
            for (number, pixel) in pixels(d) {
                let mut sums = vec![0i64; self.config.array.columns];
                for address in taps(d, pixel) {
                    self.accumulate(d, address, pass, &mut sums)?;
                }
                self.post(d, (number, pass), &sums, observer)?;
            }
        }
        Ok(())
    }

    /// Sums and rescales: pixel by pixel, without a window.
    pub(super) fn sum(
        &mut self,
        d: &Descriptor,
        observer: &mut dyn Observer,
    ) -> Result<(), InterpretError> {
        let add = d.operation == Operation::Add;
        let first = Descriptor { multiplier: if add { d.multiplier } else { 1 }, ..d.clone() };
        let second = Descriptor {
            input_base: d.second_base,
            input_signed: d.second_signed,
            input_zero_point: d.second_zero_point,
            multiplier: d.second_multiplier,
            ..d.clone()
        };
        for pass in 0..d.passes as usize {
            for (number, pixel) in pixels(d) {
                let place = pixel.image * i64::from(d.image_words)
                    + pixel.y * i64::from(d.row_words)
                    + pixel.x * i64::from(d.pixel_words);
                let mut total = vec![0i64; self.config.array.columns];
                for input in [&first, &second].into_iter().take(1 + usize::from(add)) {
                    let mut values = vec![0; total.len()];
                    self.accumulate(input, i64::from(input.input_base) + place, pass, &mut values)?;
                    let scaled = values.iter().map(|value| value * i64::from(input.multiplier));
                    total.iter_mut().zip(scaled).for_each(|(total, value)| *total += value);
                }
                self.post(d, (number, pass), &total, observer)?;
            }
        }
        Ok(())
    }

    /// Adds the centred channels of a pixel's chunk.
    fn accumulate(
        &self,
        d: &Descriptor,
        pixel: i64,
        pass: usize,
        sums: &mut [i64],
    ) -> Result<(), InterpretError> {
        let chunk = (pass * chunk_words(d.mode, sums.len())) as i64;
        let values = self.operands(d, pixel + chunk, sums.len(), d.input_signed)?;
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += i64::from(value) - i64::from(d.input_zero_point);
        }
        Ok(())
    }

    /// Operands from a word on.
    fn operands(
        &self,
        d: &Descriptor,
        address: i64,
        count: usize,
        signed: bool,
    ) -> Result<Vec<i32>, InterpretError> {
        let parts = d.mode.parts();
        (0..count)
            .map(|index| {
                let word = self.read(d.layer, address + (index / parts) as i64)?;
                Ok(stored(d.mode, word, index % parts, signed))
            })
            .collect()
    }
}
