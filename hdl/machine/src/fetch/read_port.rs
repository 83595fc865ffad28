//! The way of words through a memory that is far away: requests leave from registers, words come
//! into registers, and a spare one takes what comes when there is no use for it yet.
//!
//! A machine's weights lie in many block memories all over the device, which are slow besides: so
//! neither their enable nor their address waits for anything, and nothing is done with a word on
//! its way. A request that has left always comes back. There are three places for words, the
//! memory's output, the register behind it and the spare one, and never more than three words
//! under way that nobody takes.
//!
//! ```text
//! clk          _/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_
//! ask          /~~~~~~~~~~~~~~~\___/~~~~~~~~~~~
//! memory               <a  ><b  ><c  ><d       >
//! came                     <a  ><b  ><c       ><d
//! spare                             <b  >
//! word                     <a  ><b      ><c   ><d
//! take         ____________/~~~\___/~~~~~~~~~~~
//! ```

use bitladder_rtl::{BIT, Clock, ModuleBuilder, Sig};

use crate::kept::kept;

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
    /// The memory's word goes to the register behind it.
    pub(super) comes: Sig<'m>,
    /// The word there makes room, to the spare register.
    pub(super) moves: Sig<'m>,
    /// The first word is the spare one.
    pub(super) spare: Sig<'m>,
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
        let [asked, read, came, spare] = ["asked_q", "read_q", "came_q", "spare_q"].map(stage);
        // Then nothing is spare.
        let moves = asked.q & read.q & came.q;
        let comes = !came.q | moves | (take & !spare.q);
        let full =
            (asked.q & read.q & (came.q | spare.q)) | (came.q & spare.q & (asked.q | read.q));
        asked.next(ask);
        read.next(asked.q | (read.q & !comes));
        came.next(read.q | !comes);
        spare.next(!take & (spare.q | moves));
        let words = Words { comes, moves, spare: spare.q };
        let (free, there) = (take | !full, came.q | spare.q);
        ReadPort { m, clk, free, there, ask, asked: asked.q, words }
    }

    /// Part of a request, as it stands at the memory.
    pub(super) fn request(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        kept((self.m, self.clk), name, value, self.ask)
    }

    /// Where the port's words go.
    pub(super) fn words(&self) -> Words<'m> {
        self.words
    }

    /// What is known of a word when it is asked for, when it is there.
    pub(super) fn beside(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        let asked = self.request(&format!("{name}_asked_q"), value);
        let read = kept((self.m, self.clk), &format!("{name}_read_q"), asked, self.asked);
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
        let came = kept((m, clk), &format!("{name}_came_q"), output, self.comes);
        let kept = kept((m, clk), &format!("{name}_spare_q"), came, self.moves);
        self.spare.mux(kept, came)
    }
}
