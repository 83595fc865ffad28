//! The way of chunks: operands, products, sums, division.

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{Operation, field};
use bitladder_rtl::{BIT, BundlePort, Instance, Reg, Sig, sint, uint};

use super::arrive::Arrival;
use super::operands::{OPERAND, operand};
use super::ratio::{RatioConfig, ratio};
use super::unit::{Tap, Unit, field_of};
use crate::post::ELEMENT_SUM_BITS;

/// Bits of an operand less its zero point.
const CENTRED: u32 = OPERAND.width + 1;
/// Bits of a multiplier of a sum.
const FACTOR: u32 = field::MULTIPLIER.width;

/// What sums are built from.
pub(super) struct Sums<'a, 'b, 'm> {
    pub(super) unit: &'a Unit<'b, 'm>,
    pub(super) out: &'a BundlePort<'m>,
}

/// The sums of a chunk and what a division does with them.
struct Division<'m> {
    /// Complete sums can be handed on.
    done: Sig<'m>,
    /// They move on by one column: the last one of each divider's share takes its value.
    rotates: Sig<'m>,
    values: Vec<Sig<'m>>,
}

impl<'m> Sums<'_, '_, 'm> {
    /// Builds everything; gives whether sums wait and whether they are taken.
    pub(super) fn build(
        &self,
        arrival: Arrival<'m>,
        words: &[Sig<'m>],
    ) -> Result<(Sig<'m>, Sig<'m>), BlockError> {
        let unit = self.unit;
        let operands = self.centred(arrival, words);
        let tap = unit.next(3, arrival.tap);
        let factor = unit.config.has(Operation::Add).then(|| self.factor([arrival.tap, tap]));
        let (terms, tap) = self.terms(tap, operands, factor);
        let sums: Vec<Reg<'m>> = (0..unit.config.columns)
            .map(|c| unit.m.reg(&format!("sum_{c}_q"), sint(ELEMENT_SUM_BITS), unit.clk))
            .collect();
        let valid = unit.m.reg("summed_q", BIT, unit.clk).reset(unit.rst, 0).enable(unit.advance);
        valid.next(tap.valid & tap.last & !unit.is(Operation::MaxPool));
        let ready = field_of(self.out, "ready");
        let division = self.division(valid.q, ready, &sums)?;
        self.accumulate(tap, &terms, &sums, &division);
        let last = unit.hold("summed_last_q", tap.pass_end);
        unit.m.drive(field_of(self.out, "last"), last);
        let offered = valid.q & division.done;
        unit.m.drive(field_of(self.out, "valid"), offered);
        Ok((valid.q, division.done & ready))
    }

    /// The mode that operands are cut out by: in a large machine a copy of its own, as what others
    /// make of the field is far away.
    fn mode(&self) -> Sig<'m> {
        let unit = self.unit;
        let mode = unit.fields.get(field::MODE);
        if !unit.config.far {
            return mode;
        }
        let copy = unit.m.reg("operand_mode_q", mode.ty(), unit.clk).apart();
        copy.next(mode);
        copy.q
    }

    /// Operands less their zero point; nothing for taps outside.
    fn centred(&self, arrival: Arrival<'m>, words: &[Sig<'m>]) -> Vec<Sig<'m>> {
        let Arrival { tap, inside, place, .. } = arrival;
        let unit = self.unit;
        let (m, get) = (unit.m, |place| unit.fields.get(place));
        let second = m.named("second", unit.is(Operation::Add) & !tap.first);
        let signed = second.mux(get(field::SECOND_SIGNED), get(field::INPUT_SIGNED));
        let zero = second.mux(get(field::SECOND_ZERO_POINT), get(field::INPUT_ZERO_POINT));
        let mode = self.mode();
        let outside = m.named("no_operand", unit.advance & !inside);
        let column = |c: u32| {
            let raw = operand(m, &unit.config.modes, [mode, signed], (words, place), c);
            let held = m.reg(&format!("operand_{c}_q"), sint(CENTRED), unit.clk);
            let held = held.reset(outside, 0).enable(unit.advance);
            held.next(raw.widening_sub(zero));
            held.q
        };
        (0..unit.config.columns).map(column).collect()
    }

    /// Operands times the multipliers of a sum, and the tap they belong to.
    fn terms(
        &self,
        tap: Tap<'m>,
        operands: Vec<Sig<'m>>,
        factor: Option<Sig<'m>>,
    ) -> (Vec<Sig<'m>>, Tap<'m>) {
        let unit = self.unit;
        let Some(factor) = factor else { return (operands, tap) };
        let scaled: Box<dyn Fn(Sig<'m>) -> Sig<'m>> = match unit.config.sum_multipliers {
            true => Box::new(move |operand| operand * factor.zero_extend(FACTOR + 1).as_signed()),
            false => {
                self.refuse();
                let places = self.places(factor);
                let wide = CENTRED + FACTOR;
                Box::new(move |operand| operand.sign_extend(wide).shift_left_by(places))
            }
        };
        let term = |(c, operand): (usize, Sig<'m>)| {
            unit.hold(&format!("term_{c}_q"), scaled(operand).resize(ELEMENT_SUM_BITS - 1))
        };
        (operands.into_iter().enumerate().map(term).collect(), unit.next(4, tap))
    }

    /// The multipliers of a sum's inputs.
    fn factors(&self) -> [Sig<'m>; 2] {
        [field::MULTIPLIER, field::SECOND_MULTIPLIER].map(|place| self.unit.fields.get(place))
    }

    /// What the operands of a tap are multiplied with. In a large machine it is chosen beside the
    /// tap `before`, as all multipliers hang on it.
    fn factor(&self, [before, tap]: [Tap<'m>; 2]) -> Sig<'m> {
        let (m, far) = (self.unit.m, self.unit.config.far);
        let [first, second] = self.factors();
        let factor = if far { before.first } else { tap.first }.mux(first, second);
        let factor = self.unit.is(Operation::Add).mux(factor, m.lit(factor.ty(), 1));
        if far { self.unit.hold("factor_q", factor) } else { m.named("factor", factor) }
    }

    /// Reports multipliers that are no powers of two.
    fn refuse(&self) {
        let (m, adds) = (self.unit.m, self.unit.is(Operation::Add));
        let [first, second] = self.factors().map(|factor| (factor & (factor - 1)).reduce_or());
        let refused = m.output("refused", BIT, "multipliers that are no powers of two");
        m.drive(refused, adds & (first | second));
    }

    /// The number of the bit that is set.
    fn places(&self, factor: Sig<'m>) -> Sig<'m> {
        let m = self.unit.m;
        let bit = |digit: u32| {
            let set = (0..FACTOR).filter(|place| place >> digit & 1 == 1);
            m.cat(&set.map(|place| factor.bit(place)).collect::<Vec<_>>()).reduce_or()
        };
        let digits = (0..FACTOR.ilog2()).rev().map(bit);
        m.cat(&digits.collect::<Vec<_>>())
    }

    /// Sums over the window; in a division they move on.
    fn accumulate(&self, tap: Tap<'m>, terms: &[Sig<'m>], sums: &[Reg<'m>], by: &Division<'m>) {
        let unit = self.unit;
        let share = unit.config.share() as usize;
        let adds = unit.m.named("accumulates", unit.advance & tap.valid);
        for (c, (term, sum)) in terms.iter().zip(sums).enumerate() {
            let term = term.sign_extend(ELEMENT_SUM_BITS);
            let before = tap.first.mux(unit.m.lit(term.ty(), 0), sum.q);
            let total = before + term;
            let next = match by.values.get(c / share) {
                Some(value) => {
                    let last = (c + 1) % share == 0;
                    let follows = if last { *value } else { sums[c + 1].q };
                    by.rotates.mux(follows, total)
                }
                None => total,
            };
            sum.enable(adds | by.rotates).next(next);
            unit.m.drive(field_of(self.out, &format!("sum_{c}")), sum.q);
        }
    }

    fn division(
        &self,
        valid: Sig<'m>,
        ready: Sig<'m>,
        sums: &[Reg<'m>],
    ) -> Result<Division<'m>, BlockError> {
        let unit = self.unit;
        let m = unit.m;
        let (none, always) = (m.lit(BIT, 0), m.ones(BIT));
        if !unit.config.divides() {
            m.drive(field_of(self.out, "divided"), none);
            return Ok(Division { done: always, rotates: none, values: Vec::new() });
        }
        let averages = unit.is(Operation::AveragePool);
        // In a register, for `done`, which all stages wait for.
        let divides = averages & unit.fields.get(field::DIVISOR).ne(1);
        let divides = m.pipe("divides_at_all_q", divides, unit.clk);
        m.drive(field_of(self.out, "divided"), divides);
        let parameters = m.input("parameters_ready", BIT, "the multipliers are those of the pass");
        let share = unit.config.share();
        let index = m.reg("divided_q", uint(share.ilog2() + 1), unit.clk).reset(unit.rst, 0);
        let complete = m.reg("complete_q", BIT, unit.clk).reset(unit.rst, 0);
        let works = m.reg("divides_q", BIT, unit.clk).reset(unit.rst, 0);
        let begins = m.named("begins", valid & divides & parameters & !complete.q & !works.q);
        let dividers = self.dividers(begins, index.q, sums)?;
        let rotates = m.named("rotates", works.q & !dividers[0].out("busy"));
        for other in &dividers[1..] {
            other.ignore("busy");
        }
        works.next(begins | (works.q & !rotates));
        let taken = m.named("divided_taken", complete.q & valid & ready);
        complete.next(!taken & (complete.q | (rotates & index.q.eq(share - 1))));
        let on = rotates.mux(index.q + 1, index.q);
        index.next(taken.mux(m.lit(index.q.ty(), 0), on));
        let values = dividers.iter().map(|divider| divider.out("value")).collect();
        Ok(Division { done: !divides | complete.q, rotates, values })
    }

    /// Dividers, each at the first column of its share.
    fn dividers(
        &self,
        begins: Sig<'m>,
        index: Sig<'m>,
        sums: &[Reg<'m>],
    ) -> Result<Vec<Instance<'m>>, BlockError> {
        let unit = self.unit;
        let (m, share) = (unit.m, unit.config.share());
        let multiplier_bits = unit.config.multiplier_bits;
        let module = ratio(&RatioConfig { multiplier_bits })?;
        let mut placed = Vec::new();
        for first in (0..unit.config.columns).step_by(share as usize) {
            let name = format!("ratio_{first}");
            let divider = m.instance(&name, &module).clock("clk", unit.clk);
            divider.connect("rst", unit.rst).connect("start", begins);
            divider.connect("sum", sums[first as usize].q);
            divider.connect("divisor", unit.fields.get(field::DIVISOR));
            if multiplier_bits > 1 {
                let factor = |at: u32| {
                    let name = format!("factor_{}", first + at);
                    m.input(&name, uint(multiplier_bits), "multiplier of the pass")
                };
                let factors: Vec<_> = (0..share).map(|at| (u128::from(at), factor(at))).collect();
                let (others, last) = factors.split_at(factors.len() - 1);
                divider.connect("multiplier", m.case(index, others, last[0].1));
            }
            placed.push(divider);
        }
        Ok(placed)
    }
}
