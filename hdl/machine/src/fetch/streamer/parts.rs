//! Cuts the output pixels of a layer into tiles and these into parts, a pixel per cycle.
//!
//! A part is a run of neighbouring output pixels of one image row that belong to one tile. The
//! scan works ahead of the stream by one part, and every product it needs grows by additions. On
//! its way it tells each row the window of a run that it takes.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer |
//! | `layer_*` | fields of the layer |
//! | `load`, `load_first`, `load_end` | window of the row whose bit is set |
//! | `part` | stream of parts: `address` and `at` of its first tap, image `line`, `first` and `end` operand, `rows`, `tile_end` |

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Bundle, BundlePort, Clock, Module, ModuleBuilder, Sig, uint};

use crate::fetch::config::FetchPlan;
use crate::fetch::ends::end;
use crate::fetch::layer::Layer;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] = &[
    "input_base",
    "pixel_words",
    "image_words",
    "row_step",
    "pixel_step",
    "lead",
    "stride_y",
    "stride_x",
    "pad_top",
    "pad_left",
    "output_height",
    "output_width",
    "total_pixels",
    "step",
    "take",
    "lead_operands",
];

/// What is known about a part.
pub(crate) fn part_bundle(plan: &FetchPlan) -> Bundle {
    let count = plan.operands();
    Bundle::new()
        .forward("valid", BIT, "a part is offered")
        .forward("address", plan.address(), "word of its first tap")
        .forward("at", plan.place(), "where in the image row that is: pixel, or operand if dense")
        .forward("line", plan.line(), "which image row")
        .forward("first", count, "position of its first operand, counted over a whole tile")
        .forward("end", count, "position behind its last operand")
        .forward("rows", uint(plan.rows()), "rows of the array that take it")
        .forward("tile_end", BIT, "the tile is complete with it")
        .backward("ready", BIT, "the part is taken")
}

/// Where the scan is.
struct Scan<'a, 'm> {
    m: &'m ModuleBuilder,
    plan: &'a FetchPlan,
    clk: Clock<'m>,
    layer: Layer<'m>,
    start: Sig<'m>,
    /// A pixel is scanned in this cycle.
    step: Sig<'m>,
    /// Pixels are left.
    more: Sig<'m>,
    row: Sig<'m>,
    row_end: Sig<'m>,
    image_end: Sig<'m>,
    tile_end: Sig<'m>,
}

/// Whether pixels are left, and whether it is the last one. In registers where words are held: there
/// all registers of the scan are too far away to compare first.
fn ends_ahead<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, rst, start): (Clock<'m>, Sig<'m>, Sig<'m>),
    (left, total): (Sig<'m>, Sig<'m>),
    step: Sig<'m>,
) -> (Sig<'m>, Sig<'m>) {
    if !plan.staged() {
        return (left.reduce_or(), left.eq(1));
    }
    let reg = |name: &str| m.reg(name, BIT, clk).reset(rst, 0).enable(start | step);
    let (more, last) = (reg("pixels_more_q"), reg("pixels_last_q"));
    more.next(start.mux(total.reduce_or(), !last.q));
    last.next(start.mux(total.eq(1), left.eq(2)));
    (more.q, last.q)
}

impl<'a, 'm> Scan<'a, 'm> {
    fn new(m: &'m ModuleBuilder, plan: &'a FetchPlan, rst: Sig<'m>, step: Sig<'m>) -> Self {
        let clk = m.clock("clk", "clock");
        let start = m.input("start", BIT, "begin a layer");
        let layer = Layer::place(m, plan, FIELDS);
        let count = |name: &str, ty, end: Sig<'m>, when: Sig<'m>| {
            let reg = m.reg(name, ty, clk).reset(start, 0).enable(when);
            reg.next(end.mux(m.lit(ty, 0), reg.q + 1));
            reg.q
        };
        let left = m.reg("pixels_left_q", plan.pixels(), clk).reset(rst, 0).enable(start | step);
        left.next(start.mux(layer.get("total_pixels"), left.q - 1));
        let (more, last) =
            ends_ahead(m, plan, (clk, rst, start), (left.q, layer.get("total_pixels")), step);
        let [row_end, image_end, tile_end] =
            ["row_end", "image_end", "tile_end"].map(|name| m.wire(name, BIT));
        let row = count("row_q", plan.row_index(), tile_end, step);
        let x = count("x_q", plan.extent(), row_end, step);
        let y = count("y_q", plan.extent(), image_end, step & row_end);
        m.drive(tile_end, last | row.eq(plan.rows() - 1));
        let ends = |name: &str, count, size: &str, when| {
            end((m, clk, start), plan, (name, [count, layer.get(size)]), when)
        };
        m.drive(row_end, ends("x_q", x, "output_width", step));
        m.drive(image_end, row_end & ends("y_q", y, "output_height", step & row_end));
        Scan { m, plan, clk, layer, start, step, more, row, row_end, image_end, tile_end }
    }

    fn get(&self, field: &str) -> Sig<'m> {
        self.layer.get(field)
    }

    /// A register that has `first` when the layer starts and `next` after each pixel.
    fn follow(&self, name: &str, first: Sig<'m>, next: impl FnOnce(Sig<'m>) -> Sig<'m>) -> Sig<'m> {
        let reg = self.m.reg(name, first.ty(), self.clk).enable(self.start | self.step);
        reg.next(self.start.mux(first, next(reg.q)));
        reg.q
    }

    /// The word of the first tap of the pixel.
    fn address(&self) -> Sig<'m> {
        let origin = self.get("input_base") - self.get("lead");
        let image = self.m.wire("next_image", origin.ty());
        let row = self.m.wire("next_row", origin.ty());
        match self.plan.config().batches {
            true => {
                let next = |q| self.image_end.mux(image, q);
                let image_q = self.follow("image_address_q", origin, next);
                self.m.drive(image, image_q + self.get("image_words"));
            }
            // Behind the only image is nothing.
            false => {
                self.m.ignore(self.get("image_words"));
                self.m.drive(image, origin);
            }
        }
        let row_q = self.follow("row_address_q", origin, |q| self.row_end.mux(row, q));
        self.m.drive(row, self.image_end.mux(image, row_q + self.get("row_step")));
        self.follow("address_q", origin, |q| self.row_end.mux(row, q + self.get("pixel_step")))
    }

    /// Where in the image row the first tap is.
    fn at(&self) -> Sig<'m> {
        let ty = self.plan.place();
        let choose = |dense: &str, pixels: &str| {
            let wide = |name: &str| self.get(name).zero_extend(ty.width).as_signed();
            self.layer.dense().mux(wide(dense), wide(pixels))
        };
        let first = -choose("lead_operands", "pad_left");
        let step = choose("step", "stride_x");
        self.follow("at_q", first, |q| self.row_end.mux(first, q + step))
    }

    /// The image row of the first tap.
    fn line(&self) -> Sig<'m> {
        let ty = self.plan.line();
        let wide = |name: &str| self.get(name).zero_extend(ty.width.max(10)).resize(ty.width);
        let first = -wide("pad_top").as_signed();
        let down = wide("stride_y").as_signed();
        self.follow("line_q", first, |q| self.row_end.mux(self.image_end.mux(first, q + down), q))
    }

    /// Position of the first operand of the pixel, counted over the tile.
    fn first(&self) -> Sig<'m> {
        let none = self.m.lit(self.plan.operands(), 0);
        self.follow("first_q", none, |q| self.tile_end.mux(none, q + self.get("step")))
    }
}

/// Remembers the part that is scanned, and offers it when it is complete. Gives whether it is.
fn offer<'m>(
    scan: &Scan<'_, 'm>,
    (rst, row): (Sig<'m>, Sig<'m>),
    (first, end): (Sig<'m>, Sig<'m>),
    part: &BundlePort<'m>,
) -> Sig<'m> {
    let (m, clk, step) = (scan.m, scan.clk, scan.step);
    let part_end = m.named("part_end", scan.row_end | scan.tile_end);
    let open = m.reg("open_q", BIT, clk).reset(scan.start, 0).enable(step);
    open.next(!part_end);
    let ready = part.get("ready").unwrap_or(rst);
    let valid = m.reg("valid_q", BIT, clk).reset(rst | scan.start, 0);
    valid.next(valid.q.mux(!ready, step & part_end));
    let keep = |name: &str, value: Sig<'m>, when: Sig<'m>| {
        let reg = m.reg(name, value.ty(), clk).enable(when);
        reg.next(value);
        reg.q
    };
    let opening = m.named("opening", step & !open.q);
    let rows = m.reg("part_rows_q", row.ty(), clk).enable(step);
    rows.next((rows.q & open.q.repeat(row.width())) | row);
    part.drive_all(&[
        valid.q,
        keep("part_address_q", scan.address(), opening),
        keep("part_at_q", scan.at(), opening),
        keep("part_line_q", scan.line(), opening),
        keep("part_first_q", first, opening),
        keep("part_end_q", end, step),
        rows.q,
        keep("part_tile_end_q", scan.tile_end, step),
    ]);
    valid.q
}

/// Builds the scan.
pub(crate) fn parts(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("parts").doc("Cuts the pixels of a layer into parts of tiles.");
    let rst = m.input("rst", BIT, "synchronous reset");
    let step = m.wire("step", BIT);
    let scan = Scan::new(&m, plan, rst, step);
    let bits = (0..plan.rows()).rev().map(|index| scan.row.eq(index));
    let row = m.named("row", m.cat(&bits.collect::<Vec<_>>()));
    let first = scan.first();
    let end = m.named("window_end", first + scan.get("take"));
    let load = row & step.repeat(plan.rows());
    m.drive(m.output("load", row.ty(), "set the window of this row"), load);
    m.drive(m.output("load_first", first.ty(), "first operand of the window"), first);
    m.drive(m.output("load_end", end.ty(), "operand behind the window"), end);
    let part = m.source("part", &part_bundle(plan));
    let offered = offer(&scan, (rst, row), (first, end), &part);
    m.drive(step, scan.more & !offered);
    Ok(m.build()?)
}
