//! Operands of a chunk, out of the group it lies in.

use bitladder_blocks::Mode;
use bitladder_rtl::{ModuleBuilder, Sig, Ty, sint};

use crate::post::{by_mode, chunk_words};

/// An operand with either sign.
pub(super) const OPERAND: Ty = sint(17);

/// The operand of channel `column` of the chunk at `place` (absent if a group is one word).
pub(super) fn operand<'m>(
    m: &'m ModuleBuilder,
    modes: &[Mode],
    [mode, signed]: [Sig<'m>; 2],
    (group, place): (&[Sig<'m>], Option<Sig<'m>>),
    column: u32,
) -> Sig<'m> {
    let columns = group.len() as u32;
    by_mode(m, modes, mode, |mode| {
        let words = chunk_words(columns, mode);
        let word = |chunk: u32| group[(chunk * words + column / mode.parts()) as usize];
        let low = column % mode.parts() * mode.bits();
        let part = |chunk: u32| word(chunk).bits(low, mode.bits());
        let chunks = columns / words;
        let bits = match place.filter(|_| chunks > 1) {
            Some(place) => {
                let chunk = place.slice(place.width() - 1, words.ilog2());
                m.select(chunk, &(0..chunks).map(part).collect::<Vec<_>>())
            }
            None => part(0),
        };
        let top = bits.msb() & signed;
        top.cat(bits).as_signed().sign_extend(OPERAND.width)
    })
}
