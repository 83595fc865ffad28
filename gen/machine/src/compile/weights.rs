//! Weights as the words of weight memory.

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
        Ok(Self { weights, integers, kind, mode, vector_length })
    }

    /// The code of a weight, or of the weight 0.
    fn code(&self, index: Option<usize>) -> u16 {
        let value = index.map_or(0, |index| self.integers[index]);
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
    pub(super) fn word(&self, operands: &[Option<usize>]) -> u16 {
        let bits = self.kind.code_bits(self.mode);
        let parts =
            (0..self.mode.parts()).zip(operands.iter().copied().chain(std::iter::repeat(None)));
        parts.fold(0, |word, (part, index)| word | self.code(index) << (part as u32 * bits))
    }

    /// Packs a pass's words of one column, `S` to a word of memory.
    pub(super) fn packed(&self, words: &[u16]) -> Vec<u16> {
        let sub_words = self.kind.sub_words(self.mode);
        let bits = 16 / sub_words;
        let pack = |words: &[u16]| {
            words.iter().rev().fold(0u32, |packed, word| packed << bits | u32::from(*word)) as u16
        };
        words.chunks(sub_words).map(pack).collect()
    }
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
