//! The best class of an image, and the runner-up with the score margin.
//!
//! One pass over the logits, one per cycle, classes counted from 0; images may follow each other
//! without a gap. Of equal logits the lowest class wins, as in [`bitladder_spec::decision`]. The
//! decision follows the last logit by one edge. Cost on ECP5 for 32-bit logits of 16 classes: 227
//! LUT4, 79 FF; without the runner-up 111 LUT4, 42 FF.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `logit`, `last` of the image |
//! | `out` | stream: `first` (class), `first_logit`; with `runner_up` also `second`, `second_logit`, `margin` and `decided` |
//!
//! `margin` is the difference of the two logits, unsigned and one bit wider than they are; it,
//! `second` and `second_logit` mean nothing for an image of one class, which `decided` says by
//! being clear.
//!
//! ```text
//! clk         _/~\_/~\_/~\_/~\_
//! in_logit    < 3 >< 9 >< 7 >
//! in_last     _________/~~~\___
//! out_valid   _____________/~~~
//! out_first                < 1 >
//! out_margin               < 2 >
//! ```
//!
//! ```
//! # use bitladder_blocks::decide::{TopTwoConfig, top_two};
//! let config = TopTwoConfig { logit_bits: 32, max_classes: 10, runner_up: true };
//! assert_eq!(top_two(&config)?.name(), "top_two_l32_c10");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, Ty, address_width, sint, uint};

use crate::BlockError;
use crate::check::within;
use crate::stream::{Pipeline, Stream};

/// Size of the decision unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopTwoConfig {
    /// Width of the signed logits, 2 to 32.
    pub logit_bits: u32,
    /// Most classes of an image, 1 to 65,536.
    pub max_classes: u32,
    /// Also keeps the second best; without it the unit is a plain argmax of half the size.
    pub runner_up: bool,
}

impl TopTwoConfig {
    fn class(self) -> Ty {
        uint(address_width(self.max_classes as usize))
    }

    fn logit(self) -> Ty {
        sint(self.logit_bits)
    }

    fn results(self) -> Vec<(&'static str, Ty, &'static str)> {
        let (class, logit) = (self.class(), self.logit());
        let mut results =
            vec![("first", class, "the winner"), ("first_logit", logit, "the winner's logit")];
        if self.runner_up {
            results.push(("second", class, "the runner-up"));
            results.push(("second_logit", logit, "the runner-up's logit"));
            results.push(("margin", uint(self.logit_bits + 1), "difference of the two logits"));
            results.push(("decided", BIT, "there is a runner-up"));
        }
        results
    }
}

/// A class and its logit, in registers.
struct Place<'m> {
    class: Sig<'m>,
    logit: Sig<'m>,
}

/// The unit's registers and what moves them.
struct Ranking<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    moves: Sig<'m>,
}

impl<'m> Ranking<'m> {
    /// A place that takes `class` and `logit` where `takes` is set.
    fn place(&self, name: &str, takes: Sig<'m>, class: Sig<'m>, logit: Sig<'m>) -> Place<'m> {
        let keep = |name: String, value: Sig<'m>| {
            let register = self.m.reg(&name, value.ty(), self.clk).enable(self.moves & takes);
            register.next(value);
            register.q
        };
        let class = keep(format!("{name}_q"), class);
        Place { class, logit: keep(format!("{name}_logit_q"), logit) }
    }
}

/// Builds the unit.
pub fn top_two(config: &TopTwoConfig) -> Result<Arc<Module>, BlockError> {
    within("top_two.logit_bits", config.logit_bits, 2..=32)?;
    within("top_two.max_classes", config.max_classes, 1..=65_536)?;
    let name = if config.runner_up { "top_two" } else { "argmax" };
    let m = ModuleBuilder::new(name).param("l", config.logit_bits).param("c", config.max_classes);
    let m = m.doc("The best classes of an image; ties go to the lowest class.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the image");
    let fields = [("logit", config.logit(), "a class's score"), ("last", BIT, "the image ends")];
    let input = Stream::sink(&m, "in", &fields);
    let out = Stream::source(&m, "out", &config.results());

    let mut pipe = Pipeline::behind(&m, clk, rst, &input);
    let ranking = Ranking { m: &m, clk, moves: input.moves() };
    let (logit, last) = (input.get("logit"), input.get("last"));
    let class = m.reg("class_q", config.class(), clk).reset(rst, 0).enable(ranking.moves);
    class.next(last.mux(m.lit(config.class(), 0), class.q + 1));
    let open = m.reg("open_q", BIT, clk).reset(rst, 0).enable(ranking.moves);
    open.next(!last);
    let best = m.wire("best_logit", config.logit());
    let wins = m.named("wins", !open.q | logit.gt(best));
    let first = ranking.place("first", wins, class.q, logit);
    m.drive(best, first.logit);
    m.drive(out.get("first"), first.class);
    m.drive(out.get("first_logit"), first.logit);
    if config.runner_up {
        runner_up(&ranking, &out, &first, [open.q, wins], [class.q, logit], rst);
    }
    pipe.next_stage_if(last);
    pipe.finish(&out);
    Ok(m.build()?)
}

/// The second place: the winner that was overtaken, or the best of the rest.
fn runner_up<'m>(
    ranking: &Ranking<'m>,
    out: &Stream<'m>,
    first: &Place<'m>,
    [open, wins]: [Sig<'m>; 2],
    [class, logit]: [Sig<'m>; 2],
    rst: Sig<'m>,
) {
    let (m, clk) = (ranking.m, ranking.clk);
    let decided = m.reg("decided_q", BIT, clk).reset(rst, 0).enable(ranking.moves);
    decided.next(open);
    let second_best = m.wire("second_best", logit.ty());
    let takes = m.named("second_takes", wins | !decided.q | logit.gt(second_best));
    let from = |overtaken: Sig<'m>, new: Sig<'m>| wins.mux(overtaken, new);
    let second = ranking.place("second", takes, from(first.class, class), from(first.logit, logit));
    m.drive(second_best, second.logit);
    let margin = first.logit.widening_sub(second.logit).as_unsigned();
    let results = [("second", second.class), ("second_logit", second.logit), ("margin", margin)];
    results.into_iter().for_each(|(field, value)| m.drive(out.get(field), value));
    m.drive(out.get("decided"), decided.q);
}
