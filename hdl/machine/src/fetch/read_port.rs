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

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig, uint};

/// Words that can be under way: with a place less, there were gaps between words.
pub(super) const PLACES: u32 = 3;

/// The port's signals.
#[derive(Clone, Copy)]
pub(super) struct ReadPort<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    /// Something can be asked for.
    pub(super) free: Sig<'m>,
    /// There is a word.
    pub(super) there: Sig<'m>,
    ask: Sig<'m>,
    /// A request stands in front of the memory.
    pub(super) asked: Sig<'m>,
    words: Words<'m>,
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
    let place = m.reg(name, uint(2), clk).reset(begin, 0).enable(when);
    place.next(place.q.eq(PLACES - 1).mux(m.lit(uint(2), 0), place.q + 1));
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
        let stage = |name: &str| m.reg(name, BIT, clk).reset(begin, 0);
        let (asked, read) = (stage("asked_q"), stage("read_q"));
        asked.next(ask);
        read.next(asked.q);
        let to = place((m, clk), ("to_q", begin, read.q));
        let comes: Vec<Sig<'m>> = (0..PLACES).rev().map(|at| read.q & to.eq(at)).collect();
        let first = place((m, clk), ("first_q", begin, take));
        let words = Words { comes: m.cat(&comes), first };
        // Words that are there, and those under way besides.
        let count = |name: &str, more: Sig<'m>| {
            let count = m.reg(name, uint(2), clk).reset(begin, 0).enable(more ^ take);
            count.next(more.mux(count.q + 1, count.q - 1));
            // Who only follows another port's words does not ask.
            m.ignore(count.q);
            count.q
        };
        let there = count("words_q", read.q).reduce_or();
        let free = take | count("under_way_q", ask).ne(PLACES);
        ReadPort { m, clk, free, there, ask, asked: asked.q, words }
    }

    /// Part of a request, as it stands at the memory.
    pub(super) fn request(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.m.kept(name, value, self.ask, self.clk)
    }

    /// Where the port's words go.
    pub(super) fn words(&self) -> Words<'m> {
        self.words
    }

    /// What is known of a word when it is asked for, when it is there.
    pub(super) fn beside(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let asked = self.request(&format!("{name}_asked_q"), value);
        let read = self.m.kept(&format!("{name}_read_q"), asked, self.asked, self.clk);
        self.words.first((self.m, self.clk), name, read)
    }
}

impl<'m> Words<'m> {
    /// The first word, of those that the memory's output gives.
    pub(super) fn first(
        &self,
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        name: &str,
        output: Sig<'m>,
    ) -> Sig<'m> {
        let place = |at: u32| m.kept(&format!("{name}_{at}_q"), output, self.comes.bit(at), clk);
        let arms: Vec<_> = (1..PLACES).map(|at| (u128::from(at), place(at))).collect();
        m.case(self.first, &arms, place(0))
    }
}
