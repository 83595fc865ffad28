//! The larger operands of two words, in every mode, with one adder.
//!
//! `a >= b` is the carry out of `a + !b + 1`. One more bit stands above each part of the word: it
//! passes the carry on within an operand, or starts anew at the border of two.

use bitladder_blocks::Mode;
use bitladder_rtl::{BIT, ModuleBuilder, Sig, uint};

use crate::post::by_mode;

/// The modes and what a layer says about operands.
pub(super) struct Operands<'a, 'm> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) modes: &'a [Mode],
    pub(super) mode: Sig<'m>,
    /// Operands are two's complement.
    pub(super) signed: Sig<'m>,
}

impl<'m> Operands<'_, 'm> {
    /// Parts of a word: the operands of the narrowest mode.
    fn parts(&self) -> u32 {
        self.modes.iter().map(|mode| mode.parts()).max().unwrap_or(1)
    }

    /// A constant for each mode.
    fn choose(&self, width: u32, value: impl Fn(Mode) -> u128) -> Sig<'m> {
        let lit = |mode| self.m.lit_bits(uint(width), value(mode));
        by_mode(self.m, self.modes, self.mode, lit)
    }

    /// Signed operands in the order of unsigned ones: their top bits flipped.
    fn ordered(&self, word: Sig<'m>) -> Sig<'m> {
        let tops = |mode: Mode| (1..=mode.parts()).map(|n| 1 << (n * mode.bits() - 1)).sum();
        word ^ (self.choose(16, tops) & self.signed.repeat(16))
    }

    /// For each part, whether the operand it belongs to is at least as large in `a` as in `b`.
    fn at_least(&self, a: Sig<'m>, b: Sig<'m>) -> Vec<Sig<'m>> {
        let (m, parts) = (self.m, self.parts());
        let bits = 16 / parts;
        let (a, b) = (self.ordered(a), !self.ordered(b));
        let one = m.ones(BIT);
        // The lowest bit makes the carry in, the highest shows the carry out.
        let (mut left, mut right) = (vec![one], vec![one]);
        let starts = |part: u32| {
            self.choose(1, |mode| u128::from((part * bits).is_multiple_of(mode.bits())))
        };
        for part in 0..parts {
            if part > 0 {
                left.push(one);
                right.push(starts(part));
            }
            left.push(a.bits(part * bits, bits));
            right.push(b.bits(part * bits, bits));
        }
        let joined = |mut list: Vec<Sig<'m>>| {
            list.reverse();
            m.cat(&list)
        };
        let sum = joined(left).widening_add(joined(right));
        let carry = |part: u32| {
            let above = sum.bit((part + 1) * (bits + 1));
            if part + 1 == parts { above } else { !(above ^ starts(part + 1)) }
        };
        let top = |part: u32, mode: Mode| {
            let held = parts / mode.parts();
            carry(part / held * held + held - 1)
        };
        (0..parts).map(|part| by_mode(m, self.modes, self.mode, |mode| top(part, mode))).collect()
    }

    /// The larger operands.
    pub(super) fn largest(&self, a: Sig<'m>, b: Sig<'m>) -> Sig<'m> {
        let bits = 16 / self.parts();
        let firsts = self.at_least(a, b);
        let chosen = firsts.iter().enumerate().rev().map(|(part, first)| {
            let low = part as u32 * bits;
            first.mux(a.bits(low, bits), b.bits(low, bits))
        });
        self.m.cat(&chosen.collect::<Vec<_>>())
    }
}
