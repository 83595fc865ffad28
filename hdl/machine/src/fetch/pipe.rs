//! The words under way to the array: asked for, then read, then at the array. Where weights are
//! decoded, requests stand in a register on their way to the memories, and words wait behind them
//! until their scalars are there and their sums can leave the array; then nothing stops them.

use bitladder_rtl::{BIT, Clock, Instance, ModuleBuilder, Reg, Sig};

use super::config::FetchPlan;
use super::read_port::{ReadPort, Reads, Words};

/// What keeps passes from asking for words. A wait is counted when its gap reaches the array: what
/// is under way keeps the array busy meanwhile, and some gaps close.
const CAUSES: [&str; 2] = ["fill", "patches"];

/// The stages' signals.
pub(super) struct Pipe<'m> {
    /// A word can be asked for.
    pub(super) advance: Sig<'m>,
    /// The memories' port, where requests stand in registers, and the words behind it.
    pub(super) port: Option<(Reads<'m>, Words<'m>)>,
    /// The word that moves on to the array.
    pub(super) take: Sig<'m>,
    /// A word is held, and would move on if its weights are there.
    pub(super) calls: Sig<'m>,
    /// The word at the array enters it.
    pub(super) go: Sig<'m>,
    /// It ends its pass.
    pub(super) last: Sig<'m>,
    /// A word that ends its pass enters the array, or sets off for it.
    pub(super) ends: Sig<'m>,
    /// Words wait for sums to leave, and for scalars.
    waits: [Sig<'m>; 2],
    /// No word came to the array, for one of the [`CAUSES`]; where that is counted.
    missed: Option<[Sig<'m>; CAUSES.len()]>,
}

impl<'m> Pipe<'m> {
    /// Two stages between asking for a word and the array, five where the plan is `staged`, one where
    /// it is `unbuffered`; `counted` where waits are. `begin` empties them; `readable` says that the
    /// weights' scalars are there, `may_end` that in the next cycle the sums of a pass can leave the
    /// array.
    pub(super) fn new(
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        (begin, plan, counted): (Sig<'m>, &FetchPlan, bool),
        passes: Instance<'m>,
        [readable, may_end]: [Sig<'m>; 2],
    ) -> Pipe<'m> {
        if plan.unbuffered() {
            return Pipe::unbuffered((m, clk), (begin, counted), passes, may_end);
        }
        if plan.staged() {
            return Pipe::staged((m, clk), (begin, counted), passes, [readable, may_end]);
        }
        let stage = |name: &str| m.reg(name, BIT, clk).reset(begin, 0);
        let (issue, last) = (passes.out("issue"), passes.out("last"));
        let (read, ready) = (stage("read_q"), stage("ready_q"));
        let take = m.wire("take", BIT);
        let advance = m.named("advance", !read.q | take);
        read.next(advance.mux(issue, read.q));
        let last_there = m.kept("last_read_q", last, issue, clk);
        // Whether the word at the array has to wait is known an edge ahead: all stages hang on it.
        let last = m.kept("last_q", last_there, take, clk);
        let waits = stage("waits_q");
        let free = !waits.q;
        let calls = m.named("calls", read.q & free);
        m.drive(take, calls & readable);
        ready.next(take | waits.q);
        waits.next(take.mux(last_there, waits.q) & !may_end);
        let go = m.named("go", ready.q & free);
        let waits_weights = calls & !readable;
        let moves = [("read", advance), ("ready", free)];
        let missed = missed(&stage, passes, &moves, ready.q | waits_weights, counted);
        let ends = go & last;
        let waits = [waits.q, waits_weights];
        Pipe { advance, port: None, take, calls, go, last, ends, waits, missed }
    }

    /// Words wait behind the memories. What is decided there goes nowhere else at once but to
    /// counters: words go on through registers without enables, of which there are many, and whether
    /// sums can leave is asked when the word that ends a pass sets off for the array.
    fn staged(
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        (begin, counted): (Sig<'m>, bool),
        passes: Instance<'m>,
        [readable, may_end]: [Sig<'m>; 2],
    ) -> Pipe<'m> {
        let stage = |name: &str| m.reg(name, BIT, clk).reset(begin, 0);
        let take = m.wire("take", BIT);
        let port = ReadPort::new((m, clk), begin, [passes.out("issue"), take]);
        let last = port.reads.beside("last", passes.out("last"));
        let stays = last & !m.pipe("may_end_q", may_end, clk);
        let calls = m.named("calls", port.there & !stays);
        m.drive(take, calls & readable);
        let later = |name: &str, value| {
            let reg = stage(name);
            reg.next(value);
            reg.q
        };
        let go = later("ready_q", later("held_q", take));
        let ends = m.named("ends", take & last);
        let waits = [port.there & stays, calls & !readable];
        let always = m.lit(BIT, 1);
        let moves = ["asked", "read", "came"].map(|stage| (stage, always));
        let missed = missed(&stage, passes, &moves, port.there, counted);
        let last = m.pipe("last_q", m.pipe("last_held_q", last, clk), clk);
        let words = Words::new((m, clk), begin, [port.reads.asked, take]);
        let (advance, port) = (port.free, Some((port.reads, words)));
        Pipe { advance, port, take, calls, go, last, ends, waits, missed }
    }

    /// The word that was read stands at the memories until the array takes it.
    fn unbuffered(
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        (begin, counted): (Sig<'m>, bool),
        passes: Instance<'m>,
        may_end: Sig<'m>,
    ) -> Pipe<'m> {
        let stage = |name: &str| m.reg(name, BIT, clk).reset(begin, 0);
        let (issue, last) = (passes.out("issue"), passes.out("last"));
        let (read, waits) = (stage("read_q"), stage("waits_q"));
        let go = m.named("go", read.q & !waits.q);
        let advance = m.named("advance", !read.q | go);
        read.next(advance.mux(issue, read.q));
        waits.next(issue.mux(last, waits.q) & !may_end);
        let last = m.kept("last_q", last, issue, clk);
        let missed = missed(&stage, passes, &[("read", advance)], read.q, counted);
        let ends = go & last;
        let waits = [waits.q, m.lit(BIT, 0)];
        let [take, calls] = [go; 2];
        Pipe { advance, port: None, take, calls, go, last, ends, waits, missed }
    }

    /// What the counters count, where there are any.
    pub(super) fn events(&self) -> Option<[(&'static str, Sig<'m>); 5]> {
        let [fill, patches] = self.missed?;
        let [drain, weights] = self.waits;
        let (fill, patches) = ((CAUSES[0], fill), (CAUSES[1], patches));
        Some([("works", self.go), ("drain", drain), ("weights", weights), fill, patches])
    }
}

/// The cycles without a word at the array (it is `filled` otherwise) by what kept passes from asking for
/// one: a gap goes along through the stages that move, the first of them first.
fn missed<'m>(
    stage: &dyn Fn(&str) -> Reg<'m>,
    passes: Instance<'m>,
    moves: &[(&str, Sig<'m>)],
    filled: Sig<'m>,
    counted: bool,
) -> Option<[Sig<'m>; CAUSES.len()]> {
    let wait = |cause: &str| format!("waits_{cause}");
    if !counted {
        CAUSES.iter().fold(passes, |passes, cause| passes.ignore(&wait(cause)));
        return None;
    }
    let missed = |cause: &str| {
        let gap = moves.iter().fold(passes.out(&wait(cause)), |before, (name, moves)| {
            let gap = stage(&format!("{name}_{cause}_q"));
            gap.next(moves.mux(before, gap.q));
            gap.q
        });
        gap & !filled
    };
    Some(CAUSES.map(missed))
}
