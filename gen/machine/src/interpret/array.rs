//! Convolutions: patches, lanes, sums.

use bitladder_spec::weight_code;

use super::observer::{LanePlace, Observer, Step};
use super::operands::in_lane;
use super::packer::RowPacker;
use super::{InterpretError, Machine, parts, runs};
use crate::isa::{Descriptor, Mode, WeightKind};

/// Weights of one pass as the lanes multiply them: column by column, operand by operand.
type PassWeights = Vec<Vec<i32>>;

impl Machine {
    pub(super) fn conv(
        &mut self,
        d: &Descriptor,
        observer: &mut dyn Observer,
    ) -> Result<(), InterpretError> {
        if d.quality != 0 {
            return Err(InterpretError::Quality { layer: d.layer, quality: d.quality });
        }
        let rows = self.config.array.rows;
        let passes = 0..d.passes as usize;
        let weights =
            passes.map(|pass| self.pass_weights(d, pass)).collect::<Result<Vec<_>, _>>()?;
        for tile in 0..d.tiles as usize {
            let last = tile + 1 == d.tiles as usize;
            let at_work = if last { d.last_rows as usize } else { rows };
            let patches = self.patches(d, tile, at_work, observer)?;
            for (pass, weights) in weights.iter().enumerate() {
                // The last row leaves the array first.
                for row in (0..at_work).rev() {
                    let place = LanePlace { layer: d.layer, tile, pass, row, column: 0 };
                    let sums = self.sums(d, place, &patches[row], weights, observer)?;
                    self.post(d, (tile * rows + row, pass), &sums, observer)?;
                }
            }
        }
        Ok(())
    }

    /// The patches of a tile, as the rows' buffers hold them.
    fn patches(
        &self,
        d: &Descriptor,
        tile: usize,
        at_work: usize,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Vec<u16>>, InterpretError> {
        let mut packers: Vec<RowPacker> = (0..at_work).map(|_| RowPacker::new(d.mode)).collect();
        for part in parts(d, tile * self.config.array.rows, at_work) {
            let packers = &mut packers[part.row..part.row + part.pixels];
            for run in runs(d, part) {
                for (row, packer) in packers.iter_mut().enumerate() {
                    packer.begin(row * d.step as usize, d.take as usize);
                }
                self.stream(d, part, run, &mut |data, count| {
                    packers.iter_mut().for_each(|packer| packer.push(data, count));
                })?;
            }
            packers.iter_mut().for_each(RowPacker::flush);
        }
        let patches: Vec<Vec<u16>> = packers.into_iter().map(RowPacker::finish).collect();
        for (row, patch) in patches.iter().enumerate() {
            let (found, wanted) = (patch.len(), d.patch_words as usize);
            if found != wanted {
                return Err(InterpretError::Patch { layer: d.layer, tile, row, found, wanted });
            }
            observer.patch(d.layer, tile, row, patch);
        }
        Ok(patches)
    }

    fn sums(
        &self,
        d: &Descriptor,
        place: LanePlace,
        patch: &[u16],
        weights: &PassWeights,
        observer: &mut dyn Observer,
    ) -> Result<Vec<i64>, InterpretError> {
        let parts = d.mode.parts();
        let operands: Vec<i32> = patch
            .iter()
            .flat_map(|word| (0..parts).map(move |part| in_lane(d.mode, *word, part)))
            .collect();
        let bits = self.config.array.sum_bits(d.mode);
        let half = 1i64 << (bits - 1);
        let mut sums = Vec::with_capacity(weights.len());
        for (column, weights) in weights.iter().enumerate() {
            let place = LanePlace { column, ..place };
            let sum = dot(&operands, weights);
            if observer.wants_steps(d.layer) {
                show_steps(place, patch, parts, (&operands, weights), observer);
            }
            if !(-half..half).contains(&sum) {
                return Err(InterpretError::Saturated { layer: d.layer, sum, bits });
            }
            observer.sum(place, sum);
            sums.push(sum);
        }
        Ok(sums)
    }

    /// Reads and decodes what weight memory holds for a pass.
    fn pass_weights(&self, d: &Descriptor, pass: usize) -> Result<PassWeights, InterpretError> {
        let columns = self.config.array.columns;
        let sub_words = d.weight_kind.sub_words(d.mode);
        let base = d.weight_base as usize + pass * d.pass_groups as usize;
        let column = |column: usize| {
            let mut weights = Vec::new();
            for k in 0..d.patch_words as usize {
                let address = (base + k / sub_words) * columns + column;
                let word = self.weight(d.layer, address)? >> (k % sub_words * (16 / sub_words));
                let scalar = self.scalar(d, pass, k, column)?;
                for part in 0..d.mode.parts() {
                    let bits = d.weight_kind.code_bits(d.mode);
                    let code = word >> (part as u32 * bits) & (0xffff >> (16 - bits));
                    let factor = decode(d.mode, d.weight_kind, code);
                    let layer = d.layer;
                    let factor = factor.ok_or(InterpretError::Code { layer, pass, k, code })?;
                    weights.push(factor * scalar);
                }
            }
            Ok(weights)
        };
        (0..columns).map(column).collect()
    }

    /// The scalar of the 3-bit code for a word; 1 for other kinds.
    fn scalar(
        &self,
        d: &Descriptor,
        pass: usize,
        k: usize,
        column: usize,
    ) -> Result<i32, InterpretError> {
        if d.weight_kind != WeightKind::Qsq {
            return Ok(1);
        }
        let (channels, length) = (d.channels as usize, d.vector_length.max(1) as usize);
        let sets_of_tap = channels.div_ceil(length);
        let taps = (d.kernel_height * d.kernel_width) as usize;
        let set = (pass * taps + k / channels) * sets_of_tap + k % channels / length;
        let entries = self.config.array.columns.div_ceil(4);
        let address = d.scalar_base as usize + set * entries + column / 4;
        let entry = self.parameter(d.layer, address)?;
        Ok(i32::from((entry >> (column % 4 * 16)) as u16))
    }
}

fn decode(mode: Mode, kind: WeightKind, code: u16) -> Option<i32> {
    match kind {
        WeightKind::Fixed if mode == Mode::Binary => weight_code::binary_decode(code),
        WeightKind::Fixed => Some(weight_code::fixed_decode(code, mode.bits())),
        WeightKind::PowerOfTwo => weight_code::power_decode(code),
        WeightKind::Ternary => weight_code::ternary_decode(code),
        WeightKind::Qsq => weight_code::qsq_decode(code),
    }
}

fn dot(operands: &[i32], weights: &[i32]) -> i64 {
    operands.iter().zip(weights).map(|(a, w)| i64::from(*a) * i64::from(*w)).sum()
}

fn show_steps(
    place: LanePlace,
    patch: &[u16],
    parts: usize,
    (operands, weights): (&[i32], &[i32]),
    observer: &mut dyn Observer,
) {
    let mut sum = 0;
    let words = operands.chunks(parts).zip(weights.chunks(parts));
    for (k, (activations, (operands, weights))) in patch.iter().copied().zip(words).enumerate() {
        sum += dot(operands, weights);
        observer.step(Step { place, k, activations, sum });
    }
}
