//! The words under way to the array: asked for, then read, then at the array; where weights are
//! decoded, requests stand in a register on their way to the memories, and words are held behind
//! them.

use bitladder_rtl::{BIT, Clock, Instance, ModuleBuilder, Sig};

use super::read_port::ReadPort;
use crate::kept::kept;

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
    /// Two stages between asking for a word and the array, four where it is `staged`; `counted` where
    /// waits are. `begin` empties them; `readable` says that the weights' scalars are there, `may_end` that in the next
    /// cycle the sums of a pass can leave the array.
    pub(super) fn new(
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        (begin, staged, counted): (Sig<'m>, bool, bool),
        passes: Instance<'m>,
        [readable, may_end]: [Sig<'m>; 2],
    ) -> Pipe<'m> {
        let stage = |name: &str| m.reg(name, BIT, clk).reset(begin, 0);
        let hold_last = |name, value, when| kept((m, clk), name, value, when);
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
                let last = hold_last("last_held_q", port.beside("last", last), hold);
                (Some(port), hold, held.q, last)
            }
            false => {
                let read = stage("read_q");
                m.drive(advance, !read.q | take);
                read.next(advance.mux(issue, read.q));
                (None, take, read.q, hold_last("last_read_q", last, issue))
            }
        };
        // Whether the word at the array has to wait is known an edge ahead: all stages hang on it.
        let last = hold_last("last_q", last_there, take);
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
        let wait = |cause| format!("waits_{cause}");
        let missed = |cause| {
            let gap = moves.iter().fold(passes.out(&wait(cause)), |before, (name, moves)| {
                let gap = stage(&format!("{name}_{cause}_q"));
                gap.next(moves.mux(before, gap.q));
                // Read by nobody where nothing is counted.
                m.ignore(gap.q);
                gap.q
            });
            gap & !ready.q & !waits_weights
        };
        let missed = match counted {
            true => Some(CAUSES.map(missed)),
            false => {
                CAUSES.iter().fold(passes, |passes, cause| passes.ignore(&wait(cause)));
                None
            }
        };
        Pipe { advance, hold, port, take, calls, go, last, waits_drain, waits_weights, missed }
    }

    /// What the counters count, where there are any.
    pub(super) fn events(&self) -> Option<[(&'static str, Sig<'m>); 5]> {
        let [fill, patches] = self.missed?;
        let waits = [("drain", self.waits_drain), ("weights", self.waits_weights)];
        Some([("works", self.go), waits[0], waits[1], (CAUSES[0], fill), (CAUSES[1], patches)])
    }
}
