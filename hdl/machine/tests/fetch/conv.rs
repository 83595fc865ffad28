//! A convolution as the tests see it: geometry, descriptor fields, and the patches that must come
//! out, computed directly.

use bitladder_blocks::{Mode, WeightKind};

use crate::data::Bases;

/// Geometry and coding of a layer.
#[derive(Debug, Clone)]
pub(crate) struct Conv {
    pub(crate) mode: Mode,
    pub(crate) kind: WeightKind,
    pub(crate) images: usize,
    /// Height, width.
    pub(crate) image: [usize; 2],
    /// Operands read of each pixel.
    pub(crate) channels: usize,
    /// Channels of the result.
    pub(crate) filters: usize,
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    /// Top, left, bottom, right.
    pub(crate) padding: [usize; 4],
    /// Operands follow each other over a row.
    pub(crate) dense: bool,
    /// Operand of a pixel's first word where the channels begin.
    pub(crate) offset: usize,
    pub(crate) flip: bool,
    pub(crate) padding_value: u16,
    /// Words that share a scalar of the 3-bit code.
    pub(crate) vector: usize,
}

impl Conv {
    /// A square kernel over one image, nothing special.
    pub(crate) fn plain(
        mode: Mode,
        side: usize,
        channels: usize,
        filters: usize,
        kernel: usize,
    ) -> Conv {
        Conv {
            mode,
            kind: WeightKind::Fixed,
            images: 1,
            image: [side; 2],
            channels,
            filters,
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: [0; 4],
            dense: true,
            offset: 0,
            flip: false,
            padding_value: 0,
            vector: 8,
        }
    }

    pub(crate) fn output(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            let padded = self.image[axis] + self.padding[axis] + self.padding[axis + 2];
            (padded - reach) / self.stride[axis] + 1
        })
    }

    pub(crate) fn fits(&self) -> bool {
        [0, 1].into_iter().all(|axis| {
            let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            reach <= self.image[axis] + self.padding[axis] + self.padding[axis + 2]
        })
    }

    pub(crate) fn pixels(&self) -> usize {
        self.images * self.output()[0] * self.output()[1]
    }

    fn parts(&self) -> usize {
        self.mode.parts() as usize
    }

    /// Words of a patch.
    pub(crate) fn words(&self) -> usize {
        (self.kernel[0] * self.kernel[1] * self.channels).div_ceil(self.parts())
    }

    /// Words from pixel to pixel; 0 if dense.
    fn pixel_words(&self, columns: usize) -> usize {
        let chunk = (columns / self.parts()).max(1);
        let needed = (self.offset + self.channels).div_ceil(self.parts());
        if self.dense { 0 } else { needed.next_multiple_of(chunk) }
    }

    fn row_words(&self, columns: usize) -> usize {
        match self.pixel_words(columns) {
            0 => (self.image[1] * self.channels).div_ceil(self.parts()),
            words => words * self.image[1],
        }
    }

    /// Words of all images.
    pub(crate) fn size(&self, columns: usize) -> usize {
        self.images * self.image[0] * self.row_words(columns)
    }

    /// Sub-words of a word of weight memory.
    pub(crate) fn sub_words(&self) -> usize {
        match (self.kind, self.mode) {
            (_, Mode::Binary) | (WeightKind::Fixed, _) => 1,
            (WeightKind::PowerOfTwo, _) => 2,
            (WeightKind::Qsq, _) => 4,
            (WeightKind::Ternary, mode) => 8 / mode.parts() as usize,
        }
    }

    /// The bits of a word of codes.
    pub(crate) fn code_mask(&self) -> u16 {
        0xffff >> (16 - 16 / self.sub_words())
    }

    pub(crate) fn groups(&self) -> usize {
        self.words().div_ceil(self.sub_words())
    }

    pub(crate) fn passes(&self, columns: usize) -> usize {
        self.filters.div_ceil(columns)
    }

    pub(crate) fn vectors(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.channels.div_ceil(self.vector)
    }

    /// Fields of the descriptor, for an array of `rows` by `columns`.
    pub(crate) fn fields(
        &self,
        [rows, columns]: [usize; 2],
        at: Bases,
    ) -> Vec<(&'static str, usize)> {
        let (pixel, row) = (self.pixel_words(columns), self.row_words(columns));
        let apart = self.dilation[1] > 1;
        let tap = if self.dense { self.channels } else { pixel };
        let tiles = self.pixels().div_ceil(rows);
        let mut all = self.geometry();
        all.extend([
            ("mode", self.mode.code() as usize),
            ("weight_kind", self.kind.code() as usize),
            ("flip", usize::from(self.flip)),
            ("taps_apart", usize::from(apart)),
            ("input_base", at.input),
            ("input_offset", self.offset),
            ("pixel_words", pixel),
            ("image_words", row * self.image[0]),
            ("row_step", self.stride[0] * row),
            ("tap_row_step", self.dilation[0] * row),
            ("pixel_step", self.stride[1] * pixel),
            ("tap_pixel_step", self.dilation[1] * tap),
            ("lead", self.padding[0] * row + self.padding[1] * pixel),
            ("passes", self.passes(columns)),
            ("tiles", tiles),
            ("last_rows", self.pixels() - (tiles - 1) * rows),
            ("patch_words", self.words()),
            ("step", self.stride[1] * self.channels),
            ("take", if apart { self.channels } else { self.kernel[1] * self.channels }),
            ("lead_operands", self.padding[1] * self.channels),
            ("row_operands", self.image[1] * self.channels),
            ("weight_base", at.weights),
            ("scalar_base", at.scalars),
            ("vector_length", self.vector),
        ]);
        all
    }

    /// Fields that do not depend on the array.
    fn geometry(&self) -> Vec<(&'static str, usize)> {
        let [height, width] = self.output();
        vec![
            ("channels", self.channels),
            ("padding_value", self.padding_value.into()),
            ("input_height", self.image[0]),
            ("input_width", self.image[1]),
            ("kernel_height", self.kernel[0]),
            ("kernel_width", self.kernel[1]),
            ("stride_y", self.stride[0]),
            ("stride_x", self.stride[1]),
            ("dilation_y", self.dilation[0]),
            ("dilation_x", self.dilation[1]),
            ("pad_top", self.padding[0]),
            ("pad_left", self.padding[1]),
            ("output_height", height),
            ("output_width", width),
            ("total_pixels", self.pixels()),
        ]
    }

    /// The operands that a part of `n` output pixels from `pixel` on needs, in the streamer's
    /// order: word of memory and operand in it, or padding. Cut into stretches: pixels, or what
    /// a dense run has left of the image, in it and right of it.
    pub(crate) fn runs(
        &self,
        pixel: usize,
        n: usize,
        columns: usize,
        base: usize,
    ) -> Vec<Vec<Option<(usize, usize)>>> {
        let [height, width] = self.output();
        let (x, y, image) = (pixel % width, pixel / width % height, pixel / width / height);
        let apart = self.dilation[1] > 1;
        let (taps, wide) = if apart { (self.kernel[1], 1) } else { (1, self.kernel[1]) };
        let mut all = Vec::new();
        for (ky, kx) in (0..self.kernel[0]).flat_map(|ky| (0..taps).map(move |kx| (ky, kx))) {
            let row = (y * self.stride[0] + ky * self.dilation[0]) as isize;
            let first = (x * self.stride[1] + kx * self.dilation[1]) as isize;
            let pixel = |step: usize| {
                let line = row - self.padding[0] as isize;
                let at = first + step as isize - self.padding[1] as isize;
                let place = |c: usize| {
                    let (word, part) =
                        self.place(columns, [image as isize, line, at, c as isize])?;
                    Some((base + word, part))
                };
                (0..self.channels).map(place).collect::<Vec<_>>()
            };
            let pixels = (0..(n - 1) * self.stride[1] + wide).map(pixel);
            if self.dense {
                let run = pixels.collect::<Vec<_>>().concat();
                all.extend(run.chunk_by(|a, b| a.is_some() == b.is_some()).map(<[_]>::to_vec));
            } else {
                all.extend(pixels);
            }
        }
        all
    }

    /// Word of the image memory and operand in it; `None` outside the image.
    fn place(&self, columns: usize, [image, y, x, c]: [isize; 4]) -> Option<(usize, usize)> {
        let inside =
            (0..self.image[0] as isize).contains(&y) && (0..self.image[1] as isize).contains(&x);
        if !inside {
            return None;
        }
        let row = (image as usize * self.image[0] + y as usize) * self.row_words(columns);
        let (x, c) = (x as usize, c as usize);
        let (word, part) = match self.dense {
            true => (0, x * self.channels + c),
            false => (x * self.pixel_words(columns), self.offset + c),
        };
        Some((row + word + part / self.parts(), part % self.parts()))
    }

    /// The operand at a tap, as lanes see it.
    fn operand(&self, input: &[u16], columns: usize, tap: [isize; 4]) -> u16 {
        let bits = self.mode.bits();
        let mask = 0xffff >> (16 - bits);
        let stored = match self.place(columns, tap) {
            None => self.padding_value & mask,
            Some((word, part)) => input[word] >> (part as u32 * bits) & mask,
        };
        if self.flip { stored ^ 1 << (bits - 1) } else { stored }
    }

    /// The words of the patch of an output pixel; what is left of the last word is zero.
    pub(crate) fn patch(&self, input: &[u16], columns: usize, pixel: usize) -> Vec<u16> {
        let [height, width] = self.output();
        let (x, y, image) = (pixel % width, pixel / width % height, pixel / width / height);
        let at = |axis: usize, out: usize, tap: usize| {
            (out * self.stride[axis] + tap * self.dilation[axis]) as isize
                - self.padding[axis] as isize
        };
        let mut words = vec![0; self.words()];
        let mut index = 0;
        for ky in 0..self.kernel[0] {
            for kx in 0..self.kernel[1] {
                for c in 0..self.channels {
                    let place = [image as isize, at(0, y, ky), at(1, x, kx), c as isize];
                    let operand = self.operand(input, columns, place);
                    words[index / self.parts()] |=
                        operand << (index % self.parts() * self.mode.bits() as usize);
                    index += 1;
                }
            }
        }
        words
    }
}
