//! Decodes a weight word and prepares it for the lanes of a column.

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, sint, uint};

use super::activation::bytes;
use super::config::{LanePlan, Multiplier, PACKED_FRACTION};
use super::format::{Mode, WeightKind};
use super::operands::{Fields, Layout, SHIFT_CODE_BITS, by_mode, pack};
use crate::{BlockError, Family};

/// The module that turns a word of weight codes into the weight bus of the lanes:
/// combinational, one per column. Power-of-two, ternary and 3-bit codes become the number they
/// stand for, so lanes with multipliers need nothing of their own for them.
///
/// | port | width | meaning |
/// |---|---|---|
/// | `mode` | 2 | a [`Mode`]'s code |
/// | `weights` | 2 | a [`WeightKind`]'s code |
/// | `word` | 16 | the codes, the first lowest |
/// | `operand` | by the plan | the bus |
/// | `no_operation` | 1 | a 3-bit code is the one that asks for no operation |
///
/// Codes without a meaning give a sum without a meaning.
///
/// Cost on ECP5 for fixed weights in the modes 1x16, 2x8 and 4x4: 51 LUT with one DSP block (36
/// with nothing beside it), 63 with two, 56 without.
pub fn weight_port(plan: &LanePlan) -> Result<Arc<Module>, BlockError> {
    let m = ModuleBuilder::new("weight_port")
        .doc("Decodes a weight word and prepares it for the lanes of a column.")
        .param("", super::shape(plan));
    let mode = m.input("mode", uint(2), "operands per word: 0 one, 1 two, 2 four, 3 sixteen");
    let kind = m.input("weights", uint(2), "0 fixed, 1 power of two, 2 ternary, 3 the 3-bit code");
    let word = m.input("word", uint(16), "the codes, the first lowest");
    for input in [mode, kind, word] {
        m.ignore(input);
    }
    let port = WeightPort { m: &m, plan, layout: Layout::new(plan), kind, word };
    let bus = port.bus(mode);
    m.drive(m.output("operand", bus.ty(), "the operands as the lanes take them"), bus);
    let skip = port.no_operation(mode);
    m.drive(m.output("no_operation", BIT, "some code asks for no operation"), skip);
    Ok(m.build()?)
}

struct WeightPort<'a, 'm> {
    m: &'m ModuleBuilder,
    plan: &'a LanePlan,
    layout: Layout,
    kind: Sig<'m>,
    word: Sig<'m>,
}

impl<'m> WeightPort<'_, 'm> {
    fn bus(&self, mode: Sig<'m>) -> Sig<'m> {
        let choose = |width: u32, value: &dyn Fn(Mode) -> Option<Sig<'m>>| {
            (width > 0).then(|| by_mode(self.m, self.plan, mode, width, value))
        };
        let main = choose(self.layout.main, &|mode| self.main(mode));
        let second = choose(self.layout.second, &|mode| self.second(mode));
        let digits: Vec<(Mode, Vec<Option<Sig<'m>>>)> =
            Mode::ALL.into_iter().map(|mode| (mode, self.digits(mode))).collect();
        let digit = |(index, width): (usize, &u32)| {
            by_mode(self.m, self.plan, mode, *width, |mode| {
                digits.iter().find(|(of, _)| *of == mode).and_then(|(_, digits)| digits[index])
            })
        };
        let groups = self.layout.digits.iter().enumerate().map(digit).collect();
        let shift = self.layout.shift.then(|| self.shift_code(mode));
        // Inverted, so that a lane's XOR with the zeroes of other modes counts nothing.
        let raw = choose(self.layout.raw, &|mode| {
            (mode == Mode::Binary).then(|| (!self.word).as_signed())
        });
        Fields { main, second, groups, shift, raw }.join(self.m)
    }

    /// The number that a code stands for, as wide as the mode's operands (one bit wider where
    /// +2^15 is among the weights).
    fn value(&self, mode: Mode, part: u32) -> Sig<'m> {
        let m = self.m;
        let power = mode == Mode::Word16 && self.plan.takes(WeightKind::PowerOfTwo);
        let width = mode.bits() + u32::from(power);
        let field = |bits: u32| self.word.bits(part * bits, bits);
        let value = |kind: WeightKind| match kind {
            WeightKind::Fixed => field(mode.bits()).as_signed().sign_extend(width),
            WeightKind::PowerOfTwo => power_value(m, field(6)),
            WeightKind::Ternary => field(2).as_signed().sign_extend(width),
            WeightKind::Qsq => qsq_value(m, field(3)).sign_extend(width),
        };
        let takes = |kind: &WeightKind| kind.goes_with(mode) && self.plan.takes(*kind);
        let kinds: Vec<WeightKind> = WeightKind::ALL.into_iter().filter(takes).collect();
        match kinds.split_last() {
            Some((last, others)) => {
                let arms: Vec<_> = others.iter().map(|kind| (kind.code(), value(*kind))).collect();
                m.case(self.kind, &arms, value(*last))
            }
            None => m.lit(sint(width), 0),
        }
    }

    fn main(&self, mode: Mode) -> Option<Sig<'m>> {
        let width = self.layout.main;
        match mode {
            Mode::Word16 => Some(self.value(mode, 0).sign_extend(width)),
            Mode::Word8 if self.plan.config().multiplier == Multiplier::Mac16 => None,
            Mode::Word8 => {
                let by = PACKED_FRACTION.saturating_sub(width - 8);
                Some(self.value(mode, 0).widening_shl(by).sign_extend(width))
            }
            // Crosswise to the activations: the middle field is the sum of both products.
            Mode::Word4 => Some(pack(self.value(mode, 0), self.value(mode, 1), width)),
            Mode::Binary => Some(self.m.lit(sint(width), 1)),
        }
    }

    fn second(&self, mode: Mode) -> Option<Sig<'m>> {
        let value = |part| self.value(mode, part);
        let packed = self.plan.config().multiplier == Multiplier::TwoDsp;
        match mode {
            Mode::Word8 if packed => Some(value(1).sign_extend(18)),
            Mode::Word4 if packed => Some(pack(value(2), value(3), 18)),
            Mode::Word8 => Some(bytes(value(1), value(0))),
            Mode::Word4 => Some(bytes(value(3), value(2))),
            Mode::Binary if !packed && !self.plan.is_packed() => Some(self.m.lit(sint(16), 1)),
            Mode::Word16 | Mode::Binary => None,
        }
    }

    /// The weight digits of the fabric's groups in a mode.
    fn digits(&self, mode: Mode) -> Vec<Option<Sig<'m>>> {
        let groups = &self.layout.groups;
        let everything = self.plan.config().multiplier == Multiplier::Fabric;
        let parts = 4 / mode.parts().min(4);
        let used = self.plan.has(mode)
            && match mode {
                Mode::Word16 | Mode::Binary => everything,
                Mode::Word8 => self.layout.group_bits >= 8,
                Mode::Word4 => true,
            };
        if !used {
            return self.layout.digits.iter().map(|_| None).collect();
        }
        if mode == Mode::Binary {
            let halves = if self.layout.group_bits == 4 { 2 } else { 1 };
            let one = |(index, width)| (index < halves).then(|| self.m.lit(sint(width), 1));
            return self.layout.digits.iter().copied().enumerate().map(one).collect();
        }
        let all: Vec<Sig<'m>> =
            (0..mode.parts()).flat_map(|part| recode(self.value(mode, part), parts)).collect();
        let cut = |(group, width): (u32, &u32)| {
            let digit = all[group as usize].resize(*width);
            let apart = *width == 5 && self.plan.config().family != Family::Ecp5;
            Some(if apart { eight_apart(self.m, digit) } else { digit })
        };
        groups.clone().zip(&self.layout.digits).map(cut).collect()
    }

    /// The shifter's code: any kind of weight as zero flag, sign and shift.
    fn shift_code(&self, mode: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let word = self.word;
        let plus_one = m.lit(uint(SHIFT_CODE_BITS), 0);
        let code = |kind: WeightKind| match kind {
            WeightKind::Fixed | WeightKind::PowerOfTwo => word.bits(0, 6),
            WeightKind::Ternary => m.cat(&[!word.bit(0), word.bit(1), m.lit(uint(4), 0)]),
            WeightKind::Qsq => qsq_shift_code(m, word.bits(0, 3)),
        };
        let kinds: Vec<WeightKind> =
            WeightKind::ALL.into_iter().filter(|kind| self.plan.takes(*kind)).collect();
        let Some((last, others)) = kinds.split_last() else { return plus_one };
        let arms: Vec<_> = others.iter().map(|kind| (kind.code(), code(*kind))).collect();
        let chosen = m.case(self.kind, &arms, code(*last));
        match self.plan.has(Mode::Binary) {
            true => m.case(mode, &[(Mode::Binary.code(), plus_one)], chosen),
            false => chosen,
        }
    }

    fn no_operation(&self, mode: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        if !self.plan.takes(WeightKind::Qsq) {
            return m.lit(BIT, 0);
        }
        let asks = |mode: Mode| {
            let codes = if mode == Mode::Binary { 0 } else { self.plan.parts(mode) };
            let none = m.lit(BIT, 0);
            (0..codes).fold(none, |any, part| any | self.word.bits(part * 3, 3).reduce_and())
        };
        let any = by_mode(m, self.plan, mode, 1, |mode| Some(asks(mode).as_signed()));
        any.as_unsigned() & self.kind.eq(WeightKind::Qsq.code() as i128)
    }
}

/// The value of `z s eeee` in 17 bits.
fn power_value<'m>(m: &'m ModuleBuilder, code: Sig<'m>) -> Sig<'m> {
    let magnitude = m.lit(uint(17), 1).shift_left_by(code.bits(0, 4));
    let negative = code.bit(4);
    let signed =
        (magnitude ^ negative.repeat(17)).as_signed() + negative.zero_extend(17).as_signed();
    code.bit(5).mux(m.lit(sint(17), 0), signed)
}

/// The factor of a 3-bit code in four bits.
fn qsq_value<'m>(m: &'m ModuleBuilder, code: Sig<'m>) -> Sig<'m> {
    let factors = [0, 1, 2, 4, -1, -2, -4, 0].map(|factor| m.lit(sint(4), factor));
    m.select(code, &factors)
}

/// A 3-bit code as zero flag, sign and shift.
fn qsq_shift_code<'m>(m: &'m ModuleBuilder, code: Sig<'m>) -> Sig<'m> {
    let zero = 0b10_0000;
    let codes = [zero, 0, 1, 2, 16, 17, 18, zero].map(|code| m.lit(uint(SHIFT_CODE_BITS), code));
    m.select(code, &codes)
}

/// Splits a number into signed nibbles, lowest first: each but the top one lies in -8 to 7, the
/// top one takes the last carry and has five bits.
fn recode(value: Sig<'_>, nibbles: u32) -> Vec<Sig<'_>> {
    let mut digits = Vec::new();
    let mut carry: Option<Sig<'_>> = None;
    for nibble in 0..nibbles - 1 {
        let bits = value.bits(nibble * 4, 4).zero_extend(5);
        let sum = carry.map_or(bits, |carry| bits + carry.zero_extend(5));
        digits.push(sum.truncate(4).as_signed());
        carry = Some(sum.bit(3) | sum.bit(4));
    }
    let low = (nibbles - 1) * 4;
    let top = value.slice(value.width() - 1, low).as_signed().resize(5);
    digits.push(carry.map_or(top, |carry| top + carry.zero_extend(5).as_signed()));
    digits
}

/// A digit from -8 to 8 as two low bits that count 1 and 2, two signed bits that count 4, and a
/// bit that is set for 8, where it makes the lowest one count 2 as well: 8 is 2 + 2 + 4.
fn eight_apart<'m>(m: &'m ModuleBuilder, digit: Sig<'m>) -> Sig<'m> {
    let eight = digit.bit(3) & !digit.bit(4);
    let [one, two, four] = [digit.bit(0), digit.bit(1) | eight, digit.bit(2) | eight];
    m.cat(&[eight, digit.bit(4), four, two, one]).as_signed()
}
