//! The runs of a part: one per kernel row, or one per tap where taps are apart.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | forget the part at hand |
//! | `layer_*` | fields of the layer |
//! | `part` | stream of parts |
//! | `run` | stream of runs: `address` and `at` of its first pixel, whether its row is `inside` the image, `first` operand, `length`, whether it is a `single` stretch of operands of the image or of padding, `rows`, `part_end`, `tile_end` |
//!
//! A run is offered in every cycle but the first of a part. The end of a part takes the walker an
//! extra cycle, too, so nothing is lost.

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Bundle, BundlePort, Clock, Module, ModuleBuilder, Sig, uint};

use super::parts::part_bundle;
use crate::fetch::config::FetchPlan;
use crate::fetch::layer::Layer;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] = &[
    "pixel_words",
    "tap_row_step",
    "tap_pixel_step",
    "input_height",
    "kernel_height",
    "kernel_width",
    "dilation_y",
    "dilation_x",
    "taps_apart",
    "row_operands",
    "channels",
];

/// What is known about a run.
pub(crate) fn run_bundle(plan: &FetchPlan) -> Bundle {
    let count = plan.operands();
    Bundle::new()
        .forward("valid", BIT, "a run is offered")
        .forward("address", plan.address(), "word of its first pixel, or of the image row if dense")
        .forward("at", plan.place(), "where in the image row it begins")
        .forward("inside", BIT, "the image has this row")
        .forward("first", count, "position of its first operand")
        .forward("length", count, "its operands")
        .forward("single", BIT, "its first stretch is its last")
        .forward("rows", uint(plan.rows()), "rows of the array that take it")
        .forward("part_end", BIT, "the last of its part")
        .forward("tile_end", BIT, "its part is the last of its tile")
        .backward("ready", BIT, "the run is taken")
}

/// Which tap the run at hand begins with.
struct Taps<'m> {
    /// The next run is in the same row of the kernel.
    beside: Sig<'m>,
    /// There is no next run in this part.
    done: Sig<'m>,
}

/// The registers of a part, taken from the stream and changed from run to run.
struct Runs<'a, 'm> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    layer: &'a Layer<'m>,
    part: BundlePort<'m>,
    /// There is no part at hand: its registers take the next one, whether it is there or not.
    idle: Sig<'m>,
    /// A run is taken, or there is none.
    moves: Sig<'m>,
}

impl<'m> Runs<'_, 'm> {
    fn of_part(&self, field: &str) -> Sig<'m> {
        self.part.get(field).unwrap_or(self.idle)
    }

    /// A field of the part that stays.
    fn keep(&self, field: &str) -> Sig<'m> {
        self.keep_value(field, self.of_part(field))
    }

    /// A value that the part has from its beginning to its end.
    fn keep_value(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.m.kept(&format!("{name}_q"), value, self.idle, self.clk)
    }

    /// A field of the part that changes from run to run.
    fn follow(&self, name: &str, field: &str, next: impl FnOnce(Sig<'m>) -> Sig<'m>) -> Sig<'m> {
        let value = self.of_part(field);
        let reg = self.m.reg(name, value.ty(), self.clk).enable(self.moves);
        reg.next(self.idle.mux(value, next(reg.q)));
        reg.q
    }

    /// Counts up to the last one of `size`; gives whether it is there. That stands in a register of
    /// its own: everything waits for it.
    fn count(&self, name: &str, size: &str, when: Sig<'m>, anew: Sig<'m>) -> Sig<'m> {
        let (m, ty) = (self.m, self.layer.get(size).ty());
        let most = m.pipe(&format!("last_{size}_q"), self.layer.get(size) - 1, self.clk);
        let count = m.reg(&format!("{name}_q"), ty, self.clk).enable(when);
        let last = m.reg(&format!("{name}_last_q"), BIT, self.clk).enable(when);
        let anew = self.idle | anew;
        let next = count.q + 1;
        count.next(anew.mux(m.lit(ty, 0), next));
        last.next(anew.mux(!most.reduce_or(), next.eq(most)));
        last.q
    }

    fn taps(&self) -> Taps<'m> {
        let m = self.m;
        let beside = m.wire("beside", BIT);
        let last_x = self.count("kernel_x", "kernel_width", self.moves, !beside);
        let below = self.moves & (self.idle | !beside);
        let last_y = self.count("kernel_y", "kernel_height", below, m.lit(BIT, 0));
        m.drive(beside, self.layer.get("taps_apart") & !last_x);
        Taps { beside, done: !beside & last_y }
    }

    fn address(&self, taps: &Taps<'m>) -> Sig<'m> {
        let down = self.layer.get("tap_row_step");
        let right = self.layer.get("tap_pixel_step").truncate(down.width());
        let next_row = self.m.wire("next_row", down.ty());
        let row = self.follow("row_address_q", "address", |q| taps.beside.mux(q, next_row));
        self.m.drive(next_row, row + down);
        // Where rows are dense, the operand within the row says it all.
        let right = right & (!self.layer.dense()).repeat(right.width());
        let right = self.m.pipe("right_q", right, self.clk);
        self.follow("address_q", "address", |q| taps.beside.mux(q + right, next_row))
    }

    fn at(&self, taps: &Taps<'m>) -> Sig<'m> {
        let first = self.keep("at");
        let width = first.width();
        let right = |name: &str| {
            let step = self.layer.get(name);
            step.zero_extend(step.width().max(width)).truncate(width).as_signed()
        };
        let step = self.layer.dense().mux(right("tap_pixel_step"), right("dilation_x"));
        let step = self.m.pipe("at_step_q", step, self.clk);
        self.follow("at_now_q", "at", |q| taps.beside.mux(q + step, first))
    }

    /// One bit: the image has the row.
    fn inside(&self, taps: &Taps<'m>) -> Sig<'m> {
        let width = self.of_part("line").width();
        let wide = |name: &str| self.layer.get(name).zero_extend(width.max(10)).resize(width);
        let down = wide("dilation_y").as_signed();
        let line = self.follow("line_q", "line", |q| taps.beside.mux(q, q + down));
        line.as_unsigned().lt(wide("input_height"))
    }

    /// One bit: all operands are of one pixel, or, where rows are dense, all of the image or none.
    /// It is known here because the walker, where much waits for it, is far away in a large machine.
    fn single(&self, at: Sig<'m>, inside: Sig<'m>, length: Sig<'m>) -> Sig<'m> {
        let (m, dense, width) = (self.m, self.layer.dense(), at.width());
        let wide = |value: Sig<'m>| value.zero_extend(width).as_signed();
        let limit = m.pipe("row_end_q", wide(self.layer.get("row_operands")), self.clk);
        let [lead, to_end] = [-at, limit - at];
        let behind = to_end.msb() | !to_end.reduce_or();
        let whole = at.msb().mux(lead.ge(wide(length)), behind | to_end.ge(wide(length)));
        dense.mux(whole | !inside, length.eq(self.layer.get("channels")))
    }
}

/// Builds the module.
pub(crate) fn runs(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("runs").doc("Cuts a part into runs of neighbouring operands.");
    let clk = m.clock("clk", "clock");
    let start = m.input("start", BIT, "forget the part at hand");
    let layer = Layer::place(&m, plan, FIELDS);
    let part = m.sink("part", &part_bundle(plan));
    let run = m.source("run", &run_bundle(plan));
    let active = m.reg("active_q", BIT, clk).reset(start, 0);
    let idle = !active.q;
    let moves = m.named("moves", idle | run.get("ready").unwrap_or(start));
    let runs = Runs { m: &m, clk, layer: &layer, part, idle, moves };

    let taps = runs.taps();
    // A part is not taken in the cycle in which the last run leaves: that comes late.
    let stays = m.named("stays", !(moves & taps.done));
    active.next(active.q.mux(stays, runs.of_part("valid")));
    if let Some(ready) = runs.part.get("ready") {
        m.drive(ready, !active.q);
    }
    let (at, inside) = (runs.at(&taps), runs.inside(&taps));
    let length = runs.keep_value("length", runs.of_part("end") - runs.of_part("first"));
    run.drive_all(&[
        active.q,
        runs.address(&taps),
        at,
        inside,
        runs.keep("first"),
        length,
        runs.single(at, inside, length),
        runs.keep("rows"),
        taps.done,
        runs.keep("tile_end"),
    ]);
    Ok(m.build()?)
}
