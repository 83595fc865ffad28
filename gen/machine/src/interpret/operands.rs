//! Operands within words.

use crate::isa::Mode;

/// The bits of an operand.
pub(super) fn bits(mode: Mode, word: u16, operand: usize) -> u16 {
    let width = u32::from(mode.bits());
    word >> (operand as u32 * width) & mask(mode)
}

/// Ones over the width of an operand.
pub(super) fn mask(mode: Mode) -> u16 {
    0xffff >> (16 - mode.bits())
}

/// An operand as a stored integer.
pub(super) fn stored(mode: Mode, word: u16, operand: usize, signed: bool) -> i32 {
    let bits = bits(mode, word, operand);
    let unused = 16 - u32::from(mode.bits());
    match signed {
        true => i32::from(((bits << unused) as i16) >> unused),
        false => i32::from(bits),
    }
}

/// An operand as the lanes multiply it.
pub(super) fn in_lane(mode: Mode, word: u16, operand: usize) -> i32 {
    match mode {
        Mode::Binary => 2 * i32::from(bits(mode, word, operand)) - 1,
        _ => stored(mode, word, operand, true),
    }
}

/// A word from operands, the first lowest; missing ones are zero.
pub(super) fn pack(mode: Mode, values: &[i32]) -> u16 {
    let width = usize::from(mode.bits());
    let place = |(index, value): (usize, &i32)| (*value as u16 & mask(mode)) << (index * width);
    values.iter().enumerate().map(place).fold(0, |word, bits| word | bits)
}
