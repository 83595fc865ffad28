//! Says when a dot product may end without overwriting results, and which results are leaving.
//!
//! Lanes keep one result each. It is safe to end a dot product when the results of the one before
//! have left the lanes, which only the past can tell if the sink may pause. A sink that never
//! pauses says so with `steady`; then counting cycles is enough and dot products can be
//! [`FetchPlan::interval`] apart, otherwise seven more than the array needs.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` stay until it is done |
//! | `ends` | the word that ends a dot product enters the array, or sets off for it |
//! | `may_end` | it may, in the next cycle |
//! | `shown`, `row`, `taken` | the array offers a row; which; it is taken |
//! | `steady` | rows are always taken at once, for the whole layer |
//! | `pass`, `pixel` | column tile of the row; the pixel that row 0 of its tile computes |
//! | `wanted` | the row is one of the layer's pixels |
//! | `end` | it is the last row of the layer |
//! | `busy`, `done` | from `start` on; the last row is taken |
//!
//! ```text
//! clk       _/~\_/~\_/~\_/~\_/~\_/~\_/~\_     two rows, two passes
//! shown     ~~~~~~~~~~~~~~~~~~~~~~~~~~\___
//! row       <1  ><0  ><1  ><0  ><1  ><0  >
//! pass      <0       ><1       ><0       >
//! pixel     <0                 ><2       >
//! ```

use std::sync::Arc;

use bitladder_blocks::{BlockError, LanePlan};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, address_width, uint};

use super::config::FetchPlan;
use super::layer::Layer;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] = &["passes", "tiles", "last_rows"];

/// What happens to a row of results.
struct Row<'m> {
    shown: Sig<'m>,
    row: Sig<'m>,
    taken: Sig<'m>,
}

/// One bit: a dot product may end in the next cycle.
fn may_end<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, begin): (Clock<'m>, Sig<'m>),
    ends: Sig<'m>,
    row: &Row<'m>,
) -> Sig<'m> {
    let steady = m.input("steady", BIT, "rows are always taken at once");
    let (array, rows) = (plan.array(), plan.rows());
    // Products that may be on their way to the sink at the same time.
    let way = if plan.staged() { 6 } else { 4 };
    let under_way = (LanePlan::LATENCY + array.skew() + way) / array.interval() + 2;
    let ty = uint(address_width((rows * under_way + 1) as usize));
    let owed = m.reg("owed_q", ty, clk).reset(begin, 0);
    let more = ends.mux(m.lit(ty, i128::from(rows)), m.lit(ty, 0));
    owed.next(owed.q + more - row.taken.zero_extend(ty.width));
    // Behind the lanes the array has room for some rows: if only the one shown and as many more are
    // owed, all leave the lanes in time, whatever the sink does.
    let outside = array.outside();
    let few = if rows <= outside { row.shown } else { row.shown & row.row.lt(outside) };
    let rest = row.row.zero_extend(ty.width.max(row.row.width())).resize(ty.width) + 1;
    let left = !owed.q.reduce_or() | (few & owed.q.eq(rest));

    let interval = plan.interval();
    let ty = uint(address_width(interval as usize));
    let wait = m.reg("wait_q", ty, clk).reset(begin, 0);
    let counted = wait.q - wait.q.reduce_or().zero_extend(ty.width);
    let waits = ends.mux(m.lit(ty, i128::from(interval - 1)), counted);
    wait.next(waits);
    // Once there is room, it lasts until the next one ends.
    steady.mux(!waits.reduce_or(), left & !ends)
}

/// Builds the module.
pub(crate) fn results(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("results").param("i", plan.interval());
    let m = m.doc("Says which results are leaving, and when the next ones may come.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin a layer");
    let layer = Layer::place(&m, plan, FIELDS);
    let ends = m.input("ends", BIT, "a dot product ends");
    let row = Row {
        shown: m.input("shown", BIT, "the array offers a row"),
        row: m.input("row", plan.row_index(), "which"),
        taken: m.input("taken", BIT, "the row is taken"),
    };
    let safe = may_end(&m, plan, (clk, rst | start), ends, &row);
    m.drive(m.output("may_end", BIT, "a dot product may end in the next cycle"), safe);

    let set_end = m.named("set_end", row.taken & !row.row.reduce_or());
    let pass = m.reg("pass_q", plan.pass(), clk).reset(start, 0).enable(set_end);
    let pass_end = pass.q.eq(m.pipe("last_pass_q", layer.get("passes") - 1, clk));
    pass.next(pass_end.mux(m.lit(plan.pass(), 0), pass.q + 1));
    let tile_end = m.named("tile_end", set_end & pass_end);
    let pixel = m.reg("pixel_q", plan.pixels(), clk).reset(start, 0).enable(tile_end);
    pixel.next(pixel.q + plan.rows());
    let left = m.reg("tiles_left_q", plan.pixels(), clk).reset(rst, 0).enable(start | tile_end);
    left.next(start.mux(layer.get("tiles"), left.q - 1));
    // In a register: rows of the array hang on it.
    let last = m.reg("last_tile_q", BIT, clk).reset(rst, 0).enable(start | tile_end);
    last.next(start.mux(layer.get("tiles").eq(1), left.q.eq(2)));
    let last = last.q;
    let wanted = !last | row.row.zero_extend(8).lt(layer.get("last_rows"));
    let end = m.named("layer_end", last & pass_end & !row.row.reduce_or());
    m.outputs(&[
        ("pass", pass.q, "column tile of the row"),
        ("pixel", pixel.q, "pixel of row 0 of the tile"),
        ("wanted", wanted, "the row is one of the layer's pixels"),
        ("end", end, "the last row of the layer"),
        ("busy", left.q.reduce_or(), "results are to come"),
        ("last_tile", last, "all rows of the other tiles have been taken"),
        ("done", end & row.taken, "the last row is taken"),
    ]);
    Ok(m.build()?)
}
