//! A convolution as the tests see it: geometry, memory images, descriptor fields, and the sums that
//! must come out, computed directly.

use bitladder_blocks::{Mode, WeightKind, word_dot};
use bitladder_spec::{SplitMix64, weight_code};

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
    fn sub_words(&self) -> usize {
        match (self.kind, self.mode) {
            (_, Mode::Binary) | (WeightKind::Fixed, _) => 1,
            (WeightKind::PowerOfTwo, _) => 2,
            (WeightKind::Qsq, _) => 4,
            (WeightKind::Ternary, mode) => 8 / mode.parts() as usize,
        }
    }

    fn groups(&self) -> usize {
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
        let [height, width] = self.output();
        let apart = self.dilation[1] > 1;
        let tap = if self.dense { self.channels } else { pixel };
        let tiles = self.pixels().div_ceil(rows);
        vec![
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
        ]
    }

    /// The operand at a tap, as lanes see it.
    fn operand(&self, input: &[u16], columns: usize, [image, y, x, c]: [isize; 4]) -> u16 {
        let bits = self.mode.bits();
        let mask = 0xffff >> (16 - bits);
        let inside =
            (0..self.image[0] as isize).contains(&y) && (0..self.image[1] as isize).contains(&x);
        let stored = match inside {
            false => self.padding_value & mask,
            true => {
                let row = (image as usize * self.image[0] + y as usize) * self.row_words(columns);
                let (x, c) = (x as usize, c as usize);
                let (word, part) = match self.dense {
                    true => (0, x * self.channels + c),
                    false => (x * self.pixel_words(columns), self.offset + c),
                };
                let word = input[row + word + part / self.parts()];
                word >> (part % self.parts() * bits as usize) & mask
            }
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

/// Where a layer's data begin.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bases {
    pub(crate) input: usize,
    pub(crate) weights: usize,
    pub(crate) scalars: usize,
}

/// The memory images of a layer, and the weights that they hold.
pub(crate) struct Data {
    pub(crate) input: Vec<u16>,
    /// Groups of `columns` words.
    pub(crate) weights: Vec<Vec<u16>>,
    pub(crate) scalars: Vec<u64>,
    /// Word `k` of filter `f`, as coded.
    codes: Vec<Vec<u16>>,
    /// Scalar of vector `v` for filter `f`.
    scales: Vec<Vec<u16>>,
}

/// A word of weight codes that all have a meaning.
fn code(conv: &Conv, noise: &mut SplitMix64) -> u16 {
    match conv.kind {
        _ if conv.mode == Mode::Binary => noise.next_u64() as u16,
        WeightKind::Fixed => noise.next_u64() as u16,
        WeightKind::PowerOfTwo => noise.below(33) as u16,
        WeightKind::Ternary => {
            let parts = 0..conv.mode.parts();
            parts.fold(0, |word, part| word | [0, 1, 3][noise.below(3) as usize] << (2 * part))
        }
        WeightKind::Qsq => noise.below(8) as u16,
    }
}

impl Data {
    pub(crate) fn random(conv: &Conv, columns: usize, noise: &mut SplitMix64) -> Data {
        let input = (0..conv.size(columns)).map(|_| noise.next_u64() as u16).collect();
        let filters = conv.passes(columns) * columns;
        let codes: Vec<Vec<u16>> =
            (0..filters).map(|_| (0..conv.words()).map(|_| code(conv, noise)).collect()).collect();
        let scale = |noise: &mut SplitMix64| noise.below(1 << 13) as u16;
        let scales: Vec<Vec<u16>> =
            (0..filters).map(|_| (0..conv.vectors()).map(|_| scale(noise)).collect()).collect();
        let (sub, width) = (conv.sub_words(), 16 / conv.sub_words());
        let mut weights = Vec::new();
        for (pass, group) in
            (0..conv.passes(columns)).flat_map(|t| (0..conv.groups()).map(move |g| (t, g)))
        {
            let word = |filter: usize| {
                let words = codes[filter].iter().skip(group * sub).take(sub).enumerate();
                words.fold(0, |all, (index, word)| all | word << (index * width))
            };
            weights.push((0..columns).map(|c| word(pass * columns + c)).collect());
        }
        let mut scalars = Vec::new();
        for (pass, vector) in
            (0..conv.passes(columns)).flat_map(|t| (0..conv.vectors()).map(move |v| (t, v)))
        {
            let all: Vec<u16> = (0..columns).map(|c| scales[pass * columns + c][vector]).collect();
            let entry = |four: &[u16]| {
                four.iter().rev().fold(0, |entry, scalar| entry << 16 | u64::from(*scalar))
            };
            scalars.extend(all.chunks(4).map(entry));
        }
        Data { input, weights, scalars, codes, scales }
    }

    /// The sum of an output pixel and filter.
    pub(crate) fn sum(&self, conv: &Conv, patch: &[u16], filter: usize) -> i64 {
        let word = |(k, activations): (usize, &u16)| {
            let code = self.codes[filter][k];
            if conv.kind != WeightKind::Qsq {
                return word_dot(conv.mode, conv.kind, *activations, code).unwrap();
            }
            let (tap, c) = (k / conv.channels, k % conv.channels);
            let vector = tap * conv.channels.div_ceil(conv.vector) + c / conv.vector;
            let scale = i64::from(self.scales[filter][vector]);
            let factor = i64::from(weight_code::qsq_decode(code).unwrap());
            i64::from(*activations as i16) * scale * factor
        };
        patch.iter().enumerate().map(word).sum()
    }
}
