//! Walks the words of runs, one per cycle, and says which operands of each count.
//!
//! A run is a row of stretches: a pixel each, or, where rows are dense, what lies left of the
//! image, in it and right of it. Two registers follow each other: the stretch to come and the
//! chunk at hand, so that neither the end of a stretch nor that of a run costs a cycle. The end of
//! a part costs one: a chunk without operands that flushes the packers.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | forget everything |
//! | `layer_*` | fields of the layer |
//! | `run` | stream of runs |
//! | `chunk` | stream of chunks: `address` of the word, `offset` of its first operand, `count`, `inside` the image, `place` (position of the first operand), `rows`, `flush`, `tile_end` |

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Bundle, BundlePort, Clock, Module, ModuleBuilder, Sig, uint};

use super::runs::run_bundle;
use crate::fetch::config::FetchPlan;
use crate::fetch::layer::Layer;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] =
    &["pixel_words", "input_width", "mode", "input_offset", "channels", "row_operands"];

/// What is known about a chunk.
pub(crate) fn chunk_bundle(plan: &FetchPlan) -> Bundle {
    Bundle::new()
        .forward("valid", BIT, "a chunk is offered")
        .forward("address", plan.address(), "its word, if inside the image")
        .forward("offset", plan.offset(), "operands before its first")
        .forward("count", plan.count(), "its operands")
        .forward("inside", BIT, "they are of the image, not padding")
        .forward("place", plan.operands(), "position of the first")
        .forward("rows", uint(plan.rows()), "rows of the array that take it")
        .forward("flush", BIT, "no operands: the part ends")
        .forward("tile_end", BIT, "its part is the last of its tile")
        .backward("ready", BIT, "the chunk is taken")
}

/// The stretch to come.
struct Stretch<'m> {
    there: Sig<'m>,
    /// It is the last of its run.
    ends: Sig<'m>,
    address: Sig<'m>,
    offset: Sig<'m>,
    length: Sig<'m>,
    inside: Sig<'m>,
    /// The first of its run, and the run's position.
    opens: Sig<'m>,
    place: Sig<'m>,
    /// The last of its run and of its part.
    part_end: Sig<'m>,
    rows: Sig<'m>,
    tile_end: Sig<'m>,
}

/// Size and place of a stretch.
struct Extent<'m> {
    at: Sig<'m>,
    length: Sig<'m>,
    inside: Sig<'m>,
    ends: Sig<'m>,
}

struct Walk<'a, 'm> {
    m: &'m ModuleBuilder,
    plan: &'a FetchPlan,
    clk: Clock<'m>,
    layer: Layer<'m>,
    /// Rows are dense, and operands per word: in registers, because so much hangs on them.
    dense: Sig<'m>,
    mode: Sig<'m>,
    run: BundlePort<'m>,
    /// The stretch to come is free or changes; it becomes that of a run, whether there is one or not.
    moves: Sig<'m>,
    loads: Sig<'m>,
    /// A stretch becomes the chunk at hand.
    next: Sig<'m>,
}

impl<'m> Walk<'_, 'm> {
    fn of_run(&self, field: &str) -> Sig<'m> {
        self.run.get(field).unwrap_or(self.next)
    }

    fn keep(&self, name: &str, value: Sig<'m>, when: Sig<'m>) -> Sig<'m> {
        self.m.kept(name, value, when, self.clk)
    }

    /// A register of a run.
    fn of_all(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.keep(name, value, self.moves & self.loads)
    }

    /// A register loaded with each run that moves on with each stretch.
    fn follow(&self, name: &str, first: Sig<'m>, next: impl FnOnce(Sig<'m>) -> Sig<'m>) -> Sig<'m> {
        let reg = self.m.reg(name, first.ty(), self.clk).enable(self.moves);
        reg.next(self.loads.mux(first, next(reg.q)));
        reg.q
    }

    /// Where the stretch is in the image row, how long it is, whether the image has it, and
    /// whether it is the last of its run.
    ///
    /// What lies left of the image and in it is known when the run comes; nothing here waits for
    /// a length to be computed, or clocks would suffer.
    fn extent(&self, row_inside: Sig<'m>) -> Extent<'m> {
        let (m, ty, count) = (self.m, self.plan.place(), self.plan.operands());
        let (dense, channels) = (self.dense, self.layer.get("channels"));
        let none = m.lit(ty, 0);
        let wide = |name: &str| self.layer.get(name).zero_extend(ty.width).as_signed();
        let limit = dense.mux(wide("row_operands"), wide("input_width"));
        let limit = m.pipe("limit_q", limit, self.clk);
        let before = m.wire("left_of_image", BIT);
        // Dense: what is left of the image is one stretch, then the image begins.
        let at = self.follow("at_q", self.of_run("at"), |q| dense.mux(before.mux(none, q), q + 1));
        let lead = self.of_all("lead_q", -self.of_run("at"));
        let to_end = limit - self.of_run("at");
        let room = self.follow("room_q", to_end, |q| dense.mux(before.mux(limit, none), q - 1));
        m.drive(before, at.msb());
        // A register of its own: offsets, counts and ends of the chunk at hand hang on it.
        let none_left =
            |room: Sig<'m>, from: u32| room.msb() | !room.slice(room.width() - 1, from).reduce_or();
        let behind = self.follow("right_of_image_q", none_left(to_end, 0), |_| {
            dense.mux(!before, none_left(room, 1))
        });
        let border = m.named("border", before.mux(lead, room).as_unsigned());

        let piece = dense.mux(border.truncate(count.width), channels);
        let left = self.follow("left_q", self.of_run("length"), |q| q - piece);
        let ends = self.ends([before, room, left]);
        Extent {
            at,
            length: (dense & ends).mux(left, piece),
            inside: row_inside & !before & !behind,
            ends,
        }
    }

    /// Whether the stretch is the last of its run: in a register, because so much waits for it. So
    /// it is made a stretch ahead, of what is left of the image and from there to the image's end.
    fn ends(&self, [before, room, left]: [Sig<'m>; 3]) -> Sig<'m> {
        let (m, width) = (self.m, self.plan.place().width);
        let channels = self.layer.get("channels");
        // Behind what is left of the image follows what is in it: here `room` still counts from the
        // run's beginning. Behind that follows the end.
        let last = !before | room.ge(left.zero_extend(width).as_signed());
        let pixels = left.zero_extend(left.width() + 1).eq(channels.widening_shl(1));
        m.named(
            "ends",
            self.follow("ends_q", self.of_run("single"), |_| self.dense.mux(last, pixels)),
        )
    }

    fn stretch(&self, there: Sig<'m>) -> Stretch<'m> {
        let (m, plan) = (self.m, self.plan);
        let row_inside = self.of_all("inside_q", self.of_run("inside"));
        let Extent { at, length, inside, ends } = self.extent(row_inside);
        let opens = self.keep("opens_q", self.loads, self.moves);

        let words = self.layer.get("pixel_words");
        let base = self.follow("base_q", self.of_run("address"), |q| q + words);
        let width = base.width();
        let skipped = plan.by_mode(m, self.mode, |mode| {
            let words = at.as_unsigned().shift_right(mode.parts().ilog2());
            words.zero_extend(words.width().max(width)).truncate(width)
        });
        let within = plan.by_mode(m, self.mode, |mode| {
            let offset = plan.offset().width;
            let bits = mode.parts().ilog2();
            let low = at.truncate(bits.max(1)).as_unsigned().resize(offset);
            if bits == 0 { m.lit(plan.offset(), 0) } else { low }
        });
        let dense = self.dense;
        let address = dense.mux(base + skipped, base);
        let offset = dense.mux(within, self.layer.get("input_offset"));
        Stretch {
            there,
            ends,
            address,
            offset: inside.mux(offset, m.lit(plan.offset(), 0)),
            length,
            inside,
            opens,
            place: self.of_all("place_q", self.of_run("first")),
            part_end: ends & self.of_all("part_end_q", self.of_run("part_end")),
            rows: self.of_all("rows_q", self.of_run("rows")),
            tile_end: self.of_all("tile_end_q", self.of_run("tile_end")),
        }
    }

    /// A register of the chunk at hand that stays for a whole stretch.
    fn hold(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.keep(&format!("chunk_{name}_q"), value, self.next)
    }

    /// A register of the chunk at hand that moves on with each word.
    fn advance(
        &self,
        name: &str,
        (step, first): (Sig<'m>, Sig<'m>),
        next: impl FnOnce(Sig<'m>) -> Sig<'m>,
    ) -> Sig<'m> {
        let reg = self.m.reg(&format!("chunk_{name}_q"), first.ty(), self.clk);
        reg.enable(self.next | step).next(self.next.mux(first, next(reg.q)));
        reg.q
    }

    /// The chunk at hand; drives `next`.
    fn chunk(&self, from: &Stretch<'m>, start: Sig<'m>, out: &BundlePort<'m>) {
        let (m, plan) = (self.m, self.plan);
        let ready = out.get("ready").unwrap_or(start);
        let [step, free] = ["step", "free"].map(|name| m.wire(name, BIT));
        let count = m.wire("count", plan.count());
        let wide = |value: Sig<'m>| value.zero_extend(plan.operands().width);

        let offset = self.advance("offset", (step, from.offset), |_| m.lit(plan.offset(), 0));
        let all = plan.by_mode(m, self.mode, |mode| m.lit(plan.count(), mode.parts()));
        // In registers, because so much waits for the end of a stretch: the field has its value
        // long before, the room is what the offset leaves, and the end is seen a word ahead.
        let all = m.pipe("all_q", all, self.clk);
        let first_room = all - from.offset.resize(plan.count().width);
        let room = self.advance("room", (step, first_room), |_| all);
        let left = self.advance("left", (step, from.length), |q| q - wide(room));
        let at_once = from.length.le(wide(first_room));
        let done = self.advance("done", (step, at_once), |_| left.le(wide(room.widening_add(all))));
        let part_end = self.hold("part_end", from.part_end);
        let valid = m.reg("valid_q", BIT, self.clk).reset(start, 0);
        let moves = valid.q & ready;
        let flush = m.reg("flush_q", BIT, self.clk).reset(start, 0).enable(moves);
        flush.next(!flush.q & done & part_end);
        let some = done.mux(left.truncate(count.width()), room);
        m.drive(count, flush.q.mux(m.lit(count.ty(), 0), some));
        m.drive(free, !valid.q | (ready & (flush.q | (done & !part_end))));
        m.drive(self.next, free & from.there);
        m.drive(step, moves & !self.next);
        valid.next(!free | from.there);

        let place = m.wire("chunk_place", plan.operands());
        let first = from.opens.mux(from.place, place);
        let now = self.advance("place", (step, first), |_| place);
        m.drive(place, now + wide(count));
        out.drive_all(&[
            valid.q,
            self.advance("address", (step, from.address), |q| q + 1),
            offset,
            count,
            self.hold("inside", from.inside) & !flush.q,
            now,
            self.hold("rows", from.rows),
            flush.q,
            self.hold("tile_end", from.tile_end),
        ]);
    }
}

/// Builds the walker.
pub(crate) fn walker(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("walker").doc("Walks the words of runs.");
    let clk = m.clock("clk", "clock");
    let start = m.input("start", BIT, "forget everything");
    let layer = Layer::place(&m, plan, FIELDS);
    let run = m.sink("run", &run_bundle(plan));
    let out = m.source("chunk", &chunk_bundle(plan));
    let [moves, loads, next] = ["moves", "loads", "next"].map(|name| m.wire(name, BIT));
    let dense = m.pipe("dense_q", layer.dense(), clk);
    let mode = m.pipe("mode_q", layer.get("mode"), clk);
    // Other units have the first one, too, and may be far away.
    let mode = if plan.staged() { m.pipe("mode_near_q", mode, clk) } else { mode };
    let walk = Walk { m: &m, plan, clk, layer, dense, mode, run, moves, loads, next };

    let there = m.reg("there_q", BIT, clk).reset(start, 0);
    let stretch = walk.stretch(there.q);
    m.drive(moves, !there.q | next);
    m.drive(loads, !there.q | stretch.ends);
    let free = m.named("run_free", moves & loads);
    there.next(free.mux(walk.of_run("valid"), there.q));
    if let Some(ready) = walk.run.get("ready") {
        m.drive(ready, free);
    }
    walk.chunk(&stretch, start, &out);
    Ok(m.build()?)
}
