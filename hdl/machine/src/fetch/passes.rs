//! Counts through tiles, passes and words: what the array works on next.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `full` | halves of the patch buffers that hold a tile |
//! | `advance` | a word can be asked for |
//! | `issue` | a word is asked for, with: |
//! | `half`, `word` | where it is in the patch buffers |
//! | `last`, `tile_end` | it ends the pass; the last pass of the tile |
//! | `release` | the half has been read |
//! | `waits_fill`, `waits_patches` | patches are missing, those of the first tile or later ones |
//!
//! Words follow each other without a gap, from pass to pass and from tile to tile.
//!
//! ```text
//! clk       _/~\_/~\_/~\_/~\_     two words per patch
//! issue     ~~~~~~~~~~~~~~~~~
//! word      <0  ><1  ><0  ><1
//! last      _____/~~~\____/~~
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::ends::end;
use super::layer::Layer;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] = &["patch_words", "passes", "tiles"];

/// The half that is read, and the patches that are waited for.
struct Halves<'m> {
    half: Sig<'m>,
    ready: Sig<'m>,
    release: Sig<'m>,
    /// The first tile of the layer.
    first: Sig<'m>,
}

fn halves<'m>(
    m: &'m ModuleBuilder,
    (clk, start): (Clock<'m>, Sig<'m>),
    done: Sig<'m>,
) -> Halves<'m> {
    let full = m.input("full", uint(2), "halves that hold a tile");
    let half = m.reg("half_q", BIT, clk).reset(start, 0).enable(done);
    half.next(!half.q);
    let first = m.reg("first_q", BIT, clk).enable(start | done);
    first.next(start);
    let ready = half.q.mux(full.bit(1), full.bit(0));
    Halves { half: half.q, ready, release: (half.q & done).cat(!half.q & done), first: first.q }
}

/// Builds the counters.
pub fn passes(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("passes").doc("Counts through tiles, passes and words.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin a layer");
    let layer = Layer::place(&m, plan, FIELDS);
    let advance = m.input("advance", BIT, "a word can be asked for");

    let [issue, last, tile_end] = ["issue", "last", "tile_end"].map(|name| m.wire(name, BIT));
    let count = |name: &str, size: &str, when| {
        let ty = layer.get(size).ty();
        let reg = m.reg(name, ty, clk).reset(start, 0).enable(when);
        let end = end((&m, clk, start), plan, (name, [reg.q, layer.get(size)]), when);
        reg.next(end.mux(m.lit(ty, 0), reg.q + 1));
        (reg.q, end)
    };
    let (word, word_end) = count("word_q", "patch_words", issue);
    let (_, pass_end) = count("pass_q", "passes", issue & last);
    m.drive(last, word_end);
    m.drive(tile_end, word_end & pass_end);
    let done = m.named("done", issue & tile_end);
    let left = m.reg("tiles_left_q", plan.pixels(), clk).reset(rst, 0).enable(start | done);
    left.next(start.mux(layer.get("tiles"), left.q - 1));
    // In a register: both memories hang on it.
    let running = m.reg("running_q", BIT, clk).reset(rst, 0).enable(start | done);
    running.next(start.mux(layer.get("tiles").reduce_or(), left.q.ne(1)));
    let running = running.q;
    let Halves { half, ready, release, first } = halves(&m, (clk, start), done);
    m.drive(issue, running & ready & advance);
    let waits = running & !ready;
    let word = word.truncate(plan.patch_address().width);
    m.outputs(&[
        ("issue", issue, "a word is asked for"),
        ("half", half, "half of the patch buffers"),
        ("word", word, "word of the patches"),
        ("last", last, "the word ends its pass"),
        ("tile_end", tile_end, "the pass ends its tile"),
        ("release", release, "the half has been read"),
        ("waits_fill", waits & first, "the first patches are missing"),
        ("waits_patches", waits & !first, "later patches are missing"),
    ]);
    Ok(m.build()?)
}
