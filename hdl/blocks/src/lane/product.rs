//! From the operands' buses to one word's contribution to the sum.

use std::cell::RefCell;
use std::collections::BTreeMap;

use bitladder_rtl::{BIT, Clock, Errors, ModuleBuilder, Sig, sint, uint};

use super::carry::Rows;
use super::config::{LanePlan, Multiplier, PACKED_FRACTION};
use super::dsp::Dsp;
use super::format::Mode;
use super::nibble::Nibbles;
use super::operands::{Fields, Layout};

/// What goes to the accumulator, registered four edges after the operands.
pub(super) struct Term<'m> {
    pub(super) value: Sig<'m>,
    /// One more, to be added as the accumulator's carry.
    pub(super) carry: Option<Sig<'m>>,
}

/// Describes the product part of a lane.
pub(super) struct Product<'a, 'm> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) plan: &'a LanePlan,
    pub(super) clk: Clock<'m>,
    pub(super) enable: Sig<'m>,
    pub(super) mode: Sig<'m>,
    /// What [`flag`](Product::flag) has made.
    pub(super) flags: RefCell<BTreeMap<(Mode, u32), Sig<'m>>>,
}

impl<'m> Product<'_, 'm> {
    pub(super) fn term(&self, a: Sig<'m>, b: Sig<'m>) -> Result<Term<'m>, Errors> {
        let layout = Layout::new(self.plan);
        let a = Fields::split(a, &layout.activation());
        let b = Fields::split(b, &layout.weight());
        let matches = a.raw.zip(b.raw).map(|(a, b)| self.matches(a, b));
        if !layout.has_products() {
            return Ok(self.register(self.binary(matches), None));
        }
        if layout.shift {
            return Ok(self.shifted(&a, &b, matches));
        }
        let nibbles = Nibbles { product: self, rows: self.rows() };
        let mut pairs = nibbles.pairs(&a, &b)?;
        if self.plan.config().multiplier == Multiplier::Fabric {
            pairs[1] = self.merge(pairs[1], matches);
            let total = nibbles.total(&pairs, self.width())?;
            return Ok(self.register(total, None));
        }
        let (side, carry) = self.side(&a, &b, pairs.first().copied(), matches)?;
        match a.main.zip(b.main) {
            Some((a, b)) => {
                let product = self.dsp().product("main", a, b)?;
                self.packed(product, side, carry)
            }
            None => {
                Ok(self.register(side.unwrap_or_else(|| self.zero()).resize(self.width()), None))
            }
        }
    }

    fn width(&self) -> u32 {
        self.plan.term_bits()
    }

    fn zero(&self) -> Sig<'m> {
        self.m.lit(sint(self.width()), 0)
    }

    fn rows(&self) -> Rows<'m> {
        Rows { m: self.m, family: self.plan.config().family }
    }

    fn dsp(&self) -> Dsp<'m> {
        let family = self.plan.config().family;
        Dsp { m: self.m, family, clk: self.clk, enable: self.enable }
    }

    /// True where the word in a stage has this mode; constant if the lane has no other or not
    /// this one.
    pub(super) fn flag(&self, mode: Mode, stage: u32) -> Sig<'m> {
        if !self.plan.has(mode) || self.plan.config().modes.len() == 1 {
            return self.m.lit(BIT, i128::from(self.plan.has(mode)));
        }
        if let Some(known) = self.flags.borrow().get(&(mode, stage)) {
            return *known;
        }
        let flag = match stage {
            0 => self.mode.eq(mode.code() as i128),
            _ => {
                let before = self.flag(mode, stage - 1);
                self.stage(&format!("is_{}_{stage}_q", mode.parts()), before)
            }
        };
        self.flags.borrow_mut().insert((mode, stage), flag);
        flag
    }

    pub(super) fn stage(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let reg = self.m.reg(name, value.ty(), self.clk);
        reg.enable(self.enable).next(value);
        reg.q
    }

    fn register(&self, value: Sig<'m>, carry: Option<Sig<'m>>) -> Term<'m> {
        let value = self.stage("term_q", value);
        Term { value, carry: carry.map(|carry| self.stage("term_carry_q", carry)) }
    }

    /// Twice the number of equal bits, three edges after the operands; 0 for words of other modes.
    fn matches(&self, a: Sig<'m>, b: Sig<'m>) -> Sig<'m> {
        // The weight port inverted the weights: different bits are the matches.
        let equal = a ^ b;
        let quarter =
            |at: u32| self.stage(&format!("matches_{at}_q"), equal.bits(4 * at, 4).popcount());
        let quarters = [0, 1, 2, 3].map(quarter);
        let halves = [0, 2].map(|at| {
            let half = quarters[at].widening_add(quarters[at + 1]);
            self.stage(&format!("matches_half_{at}_q"), half)
        });
        let sum = halves[0].widening_add(halves[1]);
        self.stage("matches_q", sum).widening_shl(1)
    }

    /// Binary words alone: matches less mismatches.
    fn binary(&self, matches: Option<Sig<'m>>) -> Sig<'m> {
        let matches = matches.unwrap_or_else(|| self.m.lit(uint(6), 0));
        (matches.zero_extend(7).as_signed() - 16).resize(self.width())
    }

    /// Puts the matches of binary words where other modes leave something and binary words
    /// leave zero.
    fn merge(&self, value: Sig<'m>, matches: Option<Sig<'m>>) -> Sig<'m> {
        match matches {
            Some(matches) => value | matches.zero_extend(value.width()).as_signed(),
            None => value,
        }
    }

    /// The products beside the main one, three edges after the operands, and a carry for them.
    fn side(
        &self,
        a: &Fields<'m>,
        b: &Fields<'m>,
        pair: Option<Sig<'m>>,
        matches: Option<Sig<'m>>,
    ) -> Result<(Option<Sig<'m>>, Option<Sig<'m>>), Errors> {
        let Some((a, b)) = a.second.zip(b.second) else {
            let side = match (pair, matches) {
                (Some(pair), _) => Some(self.merge(pair, matches)),
                (None, Some(matches)) => Some(matches.zero_extend(7).as_signed()),
                (None, None) => None,
            };
            return Ok((side, None));
        };
        if self.plan.config().multiplier == Multiplier::Mac16 {
            let products = self.dsp().bytes("second", a, b)?;
            let [high, low] = [16, 0].map(|at| products.bits(at, 16).as_signed());
            let sum = self.merge(high, matches).widening_add(low);
            let all = pair.map_or(sum, |pair| sum.widening_add(pair.sign_extend(17)));
            return Ok((Some(all), None));
        }
        let product = self.dsp().product("second", a, b)?;
        let (side, carry) = self.field(product);
        Ok((Some(self.merge(side, matches)), carry))
    }

    /// The wanted field of a packed product, and what its lower neighbour borrowed from it.
    fn field(&self, product: Sig<'m>) -> (Sig<'m>, Option<Sig<'m>>) {
        let field = product.bits(PACKED_FRACTION, 17).as_signed();
        if !self.plan.has(Mode::Word4) {
            return (field, None);
        }
        let narrow = field.truncate(9).sign_extend(17);
        let four = self.flag(Mode::Word4, 3);
        (four.mux(narrow, field), Some(four & product.bit(PACKED_FRACTION - 1)))
    }

    /// The main product and what is beside it. The second block's carry enters below the field,
    /// where 4-bit words leave room: all ones and a carry into the accumulator. With nothing
    /// beside the main product its own borrow enters there.
    fn packed(
        &self,
        product: Sig<'m>,
        side: Option<Sig<'m>>,
        carry: Option<Sig<'m>>,
    ) -> Result<Term<'m>, Errors> {
        let width = self.width();
        let four = self.plan.is_packed() && self.plan.has(Mode::Word4);
        if side.is_none() && !four {
            return Ok(self.register(product.resize(width), None));
        }
        let above = width - PACKED_FRACTION;
        let below = product.truncate(PACKED_FRACTION);
        let field = product.slice(product.width() - 1, PACKED_FRACTION).as_signed();
        let (side, whole) = (side.map(|side| side.resize(above)), field.resize(above));
        if let (Some(side), false) = (side, four) {
            let sum = (side + whole).cat(below).as_signed();
            return Ok(self.register(sum, None));
        }
        let four = self.flag(Mode::Word4, 3);
        let narrow = field.truncate(9).resize(above);
        let borrowed = four & product.bit(PACKED_FRACTION - 1);
        let (sum, carry) = match side {
            Some(side) => {
                let fields = [narrow, whole];
                (self.rows().select("field_sum", side, four, fields, Some(borrowed))?, carry)
            }
            None => (four.mux(narrow, whole), Some(borrowed)),
        };
        let filler = carry
            .map_or(self.m.lit(below.ty(), 0), |carry| carry.repeat(PACKED_FRACTION).as_signed());
        Ok(self.register(sum.cat(four.mux(filler, below)).as_signed(), carry))
    }

    /// Activations shifted by the weight's code; the carry completes the negative.
    fn shifted(&self, a: &Fields<'m>, b: &Fields<'m>, matches: Option<Sig<'m>>) -> Term<'m> {
        let (Some(a), Some(code)) = (a.shift, b.shift) else {
            return self.register(self.zero(), None);
        };
        let (a, code) = (self.stage("activation_q", a.as_signed()), self.stage("code_q", code));
        // First by up to three places, then by four times as much: a stage each.
        let nearly = a.sign_extend(19).shift_left_by(code.bits(0, 2));
        let nearly = self.stage("nearly_shifted_q", nearly).resize(self.width());
        let code = self.stage("code_late_q", code.bits(2, 4));
        let by = code.bits(0, 2).widening_shl(2);
        let shifted = self.stage("shifted_q", nearly.shift_left_by(by));
        let [negative, zero] = [("shift_negative_q", 2), ("shift_zero_q", 3)]
            .map(|(name, bit)| self.stage(name, code.bit(bit)));
        let signed = shifted ^ negative.repeat(self.width()).as_signed();
        let value = zero.mux(self.zero(), signed);
        let value = match matches {
            Some(matches) => value + matches.resize(self.width()).as_signed(),
            None => value,
        };
        self.register(value, Some(negative & !zero))
    }
}
