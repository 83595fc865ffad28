//! Weights as the words of weight memory.

use bitladder_spec::nested::NestedDigits;
use bitladder_spec::{VectorAxis, VectorLayout, WeightFormat, Weights, weight_code};

use super::CompileError;
use crate::config::ArrayConfig;
use crate::isa::{Mode, WeightKind};

/// A layer's weights with what they stand for.
pub(super) struct Coded<'a> {
    pub(super) weights: &'a Weights,
    pub(super) integers: Vec<i32>,
    pub(super) kind: WeightKind,
    pub(super) mode: Mode,
    /// Words that share a scalar of the 3-bit code.
    pub(super) vector_length: usize,
    /// Weights are stored in parts, of which the machine reads the mode's.
    pub(super) nested: bool,
    /// Signed digits that the machine keeps; 0 if that is done already, or nothing is to be done.
    pub(super) quality: u8,
    /// What is stored, before it is narrowed or loses digits.
    stored: Vec<i32>,
}

impl<'a> Coded<'a> {
    /// Chooses how weights are stored. `ordered` says whether the reduction runs along the input
    /// channels as vectors of the 3-bit code do.
    pub(super) fn new(
        layer: &str,
        weights: &'a Weights,
        mode: Mode,
        array: &ArrayConfig,
        ordered: bool,
    ) -> Result<Self, CompileError> {
        let integers = weights.integers();
        let half = 1i32 << (mode.bits() - 1);
        let fits = mode == Mode::Binary || integers.iter().all(|w| (-half..half).contains(w));
        let has = |kind| array.weight_kinds.contains(&kind);
        let vector_length = vector_length(weights, array.columns).filter(|_| ordered);
        let wanted = match weights.format() {
            WeightFormat::PowerOfTwo => WeightKind::PowerOfTwo,
            WeightFormat::Qsq { .. } if vector_length.is_some() => WeightKind::Qsq,
            WeightFormat::Ternary | WeightFormat::Binary if mode != Mode::Binary => {
                WeightKind::Ternary
            }
            _ => WeightKind::Fixed,
        };
        let kind = match has(wanted) {
            true => wanted,
            false if has(WeightKind::Fixed) && fits => WeightKind::Fixed,
            false => {
                let (layer, available) = (layer.to_owned(), array.weight_kinds.clone());
                return Err(CompileError::Weights { layer, kind: wanted, mode, available });
            }
        };
        let vector_length = vector_length.filter(|_| kind == WeightKind::Qsq).unwrap_or(0);
        let (nested, quality, stored) = views(weights, &integers, (mode, kind), array);
        Ok(Self { weights, integers, kind, mode, vector_length, nested, quality, stored })
    }

    /// The groups of a pass in one column.
    pub(super) fn column(&self, filter: &[Option<usize>]) -> Vec<u16> {
        if self.nested {
            return filter.chunks(4).flat_map(|block| self.parts(block)).collect();
        }
        let words: Vec<u16> =
            filter.chunks(self.mode.parts()).map(|part| self.word(part)).collect();
        self.packed(&words)
    }

    /// Four nested weights: their upper nibbles, the nibbles below, and two pairs of bytes.
    fn parts(&self, block: &[Option<usize>]) -> [u16; 4] {
        let mut groups = [0u16; 4];
        for (place, index) in block.iter().enumerate() {
            let Some(index) = index else { continue };
            let digits = NestedDigits::of(self.stored[*index]);
            let nibble = |value: i8| weight_code::fixed_encode(value.into(), 4) << (place * 4);
            groups[0] |= nibble(digits.high);
            groups[1] |= nibble(digits.middle);
            groups[2 + place / 2] |=
                weight_code::fixed_encode(digits.low.into(), 8) << (place % 2 * 8);
        }
        groups
    }

    /// The code of a weight, or of the weight 0.
    fn code(&self, index: Option<usize>) -> u16 {
        let value = index.map_or(0, |index| self.stored[index]);
        match self.kind {
            WeightKind::Qsq => index.map_or(0, |index| self.weights.codes()[index]),
            // The weights' own format has a code for each of these values, and for 0.
            WeightKind::PowerOfTwo => weight_code::power_encode(value).unwrap_or(0b10_0000),
            WeightKind::Ternary => weight_code::fixed_encode(value, 2),
            WeightKind::Fixed if self.mode == Mode::Binary => u16::from(value > 0),
            WeightKind::Fixed => weight_code::fixed_encode(value, self.mode.bits()),
        }
    }

    /// The word that multiplies the given operands; `None` is no weight.
    fn word(&self, operands: &[Option<usize>]) -> u16 {
        let bits = self.kind.code_bits(self.mode);
        let parts =
            (0..self.mode.parts()).zip(operands.iter().copied().chain(std::iter::repeat(None)));
        parts.fold(0, |word, (part, index)| word | self.code(index) << (part as u32 * bits))
    }

    /// Packs a pass's words of one column, `S` to a word of memory.
    fn packed(&self, words: &[u16]) -> Vec<u16> {
        let sub_words = self.kind.sub_words(self.mode);
        let bits = 16 / sub_words;
        let pack = |words: &[u16]| {
            words.iter().rev().fold(0u32, |packed, word| packed << bits | u32::from(*word)) as u16
        };
        words.chunks(sub_words).map(pack).collect()
    }
}

/// Whether weights are stored in parts, the digits the machine keeps of them, and what is stored.
/// Both happen to operands as wide as the mode's; other weights are stored as they are used.
fn views(
    weights: &Weights,
    integers: &[i32],
    (mode, kind): (Mode, WeightKind),
    array: &ArrayConfig,
) -> (bool, u8, Vec<i32>) {
    let (bits, of_parts) = match weights.format() {
        WeightFormat::Nested { bits } => (bits, array.nested),
        WeightFormat::Fixed { bits } => (bits, false),
        _ => (0, false),
    };
    let whole = kind == WeightKind::Fixed && mode != Mode::Binary && bits == mode.bits();
    let quality = if whole && array.quality { weights.quality() } else { 0 };
    let nested = whole && of_parts && quality == weights.quality();
    if nested {
        let codes = weights.codes().iter();
        return (true, quality, codes.map(|code| weight_code::fixed_decode(*code, 16)).collect());
    }
    let full = (quality > 0).then(|| weights.clone().with_quality(0));
    let stored = match full {
        Some(Ok(full)) => full.integers(),
        _ => integers.to_vec(),
    };
    (false, quality, stored)
}

/// Vectors worth their scalars: along the channels, and long enough that fetching a set of scalars
/// keeps up with the array.
fn vector_length(weights: &Weights, columns: usize) -> Option<usize> {
    let WeightFormat::Qsq { layout: VectorLayout { axis: VectorAxis::Channel, length }, .. } =
        weights.format()
    else {
        return None;
    };
    let channels = weights.shape()[1];
    let length = if length == 0 { channels } else { channels.min(length as usize) };
    (length > 1 && 4 * length >= columns).then_some(length)
}
