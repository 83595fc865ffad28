//! Everything from activation memory to patches: streamer, realigner, and a packer and a patch
//! buffer per row.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `read_enable`, `read_group`, `activation_<c>` | activation memory: the group comes one edge later, and stays |
//! | `full` | halves of the patch buffers that hold a complete tile |
//! | `release` | one edge: the half has been read |
//! | `patch_enable`, `patch_half`, `patch_word` | read a word of every row's patch |
//! | `patch_<r>` | the words, one edge later |
//!
//! Halves are filled in turn, half 0 first. The stream waits, with its pipeline full, while the
//! half it is about to fill is not free.
//!
//! ```text
//! clk       _/~\_/~\_/~\_/~\_/~\_
//! full[0]   ________/~~~~~~~\____
//! release[0]________________/~~~\  with the last read
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;
use super::patch_buffer::patch_buffer;
use super::realigner::{self, realigner};
use super::row_packer::{self, row_packer};
use super::streamer::{self, streamer};

/// The fields of a layer that the gatherer reads.
pub(crate) fn fields() -> Vec<&'static str> {
    let mut all = streamer::fields();
    all.extend(realigner::FIELDS.iter().chain(row_packer::FIELDS));
    all.sort_unstable();
    all.dedup();
    all
}

/// Which half is filled, and which are full.
struct Halves<'m> {
    /// A chunk goes on to the packers, an edge after the stream gave it.
    enter: Sig<'m>,
    /// The half that the packers fill.
    half: Sig<'m>,
}

fn halves<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, begin): (Clock<'m>, Sig<'m>),
    stream: Instance<'m>,
) -> Halves<'m> {
    let of = |field: &str| stream.out(&format!("chunk_{field}"));
    let release = m.input("release", uint(2), "the half has been read");
    let half = m.reg("half_q", BIT, clk).reset(begin, 0);
    let full = m.reg("full_q", uint(2), clk).reset(begin, 0);
    let ready = m.wire("ready", BIT);
    stream.connect("chunk_ready", ready);
    let enter = m.named("enter", ready & of("valid"));
    let ends = m.named("ends", enter & of("flush") & of("tile_end"));
    let half_next = half.q ^ ends;
    half.next(half_next);
    // The packers are two edges behind.
    let filled = m.pipe("filling_q", m.pipe("entering_q", half.q, clk), clk);
    let later = |name: &str, bit: Sig<'m>| {
        let held = m.reg(name, BIT, clk).reset(begin, 0);
        held.next(bit);
        held.q
    };
    let done = later("done_q", later("ends_q", ends));
    let set = (filled & done).cat(!filled & done);
    let full_next = (full.q & !release) | set;
    full.next(full_next);
    let waits = |half: Sig<'m>, full: Sig<'m>| half.mux(full.bit(1), full.bit(0));
    m.drive(
        ready,
        match plan.staged() {
            // In a register of its own: the memories' requests hang on it.
            true => {
                let stops = m.reg("stops_q", BIT, clk).reset(begin, 0);
                stops.next(waits(half_next, full_next));
                !stops.q
            }
            false => !waits(half.q, full.q),
        },
    );
    m.drive(m.output("full", uint(2), "halves that hold a complete tile"), full.q);
    Halves { enter: later("enter_q", enter), half: filled }
}

/// What the packers get of a chunk, an edge later: its word is chosen meanwhile.
struct Chunk<'m> {
    rows: Sig<'m>,
    fields: [(&'static str, Sig<'m>); 2],
}

impl<'m> Chunk<'m> {
    fn of(m: &'m ModuleBuilder, clk: Clock<'m>, stream: Instance<'m>) -> Chunk<'m> {
        let later =
            |field: &str| m.pipe(&format!("{field}_q"), stream.out(&format!("chunk_{field}")), clk);
        let fields = ["count", "flush"].map(|field| (field, later(field)));
        Chunk { rows: later("rows"), fields }
    }
}

/// A row's packer and buffer.
fn row<'m>(
    m: &'m ModuleBuilder,
    (packer, buffer): (&Arc<Module>, &Arc<Module>),
    (clk, index): (Clock<'m>, u32),
    stream: Instance<'m>,
    (chunk, halves): (&Chunk<'m>, &Halves<'m>),
) -> (Instance<'m>, Instance<'m>) {
    let packs = m.instance(&format!("packer_{index}"), packer).clock("clk", clk);
    packs.connect("load", stream.out("load").bit(index));
    packs.connect("load_first", stream.out("load_first"));
    packs.connect("load_end", stream.out("load_end"));
    packs.connect("active", chunk.rows.bit(index)).connect("valid", halves.enter);
    packs.connect("place", stream.out("chunk_place"));
    for (field, value) in chunk.fields {
        packs.connect(field, value);
    }
    let holds = m.instance(&format!("patches_{index}"), buffer).clock("clk", clk);
    holds.connect("write_enable", packs.out("write")).connect("write_half", halves.half);
    holds.connect("write_word", packs.out("word"));
    holds.connect("write_data", packs.out("write_data"));
    (packs, holds)
}

/// The realigner between memory and packers.
fn align<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, layer): (Clock<'m>, &Layer<'m>),
    stream: Instance<'m>,
) -> Result<Instance<'m>, BlockError> {
    let placed = m.instance("realigner", &realigner(plan)?).clock("clk", clk);
    layer.connect(placed, realigner::FIELDS);
    for c in 0..plan.columns() {
        let name = format!("activation_{c}");
        placed.connect(&name, m.input(&name, uint(16), "a word of the group"));
    }
    for field in ["column", "offset", "inside"] {
        placed.connect(field, stream.out(&format!("chunk_{field}")));
    }
    Ok(placed.connect("blank", stream.out("chunk_flush")))
}

/// Builds the gatherer.
pub fn gather(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("gather").doc("Gathers the patches of a tile from activation memory.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin a layer");
    let layer = Layer::place(&m, plan, &fields());
    let begin = m.named("fresh", rst | start);

    let stream = m.instance("streamer", &streamer(plan)?).clock("clk", clk);
    stream.connect("rst", rst).connect("start", start);
    layer.connect(stream, &streamer::fields());
    for (name, doc) in [("read_enable", "read at this edge"), ("read_group", "the group")] {
        m.drive(m.output(name, stream.out(name).ty(), doc), stream.out(name));
    }
    let align = align(&m, plan, (clk, &layer), stream)?;

    let halves = halves(&m, plan, (clk, begin), stream);
    let chunk = Chunk::of(&m, clk, stream);
    let enable = m.input("patch_enable", BIT, "read the patches");
    let half = m.input("patch_half", BIT, "of this half");
    let word = m.input("patch_word", plan.patch_address(), "this word");
    let parts = (row_packer(plan)?, patch_buffer(plan)?);
    for index in 0..plan.rows() {
        let (packs, holds) = row(&m, (&parts.0, &parts.1), (clk, index), stream, (&chunk, &halves));
        packs.connect("clear", begin).connect("data", align.out("data"));
        layer.connect(packs, row_packer::FIELDS);
        holds.connect("read_enable", enable).connect("read_half", half).connect("read_word", word);
        let data = m.output(&format!("patch_{index}"), uint(16), "the word of this row");
        m.drive(data, holds.out("read_data"));
    }
    Ok(m.build()?)
}
