//! The streamer: which parts of image rows a tile needs, and the words they give.

use super::operands::{bits, mask};
use super::{InterpretError, Machine};
use crate::isa::{Descriptor, Mode};

/// Neighbouring output pixels of one image row that a tile works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// The image.
    pub(crate) image: usize,
    /// Row and first column of the output pixels.
    pub(crate) oy: usize,
    pub(crate) ox: usize,
    /// First row of the array, and how many.
    pub(crate) row: usize,
    pub(crate) pixels: usize,
}

/// A piece of an image row that the streamer hands out for a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// Whether the image row exists; outside everything is padding.
    pub(crate) inside: bool,
    /// Row of the image, counted from its top (with padding rows).
    ky: usize,
    kx: usize,
    /// First pixel of the image row; negative in the padding.
    pub(crate) x: i64,
    /// Pixels.
    pub(crate) pixels: usize,
}

/// The parts of a tile with so many rows at work.
pub(crate) fn parts(d: &Descriptor, first: usize, rows: usize) -> Vec<Part> {
    let (height, width) = (d.output_height as usize, d.output_width as usize);
    let mut parts = Vec::new();
    let mut row = 0;
    while row < rows {
        let pixel = first + row;
        let (image, place) = (pixel / (height * width), pixel % (height * width));
        let (oy, ox) = (place / width, place % width);
        let pixels = (width - ox).min(rows - row);
        parts.push(Part { image, oy, ox, row, pixels });
        row += pixels;
    }
    parts
}

/// The runs of a part, in order.
pub(crate) fn runs(d: &Descriptor, part: Part) -> impl Iterator<Item = Run> {
    let (taps, columns) = match d.taps_apart {
        true => (d.kernel_width, 1),
        false => (1, d.kernel_width),
    };
    let pixels = (part.pixels - 1) * d.stride_x as usize + columns as usize;
    let d = d.clone();
    (0..d.kernel_height).flat_map(move |ky| (0..taps).map(move |kx| (ky, kx))).map(
        move |(ky, kx)| {
            let y = part.oy as i64 * i64::from(d.stride_y) + i64::from(ky * d.dilation_y)
                - i64::from(d.pad_top);
            let x = part.ox as i64 * i64::from(d.stride_x) + i64::from(kx * d.dilation_x)
                - i64::from(d.pad_left);
            let inside = (0..i64::from(d.input_height)).contains(&y);
            Run { inside, ky: ky as usize, kx: kx as usize, x, pixels }
        },
    )
}

impl Machine {
    /// Hands out a run as `(data, count)`, one word of memory or of padding each.
    pub(crate) fn stream(
        &self,
        d: &Descriptor,
        part: Part,
        run: Run,
        sink: &mut impl FnMut(u16, usize),
    ) -> Result<(), InterpretError> {
        let mut sink = |data: u16, count: usize| sink(flipped(d, data), count);
        let row = i64::from(d.input_base)
            + part.image as i64 * i64::from(d.image_words)
            + part.oy as i64 * i64::from(d.row_step)
            + run.ky as i64 * i64::from(d.tap_row_step)
            - i64::from(d.lead);
        if d.pixel_words == 0 {
            return self.stream_dense(d, row, (part, run), &mut sink);
        }
        let start = row
            + part.ox as i64 * i64::from(d.pixel_step)
            + run.kx as i64 * i64::from(d.tap_pixel_step);
        for pixel in 0..run.pixels as i64 {
            let inside = run.inside && (0..i64::from(d.input_width)).contains(&(run.x + pixel));
            if inside {
                let address = start + pixel * i64::from(d.pixel_words);
                let offset = d.input_offset as usize;
                self.words(d, address, offset, d.channels as usize, &mut sink)?;
            } else {
                padding(d, d.channels as usize, &mut sink);
            }
        }
        Ok(())
    }

    fn stream_dense(
        &self,
        d: &Descriptor,
        row: i64,
        (part, run): (Part, Run),
        sink: &mut impl FnMut(u16, usize),
    ) -> Result<(), InterpretError> {
        let from = part.ox as i64 * i64::from(d.step) + run.kx as i64 * i64::from(d.tap_step)
            - i64::from(d.lead_operands);
        let to = from + (run.pixels * d.channels as usize) as i64;
        let end = i64::from(d.row_operands);
        if !run.inside {
            padding(d, (to - from) as usize, sink);
            return Ok(());
        }
        padding(d, (to.min(0) - from).max(0) as usize, sink);
        let (first, last) = (from.max(0), to.min(end));
        if first < last {
            let parts = d.mode.parts() as i64;
            let (address, offset) = (row + first / parts, (first % parts) as usize);
            self.words(d, address, offset, (last - first) as usize, sink)?;
        }
        padding(d, (to - from.max(end)).max(0) as usize, sink);
        Ok(())
    }

    /// Operands that follow each other from an operand of a word on.
    fn words(
        &self,
        d: &Descriptor,
        address: i64,
        offset: usize,
        operands: usize,
        sink: &mut impl FnMut(u16, usize),
    ) -> Result<(), InterpretError> {
        let parts = d.mode.parts();
        let (mut at, mut left) = (address, operands);
        let mut offset = offset;
        while left > 0 {
            let count = left.min(parts - offset);
            let word = self.read(d.layer, at)?;
            sink(word >> (offset * usize::from(d.mode.bits())), count);
            (at, left, offset) = (at + 1, left - count, 0);
        }
        Ok(())
    }
}

/// The top bit of each operand inverted, where inputs are unsigned.
fn flipped(d: &Descriptor, data: u16) -> u16 {
    match d.flip {
        true => data ^ repeated(d.mode, 1 << (d.mode.bits() - 1)),
        false => data,
    }
}

/// A word of one operand.
fn repeated(mode: Mode, operand: u16) -> u16 {
    let bits = bits(mode, operand, 0) & mask(mode);
    (0..mode.parts()).fold(0, |word, part| word | bits << (part * usize::from(mode.bits())))
}

fn padding(d: &Descriptor, operands: usize, sink: &mut impl FnMut(u16, usize)) {
    let word = repeated(d.mode, d.padding_value as u16);
    let parts = d.mode.parts();
    for start in (0..operands).step_by(parts) {
        sink(word, parts.min(operands - start));
    }
}
