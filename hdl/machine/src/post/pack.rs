//! Packs the values of a row into the words of its chunk.

use bitladder_blocks::Mode;
use bitladder_rtl::{ModuleBuilder, Sig, uint};

/// Words that hold `columns` channels of a pixel.
pub(crate) fn chunk_words(columns: u32, mode: Mode) -> u32 {
    (columns / mode.parts()).max(1)
}

/// The value for the mode that `mode` holds, out of those that exist.
pub(crate) fn by_mode<'m>(
    m: &'m ModuleBuilder,
    modes: &[Mode],
    mode: Sig<'m>,
    value: impl Fn(Mode) -> Sig<'m>,
) -> Sig<'m> {
    m.ignore(mode);
    let (last, others) = modes.split_last().expect("a checked configuration has a mode");
    let arms: Vec<_> = others.iter().map(|mode| (mode.code(), value(*mode))).collect();
    m.case(mode, &arms, value(*last))
}

/// A value with all bits that a word can take of it.
fn operand(value: Sig<'_>) -> Sig<'_> {
    value.sign_extend(value.width().max(16)).as_unsigned()
}

/// The words of a group with the chunk at each place where it can lie; the write mask chooses.
pub(super) fn pack<'m>(
    m: &'m ModuleBuilder,
    modes: &[Mode],
    mode: Sig<'m>,
    values: &[Sig<'m>],
) -> Vec<Sig<'m>> {
    let columns = values.len() as u32;
    let word = |column: u32| {
        by_mode(m, modes, mode, |mode| {
            let first = column % chunk_words(columns, mode) * mode.parts();
            let held = mode.parts().min(columns);
            let parts = (first..first + held).rev();
            let parts: Vec<_> =
                parts.map(|c| operand(values[c as usize]).truncate(mode.bits())).collect();
            m.cat(&parts).zero_extend(16)
        })
    };
    (0..columns).map(word).collect()
}

/// The words that a chunk takes, from its place in the group.
pub(super) fn mask<'m>(
    m: &'m ModuleBuilder,
    modes: &[Mode],
    mode: Sig<'m>,
    place: Option<Sig<'m>>,
    columns: u32,
) -> Sig<'m> {
    let all = uint(columns);
    let Some(place) = place else { return m.ones(all) };
    by_mode(m, modes, mode, |mode| {
        let words = chunk_words(columns, mode);
        let lowest = m.lit_bits(all, bitladder_rtl::mask(words));
        // The low bits of the place are 0: chunks lie at multiples of their size.
        match place.width().checked_sub(words.ilog2()).filter(|bits| *bits > 0) {
            Some(_) => {
                let aligned = place.shift_right(words.ilog2()).shift_left(words.ilog2());
                lowest.shift_left_by(aligned)
            }
            None => lowest,
        }
    })
}
