//! Reads weight memory group by group, takes the sub-words apart and decodes 3-bit codes.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `issue`, `last`, `tile_end` | a word is asked for; it ends its pass; the pass ends its tile |
//! | `read_enable`, `read_group`, `weight_<c>` | weight memory: the group comes one edge later, and stays |
//! | `take` | the word asked for moves on |
//! | `calls` | it would, if its weights are there; with `nested` only |
//! | `word_<c>` | it, after that edge; with `Drain::Short` and fixed weights alone the word itself; an edge later where something is done with words on their way, and then requests leave an edge later, too |
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

use bitladder_blocks::{BlockError, WeightKind};
use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use super::behind::{Behind, decoders};
use super::config::{FetchConfig, FetchPlan};
use super::layer::Layer;
use super::nested::{self, Digits, nested};
use super::quality;
use super::read_port::{Reads, Words};
use super::scalars;
use super::sub_words::{count_sub_words, sub_word};

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

/// Places the reader of nested weights, if there is one.
fn nested_reader<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, rst, start): (Clock<'m>, Sig<'m>, Sig<'m>),
    layer: &Layer<'m>,
    last: Sig<'m>,
) -> Result<Option<Instance<'m>>, BlockError> {
    if !plan.config().nested {
        return Ok(None);
    }
    let placed = m.instance("nested", &nested(plan)?).clock("clk", clk);
    placed.connect("rst", rst).connect("start", start);
    let calls = m.input("calls", BIT, "it moves on if its weights are there");
    placed.connect("calls", calls).connect("last", last);
    layer.connect(placed, nested::FIELDS);
    Ok(Some(placed))
}

/// The way to weight memory and back, where words wait behind it: the nested weights' reader has it in
/// their layers.
struct Way<'m> {
    /// A plain request stands in front of the memory.
    asked: Sig<'m>,
    nested: Option<(Sig<'m>, Instance<'m>)>,
}

impl<'m> Way<'m> {
    fn choose(&self, name: &str, plain: Sig<'m>) -> Sig<'m> {
        self.nested.map_or(plain, |(nested, reader)| nested.mux(reader.out(name), plain))
    }

    /// Where words go behind the memory, and the request in front of it, from registers.
    fn join(
        &self,
        (m, clk, begin): (&'m ModuleBuilder, Clock<'m>, Sig<'m>),
        [issue, take]: [Sig<'m>; 2],
        [enable, group]: [Sig<'m>; 2],
    ) -> (Words<'m>, [Sig<'m>; 2]) {
        let enable = self.choose("read_enable", enable);
        let group = self.choose("read_group", group);
        // One counter for both: multiplexers behind two would be on all words' ways.
        let asked = match self.nested {
            Some(_) => m.pipe("comes_asked_q", self.choose("read_enable", issue), clk),
            None => self.asked,
        };
        let words = Words::new((m, clk), begin, [asked, self.choose("kept", take)]);
        let request = m.kept("group_asked_q", group, enable, clk);
        (words, [m.pipe("enable_asked_q", enable, clk), request])
    }
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

/// The port to the memory, and the words it gives.
fn memory<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    [enable, group]: [Sig<'m>; 2],
) -> Vec<Sig<'m>> {
    m.drive(m.output("read_enable", BIT, "read at this edge"), enable);
    m.drive(m.output("read_group", group.ty(), "the group"), group);
    let word = |c| m.input(&format!("weight_{c}"), uint(16), "the column's word of the group");
    (0..plan.columns()).map(word).collect()
}

/// The words behind the memory, where nothing more is done with them.
fn direct<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, issue): (Clock<'m>, Sig<'m>),
    (shift, request): (Option<Sig<'m>>, [Sig<'m>; 2]),
) -> Vec<Sig<'m>> {
    let shift = shift.map(|shift| m.kept("shift_q", shift, issue, clk));
    let word = |word| shift.map_or(word, |shift| sub_word(m, plan, word, shift));
    memory(m, plan, request).into_iter().map(word).collect()
}

/// The words that wait behind the memory, and what becomes of them on their way from there.
fn staged<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (control, layer): ((Clock<'m>, Sig<'m>, Sig<'m>), &Layer<'m>),
    (issue, [last, tile_end, take]): (Sig<'m>, [Sig<'m>; 3]),
    (shift, request): (Option<Sig<'m>>, [Sig<'m>; 2]),
) -> Result<Vec<Sig<'m>>, BlockError> {
    let (clk, rst, start) = control;
    let begin = rst | start;
    let FetchConfig { scalar_entries, nested, .. } = plan.config();
    let ended = scalar_entries.is_some() || *nested;
    // Something goes beside the words.
    let reads = (ended || shift.is_some()).then(|| Reads::new((m, clk), begin, [issue, take]));
    let beside =
        |name: &str, value| reads.as_ref().map_or(value, |reads| reads.beside(name, value));
    let shift = shift.map(|shift| beside("shift", shift));
    let last = if ended { beside("last", last) } else { last };
    let decoders = match scalar_entries {
        Some(_) => decoders(m, plan, control, layer, [last, beside("tile_end", tile_end), take])?,
        None => None,
    };
    let reader = nested_reader(m, plan, control, layer, last)?;
    let reader = reader.map(|reader| (m.pipe("nested_q", layer.get("nested"), clk), reader));
    if decoders.is_some() || reader.is_some() {
        let scalars = decoders.as_ref().map_or(m.lit(BIT, 1), |all| all.there);
        let nested = reader.map_or(m.lit(BIT, 1), |(on, reader)| !on | reader.out("there"));
        m.drive(m.output("there", BIT, "the word asked for can move on"), scalars & nested);
    }
    let digits =
        reader.map(|_| Digits::new((m, clk), plan, (layer.get("nested"), layer.get("mode"))));
    let asked = reads.map_or_else(|| m.pipe("asked_q", issue, clk), |reads| reads.asked);
    let way = Way { asked, nested: reader };
    let (words, request) = way.join((m, clk, begin), [issue, take], request);
    let behind = Behind { m, clk, plan, layer, words, shift, reader, digits, decoders };
    memory(m, plan, request)
        .into_iter()
        .enumerate()
        .map(|(c, group)| behind.column(c, group))
        .collect()
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
    let request = [issue & sub.first, group.q];
    let control = (clk, rst, start);
    m.ignore(rst);
    let ends = [last, tile_end, take];
    let words = match plan.staged() {
        true => staged(&m, plan, (control, &layer), (issue, ends), (sub.shift, request))?,
        false => direct(&m, plan, (clk, issue), (sub.shift, request)),
    };
    for (c, word) in words.into_iter().enumerate() {
        let name = format!("word_{c}_q");
        let word = match plan {
            plan if plan.unbuffered() => word,
            plan if plan.staged() => m.pipe(&name, word, clk),
            _ => m.kept(&name, word, take, clk),
        };
        m.drive(m.output(&format!("word_{c}"), uint(16), "the column's word"), word);
    }
    Ok(m.build()?)
}
