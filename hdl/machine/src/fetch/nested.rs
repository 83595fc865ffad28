//! Reads nested weights ahead of their use: of a store of 16 bits, the parts that the mode needs.
//!
//! Four operands of a column lie in four groups: their upper nibbles, the nibbles below, and two
//! groups of low bytes. Mode `word4` reads one group of them, `word8` two, `word16` four: as many
//! as the operands are words. While the words of a block are in use, the next block is read.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `read_enable`, `read_group` | a request, which leaves for weight memory an edge later |
//! | `kept` | the first group behind the memory is kept |
//! | `weight_<c>` | that group |
//! | `calls`, `last` | a word moves on if it is `there`; it ends its pass |
//! | `there` | `word_<c>` are the digits of the next word |
//!
//! ```text
//! clk          _/~\_/~\_/~\_/~\_/~\_/~\_     mode word8
//! start        /~~~\____________________
//! read_enable  _____/~~~~~~~~~~~~~~~ ...
//! read_group        <b  ><b+1><b+4><b+5>
//! there        _____________________________/
//! ```
//!
//! Cost per column: two registers of 16 bits for each group of a block, and about 60 LUT.

use std::sync::Arc;

use bitladder_blocks::{BlockError, Mode};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;
use super::read_port::ReadPort;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] = &["mode", "nested", "weight_base", "pass_groups", "passes"];

/// Groups that a mode reads of a block, which are also its words.
fn groups(mode: Mode) -> u32 {
    4 / mode.parts().min(4)
}

/// What the parts of the unit share.
struct Reader<'a, 'm> {
    m: &'m ModuleBuilder,
    plan: &'a FetchPlan,
    clk: Clock<'m>,
    /// Forget everything.
    begin: Sig<'m>,
    start: Sig<'m>,
    layer: Layer<'m>,
    /// The last group of a block that the mode reads.
    last_group: Sig<'m>,
}

/// The first group that has been read and not been kept yet.
struct Slot<'m> {
    valid: Sig<'m>,
    /// Which of its block it is.
    index: Sig<'m>,
}

impl<'m> Reader<'_, 'm> {
    /// A counter that `moves`; it starts over after `end`. Gives its value, and whether it ends.
    fn count(&self, name: &str, moves: Sig<'m>, size: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let reg = m.reg(name, size.ty(), self.clk).reset(self.start, 0).enable(moves);
        let end = (reg.q + 1).eq(size);
        reg.next(end.mux(m.lit(size.ty(), 0), reg.q + 1));
        end
    }

    /// Reads group after group while there is room behind the memory.
    fn read(&self, kept: Sig<'m>) -> Slot<'m> {
        let (m, layer) = (self.m, &self.layer);
        let runs = m.reg("runs_q", BIT, self.clk).reset(self.begin & !self.start, 0);
        runs.enable(self.start).next(layer.get("nested"));
        let read = m.wire("reads", BIT);
        let port = ReadPort::new((m, self.clk), self.begin, [read, kept]);
        m.drive(read, runs.q & port.free);
        let place = m.reg("place_q", uint(2), self.clk).reset(self.start, 0).enable(read);
        let block_end = place.q.eq(self.last_group);
        place.next(block_end.mux(m.lit(uint(2), 0), place.q + 1));
        let index = port.reads.beside("index", place.q);
        let blocks = layer.get("pass_groups").shift_right(2);
        let pass_end = self.count("block_q", read & block_end, blocks);
        let tile_end = self.count("pass_q", read & block_end & pass_end, layer.get("passes"));

        let base = layer.get("weight_base");
        let group = m.reg("group_q", base.ty(), self.clk).enable(self.start | read);
        let step = self.plan.by_mode(m, layer.get("mode"), |mode| m.lit(uint(3), 5 - groups(mode)));
        let next = group.q + block_end.mux(step, m.lit(uint(3), 1)).resize(base.width());
        let again = self.start | (block_end & pass_end & tile_end);
        group.next(again.mux(base, next));
        m.drive(m.output("read_enable", BIT, "read at this edge"), read);
        m.drive(m.output("read_group", base.ty(), "the group"), group.q);
        m.drive(m.output("kept", BIT, "the first group is kept"), kept);
        Slot { valid: port.there, index }
    }

    /// The columns' words: groups of the next block are gathered as they are kept, and stand for the
    /// block that is used once they have moved.
    fn words(&self, [kept, moved]: [Sig<'m>; 2], (index, turn): (Sig<'m>, Sig<'m>)) {
        let (m, clk) = (self.m, self.clk);
        let most = self.plan.modes().into_iter().map(groups).max().unwrap_or(1);
        for c in 0..self.plan.columns() {
            let group = m.input(&format!("weight_{c}"), uint(16), "the column's word of the group");
            let part = |at: u32| {
                let ahead = m.reg(&format!("ahead_{c}_{at}_q"), uint(16), clk);
                ahead.enable(kept & index.eq(at)).next(group);
                m.kept(&format!("part_{c}_{at}_q"), ahead.q, moved, clk)
            };
            let parts: Vec<Sig<'_>> = (0..most).map(part).collect();
            let word = self.word(&parts, turn);
            m.drive(m.output(&format!("word_{c}"), uint(16), "the column's word"), word);
        }
    }

    /// The word of a column that the groups of its block give, its digits not joined yet.
    fn word(&self, parts: &[Sig<'m>], turn: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let nibble = |word: Sig<'m>| m.select(turn, &[0, 4, 8, 12].map(|low| word.bits(low, 4)));
        self.plan.by_mode(m, self.layer.get("mode"), |mode| match mode {
            Mode::Word4 | Mode::Binary => parts[0],
            Mode::Word8 => {
                let half = |word: Sig<'m>| turn.bit(0).mux(word.bits(8, 8), word.bits(0, 8));
                let (high, low) = (half(parts[0]), half(parts[1]));
                let operand = |at| high.bits(at, 4).cat(low.bits(at, 4));
                operand(4).cat(operand(0))
            }
            Mode::Word16 => {
                let pair = turn.bit(1).mux(parts[3], parts[2]);
                let low = turn.bit(0).mux(pair.bits(8, 8), pair.bits(0, 8));
                nibble(parts[0]).cat(nibble(parts[1])).cat(low)
            }
        })
    }
}

/// What joins the digits of words, an edge behind the reader: there is a register between.
#[derive(Clone, Copy)]
pub(super) struct Digits<'m> {
    m: &'m ModuleBuilder,
    /// The layer's weights are nested and of 16, of 8 bits.
    wide: Sig<'m>,
    half: Sig<'m>,
}

impl<'m> Digits<'m> {
    /// For a layer whose weights are `nested`.
    pub(super) fn new(
        (m, clk): (&'m ModuleBuilder, Clock<'m>),
        plan: &FetchPlan,
        (nested, mode): (Sig<'m>, Sig<'m>),
    ) -> Digits<'m> {
        let of =
            |wanted: Mode| plan.by_mode(m, mode, |mode| m.lit(BIT, i128::from(mode == wanted)));
        let flag = |name: &str, wanted| m.pipe(name, nested & of(wanted), clk);
        Digits {
            m,
            wide: flag("joins_wide_q", Mode::Word16),
            half: flag("joins_half_q", Mode::Word8),
        }
    }

    /// The word whose digits these are: numbers from their upper part and what they have beyond, which
    /// may be negative. Words of other kinds stay what they are.
    pub(super) fn join(&self, column: usize, digits: Sig<'m>) -> Sig<'m> {
        let less = |high: Sig<'m>, sign: Sig<'m>| high - sign.zero_extend(high.width());
        let nibble = |at: u32| digits.bits(at, 4);
        let top = less(nibble(12), digits.bit(11) & (self.wide | self.half));
        let upper = less(top.cat(nibble(8)), digits.bit(7) & self.wide);
        let lower = less(nibble(4), digits.bit(3) & self.half);
        self.m.named(&format!("joined_{column}"), upper.cat(lower).cat(nibble(0)))
    }
}

/// Builds the reader.
pub(crate) fn nested(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("nested").param("w", plan.weight_address().width);
    let m = m.doc("Reads nested weights ahead of their use.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin a layer");
    let layer = Layer::place(&m, plan, FIELDS);
    let calls = m.input("calls", BIT, "a word moves on if it is there");
    let last = m.input("last", BIT, "it ends its pass");
    let last_group = plan.by_mode(&m, layer.get("mode"), |mode| m.lit(uint(2), groups(mode) - 1));
    // In a register: the mode goes everywhere, and requests hang on this.
    let last_group = m.pipe("last_group_q", last_group, clk);
    let begin = m.named("anew", rst | start);
    let reader = Reader { m: &m, plan, clk, begin, start, layer, last_group };

    let [kept, moved] = ["kept", "moved"].map(|name| m.wire(name, BIT));
    let slot = reader.read(kept);
    let full = m.reg("full_q", BIT, clk).reset(begin, 0);
    let there = m.reg("there_q", BIT, clk).reset(begin, 0);
    let turn = m.reg("turn_q", uint(2), clk).reset(begin, 0).enable(calls & there.q);
    // Seen a word ahead: much hangs on it.
    let block_last = m.reg("block_last_q", BIT, clk);
    let ends = last | block_last.q;
    let next = ends.mux(m.lit(uint(2), 0), turn.q + 1);
    turn.next(next);
    let now = (calls & there.q).mux(next, turn.q);
    block_last.next((!begin).mux(now, m.lit(uint(2), 0)).eq(last_group));
    // Not what moves on: requests hang on it, and no other weights count in a nested layer.
    let block_done = calls & ends;
    m.drive(moved, full.q & (!there.q | block_done));
    m.drive(kept, slot.valid & (!full.q | moved));
    full.next((kept & slot.index.eq(last_group)) | (full.q & !moved));
    there.next(moved | (there.q & !block_done));
    m.drive(m.output("there", BIT, "the next word is there"), there.q);
    reader.words([kept, moved], (slot.index, turn.q));
    Ok(m.build()?)
}
