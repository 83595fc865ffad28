//! Reads weight memory group by group, takes the sub-words apart and decodes 3-bit codes.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `issue`, `last`, `tile_end` | a word is asked for; it ends its pass; the pass ends its tile |
//! | `read_enable`, `read_group`, `weight_<c>` | weight memory: the group comes one edge later, and stays |
//! | `take` | the word asked for moves on |
//! | `word_<c>` | it, after that edge |
//! | `keep` | with `scalar_entries` only: the word read moves on to the decoder, a stage of its own |
//! | `scalar_*` | parameter memory, see the fetcher of scalars; with `scalar_entries` only |
//! | `scalars_there` | the word asked for can be decoded; likewise |
//!
//! Cost: a register of 16 bits per column for fixed weights alone; the 3-bit code adds a decoder and
//! two scalars per column, about 170 LUT4 each.
//!
//! A group is read once per `S` words, at each pass's start at the latest; groups follow each other
//! over the passes of a tile.
//!
//! ```text
//! clk          _/~\_/~\_/~\_/~\_     S = 2
//! issue        ~~~~~~~~~~~~~~\___
//! read_enable  ~~~~~\____/~~~\___
//! weight_*          <ba      ><dc
//! word_*                 <a  ><b
//! ```

use std::sync::Arc;

use bitladder_blocks::weights::{QsqDecoderConfig, qsq_decoder};
use bitladder_blocks::{BlockError, Mode, WeightKind};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;
use super::scalars::{self, SCALAR_BITS, scalars};

/// The fields of a layer that the module reads.
pub(crate) fn fields(plan: &FetchPlan) -> Vec<&'static str> {
    let mut all = vec!["mode", "weight_kind", "weight_base"];
    if plan.config().scalar_entries.is_some() {
        all.extend(scalars::FIELDS);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Sub-words that a word of weight memory holds; 1 for what the plan does not have.
fn sub_words(plan: &FetchPlan, mode: Mode, kind: WeightKind) -> u32 {
    let decoded = kind == WeightKind::Qsq && plan.config().scalar_entries.is_some();
    let taken = plan.array().lane().takes(kind) && kind.goes_with(mode);
    match (kind, mode) {
        (WeightKind::Qsq, Mode::Word16) if decoded => 4,
        (WeightKind::PowerOfTwo, Mode::Word16) if taken => 2,
        (WeightKind::Ternary, _) if taken => 8 / mode.parts(),
        _ => 1,
    }
}

/// The most sub-words of all modes and kinds.
fn most(plan: &FetchPlan) -> u32 {
    let each = |mode| WeightKind::ALL.map(|kind| sub_words(plan, mode, kind));
    plan.modes().into_iter().flat_map(each).max().unwrap_or(1)
}

/// Which sub-word comes next, and what that is as a shift of the word.
struct SubWords<'m> {
    /// The first of its group, and the last.
    first: Sig<'m>,
    end: Sig<'m>,
    /// Sub-words of the narrowest kind to drop; `None` if there are no sub-words.
    shift: Option<Sig<'m>>,
}

fn count_sub_words<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, begin): (Clock<'m>, Sig<'m>),
    (issue, last): (Sig<'m>, Sig<'m>),
    layer: &Layer<'m>,
) -> SubWords<'m> {
    let most = most(plan);
    if most == 1 {
        let yes = m.lit(BIT, 1);
        return SubWords { first: yes, end: yes, shift: None };
    }
    let bits = most.ilog2();
    let index = m.reg("sub_word_q", uint(bits), clk).reset(begin, 0).enable(issue);
    let by_kind = |value: &dyn Fn(u32) -> Sig<'m>| {
        plan.by_mode(m, layer.get("mode"), |mode| {
            let of = |kind: WeightKind| value(sub_words(plan, mode, kind));
            let arms: Vec<_> = WeightKind::ALL.map(|kind| (kind.code(), of(kind))).to_vec();
            m.case(layer.get("weight_kind"), &arms[1..], arms[0].1)
        })
    };
    let end = index.q.eq(by_kind(&|count| m.lit(uint(bits), count - 1)));
    let shift = by_kind(&|count| index.q.shift_left((most / count).ilog2()));
    index.next((end | last).mux(m.lit(uint(bits), 0), index.q + 1));
    let held = m.reg("shift_q", uint(bits), clk).enable(issue);
    held.next(shift);
    SubWords { first: !index.q.reduce_or(), end, shift: Some(held.q) }
}

/// What decodes 3-bit codes, a stage behind the memory: the way out of a block memory and through
/// the decoder is too long for one cycle.
struct Decoders<'m> {
    clk: Clock<'m>,
    keep: Sig<'m>,
    decoder: Arc<Module>,
    scalars: Vec<Sig<'m>>,
    wanted: Sig<'m>,
}

impl<'m> Decoders<'m> {
    /// The decoded weight, or `word` if there is nothing to decode. The code is chosen from the
    /// group apart from the word: few bits, so that the decoder behind it has time.
    fn decode(
        &self,
        m: &'m ModuleBuilder,
        column: usize,
        (group, shift): (Sig<'m>, Sig<'m>),
        word: Sig<'m>,
    ) -> Sig<'m> {
        let codes = [0, 4, 8, 12].map(|low| group.bits(low, 3));
        let code = m.select(shift.bits(shift.width() - 2, 2), &codes);
        let kept = |name: &str, value: Sig<'m>| {
            let reg = m.reg(&format!("{name}_{column}_q"), value.ty(), self.clk).enable(self.keep);
            reg.next(value);
            reg.q
        };
        let (code, word) = (kept("code", code), kept("kept", word));
        let placed = m.instance(&format!("decoder_{column}"), &self.decoder);
        placed.connect("code", code).connect("scalar", self.scalars[column]);
        placed.ignore("skip").ignore("no_operation");
        self.wanted.mux(placed.out("weight").as_unsigned(), word)
    }
}

/// Places the scalars' fetcher and its ports, if there is one.
fn decoders<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, rst, start): (Clock<'m>, Sig<'m>, Sig<'m>),
    layer: &Layer<'m>,
    [issue, last, tile_end, take]: [Sig<'m>; 4],
) -> Result<Option<Decoders<'m>>, BlockError> {
    if plan.config().scalar_entries.is_none() {
        m.ignore(rst);
        return Ok(None);
    }
    let keep = m.input("keep", BIT, "the word read moves on to the decoder");
    let fetch = m.instance("scalars", &scalars(plan)?).clock("clk", clk);
    fetch.connect("rst", rst).connect("start", start).connect("take", take);
    layer.connect(fetch, scalars::FIELDS);
    for (name, value) in [("last", last), ("tile_end", tile_end)] {
        let held = m.reg(&format!("{name}_q"), BIT, clk).enable(issue);
        held.next(value);
        let kept = m.reg(&format!("{name}_kept_q"), BIT, clk).enable(keep);
        kept.next(held.q);
        fetch.connect(name, kept.q);
    }
    fetch.connect("grant", m.input("scalar_grant", BIT, "the data comes one edge later"));
    fetch.connect("data", m.input("scalar_data", uint(64), "four scalars, the first lowest"));
    m.drive(m.output("scalar_request", BIT, "an entry is wanted"), fetch.out("request"));
    let entry = m.output("scalar_entry", plan.scalar_address(), "the entry");
    m.drive(entry, fetch.out("entry"));
    let wanted = layer.get("weight_kind").eq(WeightKind::Qsq.code() as i128);
    let there = m.output("scalars_there", BIT, "the word asked for can be decoded");
    m.drive(there, !wanted | fetch.out("there"));
    Ok(Some(Decoders {
        clk,
        keep,
        decoder: qsq_decoder(&QsqDecoderConfig { scalar_bits: SCALAR_BITS })?,
        scalars: (0..plan.columns()).map(|c| fetch.out(&format!("scalar_{c}"))).collect(),
        wanted,
    }))
}

/// The module under construction, named after everything that shapes it.
fn named(plan: &FetchPlan) -> ModuleBuilder {
    let kinds = WeightKind::ALL.into_iter().filter(|kind| plan.array().lane().takes(*kind));
    let kinds: String = kinds.map(|kind| kind.name().chars().next().unwrap_or('_')).collect();
    let scalars = plan.config().scalar_entries.map_or(0, |_| plan.scalar_address().width);
    let m = plan.module("weight_stream").param("w", plan.weight_address().width);
    m.param("", kinds).param("s", scalars).doc("Reads weights in the order of use.")
}

/// The sub-word that `shift` asks for, at the bottom.
fn sub_word<'m>(m: &'m ModuleBuilder, plan: &FetchPlan, group: Sig<'m>, shift: Sig<'m>) -> Sig<'m> {
    let step = 16 / most(plan);
    let arms: Vec<_> = (0..most(plan)).map(|by| group.shift_right(by * step)).collect();
    m.select(shift, &arms)
}

/// Builds the stream.
pub fn weight_stream(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = named(plan);
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin a layer");
    let layer = Layer::place(&m, plan, &fields(plan));
    let bit = |name: &str, doc: &str| m.input(name, BIT, doc);
    let issue = bit("issue", "a word is asked for");
    let last = bit("last", "it ends its pass");
    let tile_end = bit("tile_end", "the pass ends its tile");
    let take = bit("take", "the word asked for moves on");
    m.ignore(layer.get("mode"));
    m.ignore(layer.get("weight_kind"));

    let sub = count_sub_words(&m, plan, (clk, start), (issue, last), &layer);
    let base = layer.get("weight_base");
    let group_end = issue & (last | sub.end);
    let group = m.reg("group_q", base.ty(), clk).enable(start | group_end);
    group.next((start | (last & tile_end)).mux(base, group.q + 1));
    m.drive(m.output("read_enable", BIT, "read at this edge"), issue & sub.first);
    m.drive(m.output("read_group", base.ty(), "the group"), group.q);
    let decoders = decoders(&m, plan, (clk, rst, start), &layer, [issue, last, tile_end, take])?;
    for c in 0..plan.columns() {
        let group = m.input(&format!("weight_{c}"), uint(16), "the column's word of the group");
        let word = sub.shift.map_or(group, |shift| sub_word(&m, plan, group, shift));
        let word = match (&decoders, sub.shift) {
            (Some(all), Some(shift)) => all.decode(&m, c as usize, (group, shift), word),
            _ => word,
        };
        let held = m.reg(&format!("word_{c}_q"), uint(16), clk).enable(take);
        held.next(word);
        m.drive(m.output(&format!("word_{c}"), uint(16), "the column's word"), held.q);
    }
    Ok(m.build()?)
}
