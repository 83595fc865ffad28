//! Random data of a layer, as memories hold it, and the sums that it must give.

use bitladder_blocks::{Mode, WeightKind, word_dot};
use bitladder_spec::{SplitMix64, weight_code};

use crate::conv::Conv;

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

    /// Word `k` of a filter, as coded.
    pub(crate) fn code(&self, filter: usize, k: usize) -> u16 {
        self.codes[filter][k]
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
