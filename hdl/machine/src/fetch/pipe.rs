//! The words under way to the array: asked for, then read, then at the array; where weights are
//! decoded, requests stand in a register on their way to the memories, and words are held behind
//! them.

use bitladder_rtl::{BIT, Clock, Instance, ModuleBuilder, Reg, Sig};

use super::config::FetchPlan;
use super::read_port::ReadPort;

/// What keeps passes from asking for words. A wait is counted when its gap reaches the array: what
/// is under way keeps the array busy meanwhile, and some gaps close.
const CAUSES: [&str; 2] = ["fill", "patches"];

/// The stages' signals.
pub(super) struct Pipe<'m> {
    /// A word can be asked for.
    pub(super) advance: Sig<'m>,
    /// The word that was read moves on.
    pub(super) hold: Sig<'m>,
    /// The memories' port, where requests stand in registers.
    pub(super) port: Option<ReadPort<'m>>,
    /// The word that moves on to the array.
    pub(super) take: Sig<'m>,
    /// A word is held, and would move on if its weights are there.
    pub(super) calls: Sig<'m>,
    /// The word at the array enters it.
    pub(super) go: Sig<'m>,
    /// It ends its pass.
    pub(super) last: Sig<'m>,
    waits_drain: Sig<'m>,
    waits_weights: Sig<'m>,
    /// No word came to the array, for one of the [`CAUSES`]; where that is counted.
    missed: Option<[Sig<'m>; CAUSES.len()]>,
}

impl<'m> Pipe<'m> {
    /// Two stages between asking for a word and the array, four where the plan is `staged`, one where
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
        let staged = plan.staged();
        let stage = |name: &str| m.reg(name, BIT, clk).reset(begin, 0);
        let (issue, last) = (passes.out("issue"), passes.out("last"));
        let ready = stage("ready_q");
        let [advance, take] = ["advance", "take"].map(|name| m.wire(name, BIT));
        // What comes before the array's stage.
        let (port, hold, there, last_there) = match staged {
            true => {
                let (held, hold) = (stage("held_q"), m.wire("hold", BIT));
                let port = ReadPort::new((m, clk), begin, [issue, hold]);
                m.drive(hold, port.there & (!held.q | take));
                held.next(hold | (held.q & !take));
                m.drive(advance, port.free);
                let last = m.kept("last_held_q", port.beside("last", last), hold, clk);
                (Some(port), hold, held.q, last)
            }
            false => {
                let read = stage("read_q");
                m.drive(advance, !read.q | take);
                read.next(advance.mux(issue, read.q));
                (None, take, read.q, m.kept("last_read_q", last, issue, clk))
            }
        };
        // Whether the word at the array has to wait is known an edge ahead: all stages hang on it.
        let last = m.kept("last_q", last_there, take, clk);
        let waits = stage("waits_q");
        let free = !waits.q;
        let calls = m.named("calls", there & free);
        m.drive(take, calls & readable);
        ready.next(take | waits.q);
        waits.next(take.mux(last_there, waits.q) & !may_end);
        let go = m.named("go", ready.q & free);
        let waits_drain = waits.q;
        let waits_weights = calls & !readable;
        let moves = match staged {
            true => {
                let always = m.lit(BIT, 1);
                let way = ["asked", "read", "came"].map(|stage| (stage, always));
                [&way[..], &[("held", !there | take), ("ready", free)]].concat()
            }
            false => vec![("read", advance), ("ready", free)],
        };
        let filled = ready.q | waits_weights;
        let missed = missed(&stage, passes, &moves, filled, counted);
        Pipe { advance, hold, port, take, calls, go, last, waits_drain, waits_weights, missed }
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
        let (waits_drain, waits_weights) = (waits.q, m.lit(BIT, 0));
        let [hold, take, calls] = [go; 3];
        let port = None;
        Pipe { advance, hold, port, take, calls, go, last, waits_drain, waits_weights, missed }
    }

    /// What the counters count, where there are any.
    pub(super) fn events(&self) -> Option<[(&'static str, Sig<'m>); 5]> {
        let [fill, patches] = self.missed?;
        let waits = [("drain", self.waits_drain), ("weights", self.waits_weights)];
        Some([("works", self.go), waits[0], waits[1], (CAUSES[0], fill), (CAUSES[1], patches)])
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
