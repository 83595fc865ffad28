//! Products in fabric: one small multiplier per nibble of the weight.
//!
//! A group multiplies its activation by one signed digit of four bits (five for the top digit of
//! a wider number). What the groups mean is a matter of how their products are shifted before
//! they are added, and of what the activation port feeds them:
//!
//! ```text
//!            1x16                2x8                        4x4
//! M0..M3     a * digit of w      a0, a0, a1, a1 * digits    a0*w0 .. a3*w3
//! low        M0 + (M1 << 4)      M0 + (M1 << 4)             (M0 << 4) + (M1 << 4)
//! high       M2 + (M3 << 4)      M2 + (M3 << 4)             (M2 << 4) + (M3 << 4)
//! sum        low + (high << 8)   low + high                 low + high
//! ```
//!
//! In a lane without a DSP block the shifts of M0 and M2 in the last column are made by the
//! activation port, and the sum stays 4 bits up to where it leaves the array, so that the first
//! level needs no multiplexers. Beside a DSP block, whose sum has its own place, neither M0 nor M1
//! are shifted for 4-bit words.

use bitladder_rtl::{Errors, Sig};

use super::carry::{Rows, add_with_carry};
use super::config::Multiplier;
use super::format::Mode;
use super::gated::gated_sum;
use super::operands::Fields;
use super::product::Product;
use crate::Family;

/// The fabric part of a lane's products.
pub(super) struct Nibbles<'a, 'm> {
    pub(super) product: &'a Product<'a, 'm>,
    pub(super) rows: Rows<'m>,
}

impl<'m> Nibbles<'_, 'm> {
    /// The sums of pairs of groups, three edges after the operands.
    pub(super) fn pairs(&self, a: &Fields<'m>, b: &Fields<'m>) -> Result<Vec<Sig<'m>>, Errors> {
        let mut products = Vec::new();
        for (index, (a, b)) in a.groups.iter().zip(&b.groups).enumerate() {
            let product = self.group(index, *a, *b)?;
            products.push(self.product.stage(&format!("group_{index}_q"), product));
        }
        let mut sums = Vec::new();
        for (index, pair) in products.chunks(2).enumerate() {
            let sum = self.join(&format!("pair_{index}"), [pair[0], pair[1]])?;
            sums.push(self.product.stage(&format!("pair_{index}_q"), sum));
        }
        Ok(sums)
    }

    fn group(&self, index: usize, a: Sig<'m>, digit: Sig<'m>) -> Result<Sig<'m>, Errors> {
        match self.rows.family {
            Family::Ecp5 => self.group_of_pairs(index, a, digit),
            _ => self.group_of_choices(index, a, digit),
        }
    }

    /// `a * digit`: rows of two gated operands, the top one negative.
    fn group_of_pairs(&self, index: usize, a: Sig<'m>, digit: Sig<'m>) -> Result<Sig<'m>, Errors> {
        let wide = a.width() + 2;
        let (single, double) = (a.sign_extend(wide), a.widening_shl(1).sign_extend(wide));
        let pair = |name: &str, low: u32, minus| {
            let gated = [(single, digit.bit(low)), (double, digit.bit(low + 1))];
            self.rows.pair(&format!("group_{index}_{name}"), gated[0], gated[1], minus)
        };
        let five = digit.width() == 5;
        let stage =
            |name: &str, value| self.product.stage(&format!("group_{index}_{name}_q"), value);
        let low = stage("low", pair("low", 0, false)?);
        let high = stage("high", pair("high", 2, !five)?);
        let out = a.width() + digit.width();
        let (kept, above) = (low.bits(0, 2), low.shift_right(2).sign_extend(out - 2));
        let sum = above + high.sign_extend(out - 2);
        let sum = sum.cat(kept).as_signed();
        if !five {
            return Ok(sum);
        }
        let (kept, above) = (sum.bits(0, 4), sum.slice(out - 1, 4).as_signed());
        let (gated, gate) = (stage("a", a).resize(above.width()), stage("digit", digit.bit(4)));
        let name = format!("group_{index}_top");
        let top = self.rows.minus_gated(&name, above, gated, gate)?;
        Ok(top.cat(kept).as_signed())
    }

    /// `a * digit` where gates in front of an adder cost LUTs: the two low bits of the digit add
    /// `2a` or not, the two high bits choose among `0`, `a`, `-2a` and `-a` with one LUT per bit
    /// and a carry. A fifth bit stands for the digit 8.
    fn group_of_choices(
        &self,
        index: usize,
        a: Sig<'m>,
        digit: Sig<'m>,
    ) -> Result<Sig<'m>, Errors> {
        let (m, width) = (self.product.m, a.width());
        let stage =
            |name: &str, value| self.product.stage(&format!("group_{index}_{name}_q"), value);
        let (single, double) = (a.sign_extend(width + 2), a.widening_shl(1).sign_extend(width + 2));
        let none = m.lit(single.ty(), 0);
        let first = digit.bit(0).mux(single, none);
        let first = if digit.width() == 5 { digit.bit(4).mux(double, first) } else { first };
        let name = format!("group_{index}_low");
        let operands = (first.slice(width + 1, 1).as_signed(), a.sign_extend(width + 1));
        let upper = gated_sum(m, self.rows.family, &name, operands, digit.bit(1))?;
        let low = stage("low", upper.cat(first.bit(0)).as_signed());

        let [zero, single, double] = [none, single, double].map(|value| value.truncate(width + 1));
        let high = m.select(digit.bits(2, 2), &[zero, single, !double, !single]);
        let (high, negative) = (stage("high", high), stage("negative", digit.bit(3)));
        let (kept, above) = (low.bits(0, 2), low.slice(width + 1, 2).as_signed());
        let above = above.sign_extend(width + 2);
        let sum = add_with_carry(m, above, high.sign_extend(width + 2), negative);
        Ok(sum.cat(kept).as_signed())
    }

    /// Two groups, the second shifted where it is the higher digit of the same number.
    fn join(&self, name: &str, [low, high]: [Sig<'m>; 2]) -> Result<Sig<'m>, Errors> {
        let plan = self.product.plan;
        let has = |mode| plan.has(mode);
        let joins =
            (has(Mode::Word8) && low.width() > 8) || (has(Mode::Word16) && low.width() > 16);
        if !joins {
            let width = low.width().max(high.width()) + 1;
            return Ok(low.sign_extend(width) + high.sign_extend(width));
        }
        let width = low.width().max(high.width() + 4) + 1;
        let shifted = high.widening_shl(4).sign_extend(width);
        let low = low.sign_extend(width);
        // With all four groups in fabric, 4-bit words come shifted into the lower one.
        let always = plan.config().multiplier == Multiplier::Fabric;
        if always || !(has(Mode::Word4) || has(Mode::Binary)) {
            return Ok(low + shifted);
        }
        let joined = !self.product.flag(Mode::Word4, 2);
        self.rows.select(name, low, joined, [shifted, high.sign_extend(width)], None)
    }

    /// The sum of all groups, from the sums of pairs.
    pub(super) fn total(&self, pairs: &[Sig<'m>], width: u32) -> Result<Sig<'m>, Errors> {
        let low = pairs[0].resize(width);
        let Some(high) = pairs.get(1) else { return Ok(low) };
        if !self.product.plan.has(Mode::Word16) {
            return Ok(low + high.resize(width));
        }
        let shifted = high.resize(width).shift_left(8);
        if *self.product.plan.config().modes == [Mode::Word16] {
            return Ok(low + shifted);
        }
        let word = self.product.flag(Mode::Word16, 3);
        self.rows.select("total", low, word, [shifted, high.resize(width)], None)
    }
}
