//! Reads weight memory group by group, takes the sub-words apart and decodes 3-bit codes.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `issue`, `last`, `tile_end` | a word is asked for; it ends its pass; the pass ends its tile |
//! | `read_enable`, `read_group`, `weight_<c>` | weight memory: the group comes one edge later, and stays |
//! | `hold` | the word asked for is held; only if something is done with it before `take` |
//! | `take` | the word asked for, or held, moves on |
//! | `word_<c>` | it, after that edge; with `Drain::Short` and fixed weights alone the word itself |
//! | `scalar_*` | parameter memory, see the fetcher of scalars; with `scalar_entries` only |
//! | `there` | the word asked for can move on; with `scalar_entries` or `nested` only |
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
use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;
use super::nested::{self, nested};
use super::quality;
use super::scalars::{self, SCALAR_BITS, scalars};
use crate::kept::kept;

/// The fields of a layer that the module reads.
pub(crate) fn fields(plan: &FetchPlan) -> Vec<&'static str> {
    let mut all = vec!["mode", "weight_kind", "weight_base"];
    if plan.config().scalar_entries.is_some() {
        all.extend(scalars::FIELDS);
    }
    if plan.config().nested {
        all.extend(nested::FIELDS);
    }
    if plan.config().quality {
        all.extend(quality::FIELDS);
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

/// What decodes 3-bit codes.
struct Decoders<'m> {
    decoder: Arc<Module>,
    scalars: Vec<Sig<'m>>,
    wanted: Sig<'m>,
    /// The scalars of the word asked for.
    there: Sig<'m>,
}

impl<'m> Decoders<'m> {
    /// The decoded weight, or `word` if there is nothing to decode.
    fn decode(&self, m: &'m ModuleBuilder, column: usize, word: Sig<'m>) -> Sig<'m> {
        let placed = m.instance(&format!("decoder_{column}"), &self.decoder);
        placed.connect("code", word.bits(0, 3)).connect("scalar", self.scalars[column]);
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
    [last, tile_end, take]: [Sig<'m>; 3],
) -> Result<Option<Decoders<'m>>, BlockError> {
    if plan.config().scalar_entries.is_none() {
        return Ok(None);
    }
    let fetch = m.instance("scalars", &scalars(plan)?).clock("clk", clk);
    fetch.connect("rst", rst).connect("start", start).connect("take", take);
    layer.connect(fetch, scalars::FIELDS);
    fetch.connect("last", last).connect("tile_end", tile_end);
    fetch.connect("grant", m.input("scalar_grant", BIT, "the data comes one edge later"));
    fetch.connect("data", m.input("scalar_data", uint(64), "four scalars, the first lowest"));
    m.drive(m.output("scalar_request", BIT, "an entry is wanted"), fetch.out("request"));
    let entry = m.output("scalar_entry", plan.scalar_address(), "the entry");
    m.drive(entry, fetch.out("entry"));
    // In a register: words wait for their scalars all the way back to the memories.
    let wanted = layer.get("weight_kind").eq(WeightKind::Qsq.code() as i128);
    let wanted = m.pipe("decodes_q", wanted, clk);
    Ok(Some(Decoders {
        decoder: qsq_decoder(&QsqDecoderConfig { scalar_bits: SCALAR_BITS })?,
        scalars: (0..plan.columns()).map(|c| fetch.out(&format!("scalar_{c}"))).collect(),
        wanted,
        there: !wanted | fetch.out("there"),
    }))
}

/// Places the reader of nested weights, if there is one.
fn nested_reader<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, rst, start): (Clock<'m>, Sig<'m>, Sig<'m>),
    layer: &Layer<'m>,
    [last, take]: [Sig<'m>; 2],
) -> Result<Option<Instance<'m>>, BlockError> {
    if !plan.config().nested {
        return Ok(None);
    }
    let placed = m.instance("nested", &nested(plan)?).clock("clk", clk);
    placed.connect("rst", rst).connect("start", start);
    placed.connect("take", take).connect("last", last);
    layer.connect(placed, nested::FIELDS);
    Ok(Some(placed))
}

/// The read port: of the nested weights' reader in their layers.
fn read_port<'m>(
    m: &'m ModuleBuilder,
    wanted: Option<(Sig<'m>, Instance<'m>)>,
    (enable, group): (Sig<'m>, Sig<'m>),
) {
    let choose = |name: &str, plain: Sig<'m>| match wanted {
        Some((nested, reader)) => nested.mux(reader.out(name), plain),
        None => plain,
    };
    let (enable, group) = (choose("read_enable", enable), choose("read_group", group));
    m.drive(m.output("read_enable", BIT, "read at this edge"), enable);
    m.drive(m.output("read_group", group.ty(), "the group"), group);
}

/// The module under construction, named after everything that shapes it.
fn named(plan: &FetchPlan) -> ModuleBuilder {
    let kinds = WeightKind::ALL.into_iter().filter(|kind| plan.array().lane().takes(*kind));
    let kinds: String = kinds.map(|kind| kind.name().chars().next().unwrap_or('_')).collect();
    let scalars = plan.config().scalar_entries.map_or(0, |_| plan.scalar_address().width);
    let m = plan.module("weight_stream").param("w", plan.weight_address().width);
    let views = [(plan.config().nested, 'n'), (plan.config().quality, 'q')];
    let views: String = views.into_iter().filter(|(on, _)| *on).map(|(_, letter)| letter).collect();
    m.param("", kinds + &views).param("s", scalars).doc("Reads weights in the order of use.")
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
    m.ignore(take);

    let sub = count_sub_words(&m, plan, (clk, start), (issue, last), &layer);
    let base = layer.get("weight_base");
    let group_end = issue & (last | sub.end);
    let group = m.reg("group_q", base.ty(), clk).enable(start | group_end);
    group.next((start | (last & tile_end)).mux(base, group.q + 1));
    let hold = plan.staged().then(|| bit("hold", "the word asked for is held"));
    // Of the word that is held.
    let held = |name: &str, value| match hold {
        Some(hold) => {
            let read = kept((&m, clk), &format!("{name}_q"), value, issue);
            kept((&m, clk), &format!("{name}_held_q"), read, hold)
        }
        None => value,
    };
    let waits = plan.config().nested || plan.config().scalar_entries.is_some();
    let last_held = if waits { held("last", last) } else { last };
    let control = (clk, rst, start);
    m.ignore(rst);
    let decoders = match plan.config().scalar_entries {
        Some(_) => {
            let tile_end = held("tile_end", tile_end);
            decoders(&m, plan, control, &layer, [last_held, tile_end, take])?
        }
        None => None,
    };
    let reader = nested_reader(&m, plan, control, &layer, [last_held, take])?;
    let reader = reader.map(|reader| (m.pipe("nested_q", layer.get("nested"), clk), reader));
    read_port(&m, reader, (issue & sub.first, group.q));
    if waits {
        let scalars = decoders.as_ref().map_or(m.lit(BIT, 1), |all| all.there);
        let nested = reader.map_or(m.lit(BIT, 1), |(on, reader)| !on | reader.out("there"));
        m.drive(m.output("there", BIT, "the word asked for can move on"), scalars & nested);
    }
    for c in 0..plan.columns() {
        let group = m.input(&format!("weight_{c}"), uint(16), "the column's word of the group");
        let word = sub.shift.map_or(group, |shift| sub_word(&m, plan, group, shift));
        let word = hold.map_or(word, |hold| kept((&m, clk), &format!("held_{c}_q"), word, hold));
        let word = decoders.as_ref().map_or(word, |all| all.decode(&m, c as usize, word));
        let word = match reader {
            Some((on, reader)) => {
                reader.connect(&format!("weight_{c}"), group);
                on.mux(reader.out(&format!("word_{c}")), word)
            }
            None => word,
        };
        let word = match plan.config().quality {
            true => quality::kept(&m, plan, &layer, (c, word))?,
            false => word,
        };
        let word = match plan.unbuffered() {
            true => word,
            false => kept((&m, clk), &format!("word_{c}_q"), word, take),
        };
        m.drive(m.output(&format!("word_{c}"), uint(16), "the column's word"), word);
    }
    Ok(m.build()?)
}
