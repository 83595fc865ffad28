//! The way of words through a memory that is far away: requests leave from registers, and words
//! come into registers, of which there are as many as can be under way.
//!
//! A machine's weights lie in many block memories all over the device, which are slow besides: so
//! neither their enable nor their address waits for anything, nothing is done with a word on its
//! way, and where it goes is known an edge ahead. A request that has left always comes back: never
//! more than [`PLACES`] words are asked for that nobody has taken.
//!
//! ```text
//! clk          _/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_
//! ask          /~~~~~~~~~~~~~~~\___/~~~~~~~~~~~
//! memory               <a  ><b  ><c  ><d       >
//! places                   <a      ><b ...
//! word                     <a  ><b      ><c   ><d
//! take         ____________/~~~\___/~~~~~~~~~~~
//! ```

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Reg, Sig, uint};

/// Words that can be under way: with a place less, there were gaps between words.
pub(super) const PLACES: u32 = 4;

/// The port's signals.
pub(super) struct ReadPort<'m> {
    /// Something can be asked for.
    pub(super) free: Sig<'m>,
    /// There is a word.
    pub(super) there: Sig<'m>,
    /// What goes along with its words.
    pub(super) reads: Reads<'m>,
}

/// The words on their way through a memory, for those who go along with a port's words.
pub(super) struct Reads<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    ask: Sig<'m>,
    /// A request stands in front of the memory.
    pub(super) asked: Sig<'m>,
    queue: Queue<'m>,
}

/// What goes beside words that are there, the first of them in registers: much hangs on it at once.
struct Queue<'m> {
    /// There are so many words, the first bit for one.
    there: Vec<Sig<'m>>,
    /// After the next edge, there is a word in this place that was there before.
    keeps: Vec<Sig<'m>>,
    take: Sig<'m>,
}

/// Where words go behind the memory.
#[derive(Clone, Copy)]
pub(super) struct Words<'m> {
    /// The places, a bit each, of which one takes the memory's word, if one does.
    pub(super) comes: Sig<'m>,
    /// The place of the first word.
    pub(super) first: Sig<'m>,
}

/// A number that counts through the places.
fn place<'m>(
    (m, clk): (&'m ModuleBuilder, Clock<'m>),
    (name, begin, when): (&str, Sig<'m>, Sig<'m>),
) -> Sig<'m> {
    let place = m.reg(name, uint(PLACES.ilog2()), clk).reset(begin, 0).enable(when);
    place.next(place.q + 1);
    place.q
}

impl<'m> ReadPort<'m> {
    /// A port that is empty after `begin`. `ask` may only be set while the port is `free`, and
    /// `take` while a word is `there`.
    pub(super) fn new(
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        begin: Sig<'m>,
        [ask, take]: [Sig<'m>; 2],
    ) -> ReadPort<'m> {
        let reads = Reads::new((m, clk), begin, [ask, take]);
        let ty = uint(PLACES.ilog2() + 1);
        let under_way = m.reg("under_way_q", ty, clk).reset(begin, 0).enable(ask ^ take);
        under_way.next(ask.mux(under_way.q + 1, under_way.q - 1));
        // In a register: requests hang on it.
        let full = m.reg("all_under_way_q", BIT, clk).reset(begin, 0);
        full.next((full.q & !take) | (ask & !take & under_way.q.eq(PLACES - 1)));
        ReadPort { free: !full.q, there: reads.queue.there[0], reads }
    }
}

impl<'m> Reads<'m> {
    /// Those of a port that has the same `begin`, `ask` and `take`.
    pub(super) fn new(
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        begin: Sig<'m>,
        [ask, take]: [Sig<'m>; 2],
    ) -> Reads<'m> {
        let stage = |name: &str| m.reg(name, BIT, clk).reset(begin, 0);
        let (asked, read) = (stage("asked_q"), stage("read_q"));
        asked.next(ask);
        read.next(asked.q);
        let queue = Queue::new(&stage, read.q, take);
        Reads { m, clk, ask, asked: asked.q, queue }
    }

    /// Part of a request, as it stands at the memory.
    pub(super) fn request(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.m.kept(name, value, self.ask, self.clk)
    }

    /// What is known of a word when it is asked for, when it is there.
    pub(super) fn beside(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let asked = self.request(&format!("{name}_asked_q"), value);
        let read = self.m.kept(&format!("{name}_read_q"), asked, self.asked, self.clk);
        self.queue.first((self.m, self.clk), name, read)
    }
}

impl<'m> Queue<'m> {
    /// A word `comes`, and the first one leaves with `take`.
    fn new(stage: &dyn Fn(&str) -> Reg<'m>, comes: Sig<'m>, take: Sig<'m>) -> Queue<'m> {
        let there = (0..PLACES).map(|at| stage(&format!("there_{at}_q")));
        let there: Vec<Reg<'m>> = there.collect();
        let keeps = |at: usize| match there.get(at + 1) {
            Some(behind) => take.mux(behind.q, there[at].q),
            None => !take & there[at].q,
        };
        let keeps: Vec<Sig<'m>> = (0..there.len()).map(keeps).collect();
        for (at, reg) in there.iter().enumerate() {
            let joins = if at == 0 { comes } else { comes & keeps[at - 1] };
            reg.next(keeps[at] | joins);
        }
        Queue { there: there.into_iter().map(|reg| reg.q).collect(), keeps, take }
    }

    /// What is known of the first word, of which `value` says it when the word comes.
    fn first(
        &self,
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        name: &str,
        value: Sig<'m>,
    ) -> Sig<'m> {
        let reg = |at: usize| m.reg(&format!("{name}_{at}_q"), value.ty(), clk);
        let regs: Vec<Reg<'m>> = (0..self.keeps.len()).map(reg).collect();
        for (at, reg) in regs.iter().enumerate() {
            let behind = regs.get(at + 1).map_or(value, |behind| behind.q);
            reg.next(self.keeps[at].mux(self.take.mux(behind, reg.q), value));
        }
        regs[0].q
    }
}

impl<'m> Words<'m> {
    /// The places of words whose request stands in front of the memory when `asked`, and of which the
    /// first leaves with `take`.
    pub(super) fn new(
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        begin: Sig<'m>,
        [asked, take]: [Sig<'m>; 2],
    ) -> Words<'m> {
        let to = place((m, clk), ("to_q", begin, asked));
        let comes: Vec<Sig<'m>> = (0..PLACES).rev().map(|at| asked & to.eq(at)).collect();
        // In a register: all words hang on it.
        let comes = m.pipe("comes_q", m.cat(&comes), clk);
        Words { comes, first: place((m, clk), ("first_q", begin, take)) }
    }

    /// The first word, of those that the memory's output gives.
    pub(super) fn first(
        &self,
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        name: &str,
        output: Sig<'m>,
    ) -> Sig<'m> {
        let place = |at: u32| m.kept(&format!("{name}_{at}_q"), output, self.comes.bit(at), clk);
        m.select(self.first, &(0..PLACES).map(place).collect::<Vec<_>>())
    }
}
