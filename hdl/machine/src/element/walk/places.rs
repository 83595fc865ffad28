//! The tap's address, and whether it lies inside the image.

use bitladder_machine::isa::{FieldPlace, field};
use bitladder_rtl::{Reg, Sig};

use super::rounds::Rounds;
use super::{LOOPS, Walk};
use crate::post::{by_mode, chunk_words};

impl<'m> Walk<'_, 'm> {
    /// How far addresses of two rounds of a loop lie apart. The choice is made a cycle ahead:
    /// fields have their values when a layer starts, and the first step is the cycle after.
    fn steps(&self) -> [Sig<'m>; LOOPS] {
        let (m, config) = (self.m, self.config);
        let ty = config.address();
        let word = |place| self.wide(place, ty);
        let either = |window, flat| self.windows.mux(word(window), flat);
        let inputs = word(field::SECOND_BASE) - word(field::INPUT_BASE);
        let chunk = by_mode(m, &config.modes, self.fields.get(field::MODE), |mode| {
            m.lit(ty, chunk_words(config.columns, mode))
        });
        let ahead = |index: u32, value| m.pipe(&format!("step_{index}_q"), value, self.clk);
        [
            ahead(0, either(field::TAP_PIXEL_STEP, inputs)),
            word(field::TAP_ROW_STEP),
            ahead(2, either(field::PIXEL_STEP, word(field::PIXEL_WORDS))),
            ahead(3, either(field::ROW_STEP, word(field::ROW_WORDS))),
            word(field::IMAGE_WORDS),
            ahead(5, self.pools.mux(m.lit(ty, config.columns), chunk)),
        ]
    }

    /// The address of the tap.
    pub(super) fn address(&self, rounds: &Rounds<'m>) -> Sig<'m> {
        let (m, ty) = (self.m, self.config.address());
        let register = |index: usize| {
            let reg = m.reg(&format!("address_{index}_q"), ty, self.clk);
            reg.enable(self.moves(rounds.reached[index]))
        };
        let registers: Vec<Reg<'m>> = (0..LOOPS).map(register).collect();
        let steps = self.steps();
        let (mut base, mut step) = (registers[LOOPS - 1].q, steps[LOOPS - 1]);
        for index in (0..LOOPS - 1).rev() {
            base = rounds.last[index].mux(base, registers[index].q);
            step = rounds.last[index].mux(step, steps[index]);
        }
        let none = m.lit(ty, 0);
        let lead = match self.config.padding {
            true => self.windows.mux(none - self.wide(field::LEAD, ty), none),
            false => none,
        };
        let base = self.start.mux(self.wide(field::INPUT_BASE, ty), base);
        let next = m.named("next_address", base + self.start.mux(lead, step));
        registers.iter().for_each(|register| register.next(next));
        registers[0].q
    }

    /// Whether the tap lies inside along one axis. `tap` and `window` are the loops that move it.
    pub(super) fn inside(
        &self,
        (name, tap, window): (&str, usize, usize),
        rounds: &Rounds<'m>,
        [size, stride, dilation, pad]: [FieldPlace; 4],
    ) -> Sig<'m> {
        let m = self.m;
        let ty = self.config.place();
        let wide = |place| self.wide(place, ty);
        let moves = |index: usize| self.moves(rounds.reached[index]);
        let origin = m.reg(&format!("{name}_window_q"), ty, self.clk).enable(moves(window));
        let place = m.reg(&format!("{name}_q"), ty, self.clk).enable(moves(tap));
        let before = m.lit(ty, 0) - wide(pad);
        let anew = self.start | rounds.last[window];
        let moved = anew.mux(before, origin.q + wide(stride));
        origin.next(moved);
        let back = (self.start | rounds.reached[window]).mux(moved, origin.q);
        let stays = !self.start & !rounds.last[tap];
        place.next(stays.mux(place.q + wide(dilation), back));
        place.q.lt(wide(size))
    }
}
