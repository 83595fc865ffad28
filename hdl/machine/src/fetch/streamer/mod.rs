//! Reads what the rows of a tile need of each image row, once, and says which operands of each
//! word count.
//!
//! ```text
//!  layer --> parts --> runs --> walker --> activation memory
//!              |                   |
//!              | windows           | chunks, one edge ahead of their words
//!              v                   v
//!                   row packers
//! ```
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `load`, `load_first`, `load_end` | window of the row whose bit is set, see the packer |
//! | `read_enable`, `read_group` | to activation memory: the group is there one edge later, and stays |
//! | `chunk_*` | stream of chunks, beside their group: `column`, `offset`, `count`, `inside`, `place`, `rows`, `flush`, `tile_end` |
//!
//! Cost on ECP5 (`docs/results/hdl-fetch.md`): about 1,400 LUT4 and 600 flip-flops; fewer bits for
//! counts, extents and addresses make it smaller.
//!
//! A chunk per cycle, whatever the geometry; a group is read once, not once per word, if its words
//! follow each other.
//!
//! ```text
//! clk           _/~\_/~\_/~\_/~\_
//! read_group    <g  ><g  ><g+1>
//! read_enable   ~~~~~\____/~~~~\_
//! chunk_column       <6  ><7  ><0  >
//! ```

mod cut;
mod parts;
mod runs;
mod walker;

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Bundle, BundlePort, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;

/// The fields of a layer that the streamer reads.
pub(crate) fn fields() -> Vec<&'static str> {
    let mut all = [parts::FIELDS, runs::FIELDS, walker::FIELDS].concat();
    all.sort_unstable();
    all.dedup();
    all
}

/// Chunks as packers take them, beside their group.
pub(crate) fn stream_bundle(plan: &FetchPlan) -> Bundle {
    Bundle::new()
        .forward("valid", BIT, "a chunk is offered; its group stands at the memory")
        .forward("column", uint(plan.column_bits()), "the word of the group")
        .forward("offset", plan.offset(), "operands before its first")
        .forward("count", plan.count(), "its operands")
        .forward("inside", BIT, "they are of the image, not padding")
        .forward("place", plan.operands(), "position of the first")
        .forward("rows", uint(plan.rows()), "rows of the array that take it")
        .forward("flush", BIT, "no operands: the part ends")
        .forward("tile_end", BIT, "its part is the last of its tile")
        .backward("ready", BIT, "the chunk is taken")
}

/// Whether the chunk's group is that of the chunk before it which was of the image; a chunk goes by
/// where `passes`.
fn again<'m>(
    m: &'m ModuleBuilder,
    (clk, start): (Clock<'m>, Sig<'m>),
    [group, inside, passes]: [Sig<'m>; 3],
) -> Sig<'m> {
    let wanted = passes & inside;
    let held = m.kept("group_q", group, wanted, clk);
    let known = m.reg("group_known_q", BIT, clk).reset(start, 0).enable(wanted);
    known.next(m.lit(BIT, 1));
    known.q & held.eq(group)
}

/// Cuts the stream of chunks, and says in front of the cut which groups come `again`: the memory is
/// far away. Gives what stands behind it.
fn cut_chunks<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, begin): (Clock<'m>, Sig<'m>),
    walk: Instance<'m>,
) -> Result<Instance<'m>, BlockError> {
    let bundle = walker::chunk_bundle(plan).forward("again", BIT, "its group is the one before");
    let placed = m.instance("chunk_cut", &cut::cut(plan, "chunk", &bundle)?).clock("clk", clk);
    placed.connect("start", begin);
    let of = |field: &str| walk.out(&format!("chunk_{field}"));
    for field in walker::chunk_bundle(plan).fields().iter().filter(|field| field.forward) {
        placed.connect(&format!("in_{}", field.name), of(&field.name));
    }
    let ready = placed.out("in_ready");
    walk.connect("chunk_ready", ready);
    let group = of("address").slice(plan.address().width - 1, plan.column_bits());
    let again = again(m, (clk, begin), [group, of("inside"), of("valid") & ready]);
    Ok(placed.connect("in_again", again))
}

/// Reads the chunk's group unless it stands at the memory already, and holds the chunk until then.
fn read<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, start): (Clock<'m>, Sig<'m>),
    (walk, chunk): (Instance<'m>, &str),
    out: &BundlePort<'m>,
) {
    let of = |field: &str| walk.out(&format!("{chunk}_{field}"));
    let ready = out.get("ready").unwrap_or(start);
    let valid = m.reg("valid_q", BIT, clk).reset(start, 0);
    let moves = m.named("moves", !valid.q | ready);
    walk.connect(&format!("{chunk}_ready"), moves);
    valid.next(moves.mux(of("valid"), valid.q));
    let enter = m.named("enter", moves & of("valid"));

    let bits = plan.column_bits();
    let group = of("address").slice(plan.address().width - 1, bits);
    let inside = of("inside");
    let again = match plan.staged() {
        true => of("again"),
        false => again(m, (clk, start), [group, inside, enter]),
    };
    m.drive(m.output("read_enable", BIT, "read at this edge"), enter & inside & !again);
    m.drive(m.output("read_group", group.ty(), "the group"), group);

    let stage = |name: &str, value: Sig<'m>| {
        let reg = m.reg(&format!("{name}_q"), value.ty(), clk).enable(enter);
        reg.next(value);
        reg.q
    };
    let mut values = vec![valid.q, stage("column", of("address").truncate(bits))];
    let rest = ["offset", "count", "inside", "place", "rows", "flush", "tile_end"];
    values.extend(rest.map(|field| stage(field, of(field))));
    out.drive_all(&values);
}

/// Builds the streamer.
pub fn streamer(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("streamer").doc("Streams the operands that the rows of a tile need.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin a layer");
    let layer = Layer::place(&m, plan, &fields());
    let begin = m.named("fresh", rst | start);

    let scan = m.instance("parts", &parts::parts(plan)?).clock("clk", clk);
    scan.connect("rst", rst).connect("start", start);
    layer.connect(scan, parts::FIELDS);
    for (name, doc) in [
        ("load", "set the window of this row"),
        ("load_first", "first operand of the window"),
        ("load_end", "operand behind the window"),
    ] {
        m.drive(m.output(name, scan.out(name).ty(), doc), scan.out(name));
    }
    let runs = m.instance("runs", &runs::runs(plan)?).clock("clk", clk).connect("start", begin);
    layer.connect(runs, runs::FIELDS);
    m.link(scan, "part", runs, "part");
    let walk = m.instance("walker", &walker::walker(plan)?).clock("clk", clk);
    walk.connect("start", begin);
    layer.connect(walk, walker::FIELDS);
    let out = m.source("chunk", &stream_bundle(plan));
    if plan.staged() {
        let cut = m.instance("run_cut", &cut::cut(plan, "run", &runs::run_bundle(plan))?);
        cut.clock("clk", clk).connect("start", begin);
        m.link(runs, "run", cut, "in");
        m.link(cut, "out", walk, "run");
        let cut = cut_chunks(&m, plan, (clk, begin), walk)?;
        read(&m, plan, (clk, begin), (cut, "out"), &out);
    } else {
        m.link(runs, "run", walk, "run");
        read(&m, plan, (clk, begin), (walk, "chunk"), &out);
    }
    Ok(m.build()?)
}
