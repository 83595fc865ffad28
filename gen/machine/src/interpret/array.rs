//! Convolutions: patches, lanes, sums.

use bitladder_spec::nested::NestedDigits;
use bitladder_spec::{csd, weight_code};

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
        self.views(d)?;
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
        if d.nested {
            return self.nested_weights(d, pass);
        }
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
                    weights.push(kept(d, factor * scalar));
                }
            }
            Ok(weights)
        };
        (0..columns).map(column).collect()
    }

    /// Whether the machine has what the layer's weights go through.
    fn views(&self, d: &Descriptor) -> Result<(), InterpretError> {
        let array = &self.config.array;
        for (field, value, there) in
            [("nested", d.nested.into(), array.nested), ("quality", d.quality, array.quality)]
        {
            if value != 0 && !there {
                return Err(InterpretError::Field { layer: d.layer, field, value });
            }
        }
        Ok(())
    }

    /// Reads the parts of nested weights that the mode uses.
    fn nested_weights(&self, d: &Descriptor, pass: usize) -> Result<PassWeights, InterpretError> {
        let columns = self.config.array.columns;
        let base = d.weight_base as usize + pass * d.pass_groups as usize;
        let column = |column: usize| {
            let mut weights = Vec::new();
            for operand in 0..d.patch_words as usize * d.mode.parts() {
                let part = |group: usize| {
                    self.weight(d.layer, (base + operand / 4 * 4 + group) * columns + column)
                };
                let nibble = |word: u16| weight_code::fixed_decode(word >> (operand % 4 * 4), 4);
                let byte = |word: u16| weight_code::fixed_decode(word >> (operand % 2 * 8), 8);
                // Parts that are not used are not read: they may lie outside the memory.
                let finer = |bits: u8, group: usize| {
                    if d.mode.bits() >= bits { part(group) } else { Ok(0) }
                };
                let digits = NestedDigits {
                    high: nibble(part(0)?) as i8,
                    middle: nibble(finer(8, 1)?) as i8,
                    low: byte(finer(16, 2 + operand % 4 / 2)?) as i8,
                };
                weights.push(kept(d, digits.used(d.mode.bits())));
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

/// What the layer's quality leaves of a weight.
fn kept(d: &Descriptor, weight: i32) -> i32 {
    let digits = d.quality as u8;
    let plain = d.weight_kind == WeightKind::Fixed && d.mode != Mode::Binary;
    if digits > 0 && plain { csd::truncate(weight, d.mode.bits(), digits) } else { weight }
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
