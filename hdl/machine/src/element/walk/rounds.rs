//! The six loops: which of them end with a tap.

use bitladder_machine::isa::field;
use bitladder_rtl::{BIT, Sig};

use super::{IMAGE, LOOPS, PIXEL, Walk};

/// Which loops are in their last round, and which come to an end with this tap.
pub(super) struct Rounds<'m> {
    pub(super) last: Vec<Sig<'m>>,
    /// All loops inside this one are in their last round: it goes on.
    pub(super) reached: Vec<Sig<'m>>,
    /// The window's first tap.
    pub(super) first: Sig<'m>,
}

impl<'m> Walk<'_, 'm> {
    /// How many rounds each loop has.
    fn limits(&self) -> [Sig<'m>; LOOPS] {
        let m = self.m;
        let count = |place| self.wide(place, self.config.count(place));
        let [width, height] = [field::KERNEL_WIDTH, field::KERNEL_HEIGHT].map(count);
        let flat = self.adds.mux(m.lit(width.ty(), 2), m.lit(width.ty(), 1));
        [
            self.windows.mux(width, flat),
            self.windows.mux(height, m.lit(height.ty(), 1)),
            count(field::OUTPUT_WIDTH),
            count(field::OUTPUT_HEIGHT),
            count(field::IMAGES),
            count(field::PASSES),
        ]
    }

    /// The loops count down. Which of them are in their last round, and up to where all are, stands
    /// in registers that are made a tap ahead: everything waits for it.
    pub(super) fn rounds(&self) -> Rounds<'m> {
        let (m, clk) = (self.m, self.clk);
        let always = m.ones(BIT);
        let flag = |name: String| m.reg(&name, BIT, clk).enable(self.moves(always));
        let (mut last, mut reached) = (Vec::new(), vec![always]);
        let (mut all_then, mut all_single) = (always, always);
        for (index, limit) in self.limits().into_iter().enumerate() {
            if index == IMAGE && !self.config.reach.batches() {
                // The only image is the last.
                m.ignore(limit);
                last.push(always);
                reached.push(reached[index]);
                continue;
            }
            let goes_on = reached[index];
            let left = m.reg(&format!("rounds_{index}_q"), limit.ty(), clk);
            let left = left.enable(self.moves(goes_on));
            let ends = flag(format!("last_{index}_q"));
            left.next((self.start | ends.q).mux(limit, left.q - 1));
            let single = m.pipe(&format!("single_{index}_q"), limit.eq(1), clk);
            let counted = goes_on.mux(left.q.eq(2), ends.q);
            let then = (goes_on & ends.q).mux(single, counted);
            ends.next(self.start.mux(single, then));
            (all_then, all_single) = (all_then & then, all_single & single);
            let ends_all = flag(format!("ends_{index}_q"));
            ends_all.next(self.start.mux(all_single, all_then));
            last.push(ends.q);
            reached.push(ends_all.q);
        }
        let first = flag("first_q".to_owned());
        first.next(self.start | reached[PIXEL]);
        Rounds { last, reached, first: first.q }
    }
}
