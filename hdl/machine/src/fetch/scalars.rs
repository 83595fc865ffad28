//! Fetches the scalars of 3-bit codes ahead of their use: one per vector and column.
//!
//! While the scalars of a vector are in use, those of the next one are read from parameter memory,
//! four to an entry. They come in the order of use, again from the start for every tile.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `request`, `entry` | to parameter memory: an entry is wanted |
//! | `grant` | its `data` comes one edge later |
//! | `take`, `last`, `tile_end` | a word sets off; it ends its pass; the pass ends its tile |
//! | `there` | there are scalars for the next word |
//! | `scalar_<c>` | those of a word, an edge after its `take` |
//!
//! ```text
//! clk       _/~\_/~\_/~\_/~\_/~\_     eight columns
//! request   /~~~~~~~\____________
//! entry     <e  ><e+1>
//! data           <e  ><e+1>
//! there     _______________/~~~~~     at once if a vector is in use, else one edge later
//! ```
//!
//! Cost: two registers of 13 bits per column. A vector of fewer than `columns / 4 + 3` words makes
//! the array wait, and so does the first vector of a tile.

use std::sync::Arc;

use bitladder_blocks::{BlockError, WeightKind};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, address_width, uint};

use super::config::FetchPlan;
use super::layer::Layer;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] = &["weight_kind", "scalar_base", "vector_length", "channels"];

/// Bits of a scalar: shifted by two and negated it is a weight of 16 bits.
pub(crate) const SCALAR_BITS: u32 = 13;
/// Scalars of an entry of parameter memory.
const PER_ENTRY: u32 = 4;

/// One bit: the word that is decoded ends its vector. Vectors end with their tap, too.
fn vector_end<'m>(
    m: &'m ModuleBuilder,
    (clk, begin): (Clock<'m>, Sig<'m>),
    layer: &Layer<'m>,
    (take, last): (Sig<'m>, Sig<'m>),
) -> Sig<'m> {
    // Sizes stand in registers, an edge behind the layer.
    let begin = m.pipe("begins_q", begin, clk);
    let count = |name: &str, size: &str, extra: Sig<'m>| {
        let ty = layer.get(size).ty();
        let most = m.pipe(&format!("last_{name}"), layer.get(size) - 1, clk);
        let reg = m.reg(&format!("{name}_q"), ty, clk).enable(begin | take);
        // Seen a word ahead: the scalars' registers hang on it.
        let seen = m.reg(&format!("{name}_end_q"), BIT, clk).enable(begin | take);
        let end = m.named(&format!("{name}_end"), seen.q | extra);
        let (anew, next) = (begin | end, reg.q + 1);
        reg.next(anew.mux(m.lit(ty, 0), next));
        seen.next(anew.mux(!most.reduce_or(), next.eq(most)));
        end
    };
    let tap_end = count("in_tap", "channels", last);
    count("in_vector", "vector_length", tap_end)
}

/// The entry that comes in: set while its data stands at the input.
struct Arrival<'m> {
    there: Sig<'m>,
    index: Sig<'m>,
    last: Sig<'m>,
}

/// Asks for the entries of a vector, one after the other, while the shadow is empty.
fn ask<'m>(
    m: &'m ModuleBuilder,
    (clk, again, layer): (Clock<'m>, Sig<'m>, &Layer<'m>),
    (entries, wanted, moved): (u32, Sig<'m>, Sig<'m>),
) -> Arrival<'m> {
    let grant = m.input("grant", BIT, "the data comes one edge later");
    let all = m.reg("all_asked_q", BIT, clk).reset(again | moved, 0);
    let request = m.named("asks", wanted & !all.q);
    let granted = m.named("granted", request & grant);
    let index = m.reg("index_q", uint(address_width(entries as usize)), clk);
    let index = index.reset(again | moved, 0).enable(granted);
    index.next(index.q + 1);
    let last = index.q.eq(entries - 1);
    all.next(all.q | (granted & last));
    let base = layer.get("scalar_base");
    let entry = m.reg("entry_q", base.ty(), clk).enable(again | granted);
    entry.next(again.mux(base, entry.q + 1));
    m.drive(m.output("request", BIT, "an entry is wanted"), request);
    m.drive(m.output("entry", base.ty(), "the entry"), entry.q);
    let there = m.reg("arrives_q", BIT, clk).reset(again, 0);
    there.next(granted);
    let pipe = |name: &str, value| m.pipe(name, value, clk);
    Arrival {
        there: there.q,
        index: pipe("arriving_q", index.q),
        last: pipe("arriving_last_q", last),
    }
}

/// Builds the fetcher.
pub(crate) fn scalars(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("scalars").doc("Fetches the scalars of 3-bit codes ahead of their use.");
    let m = m.param("s", plan.scalar_address().width);
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin a layer");
    let layer = Layer::place(&m, plan, FIELDS);
    let [take, last, tile_end] = [
        ("take", "a word sets off"),
        ("last", "it ends its pass"),
        ("tile_end", "the pass ends its tile"),
    ]
    .map(|(name, doc)| m.input(name, BIT, doc));
    let data = m.input("data", uint(64), "four scalars, the first lowest");
    m.ignore(data);

    let again = m.named("again", rst | start | (take & last & tile_end));
    let ends = vector_end(&m, (clk, rst | start), &layer, (take, last));
    let wanted = layer.get("weight_kind").eq(WeightKind::Qsq.code() as i128);
    let moved = m.wire("moved", BIT);
    let entries = plan.columns().div_ceil(PER_ENTRY);
    let arrival = ask(&m, (clk, again, &layer), (entries, wanted, moved));
    let filled = m.reg("filled_q", BIT, clk).reset(again | moved, 0);
    filled.next(filled.q | (arrival.there & arrival.last));
    let there = m.reg("there_q", BIT, clk).reset(again, 0);
    m.drive(moved, filled.q & (!there.q | (take & ends)));
    there.next(moved | (there.q & !(take & ends)));
    m.drive(m.output("there", BIT, "there are scalars for the next word"), there.q);
    // An edge later: the word is decoded then, and all columns' scalars hang on it.
    let moves = m.pipe("moves_q", moved, clk);
    for c in 0..plan.columns() {
        let arrives = arrival.there & arrival.index.eq(c / PER_ENTRY);
        let shadow = m.reg(&format!("next_{c}_q"), uint(SCALAR_BITS), clk).enable(arrives);
        shadow.next(data.bits(c % PER_ENTRY * 16, SCALAR_BITS));
        let now = m.reg(&format!("scalar_{c}_q"), uint(SCALAR_BITS), clk).enable(moves);
        now.next(shadow.q);
        m.drive(m.output(&format!("scalar_{c}"), now.q.ty(), "the column's scalar"), now.q);
    }
    Ok(m.build()?)
}
