//! The machine's data path up to the sums: gatherer, weights, passes and array.
//!
//! ```text
//!  activation memory --> gather --> patches --+
//!                          ^                  v
//!                        passes ----------> array --> result
//!                          v                  ^
//!  weight memory ----> weight stream ---------+
//! ```
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin a layer, whose fields `layer_*` (those of its descriptor) stay until `done` |
//! | `busy`, `done` | results are to come; the last one is taken |
//! | `activation_enable`, `activation_group`, `activation_<c>` | activation memory: the group comes one edge later, and stays |
//! | `weight_enable`, `weight_group`, `weight_<c>` | weight memory, likewise |
//! | `scalar_*` | parameter memory: `request` and `entry` until `grant`, `data` an edge later; with `scalar_entries` only |
//! | `result_*` | stream of rows of sums, last row first: `row`, `pass`, `pixel`, `wanted`, `end`, a sum and `saturated` per column |
//! | `steady` | the sink takes each row at once, for the whole layer |
//! | `overrun` | results were overwritten; never, unless `steady` was a lie |
//! | `clear` | set the counters to zero |
//! | `array_cycles`, `stall_*` | the counters |
//!
//! A row whose `wanted` is clear lies behind the layer's last pixel and means nothing.
//!
//! ```text
//! clk            _/~\_/~\_/~\_/~\_/~\_/~\_
//! start          /~~~\____________________
//! activation_*        ...groups...
//! result_valid                  /~~~~~~~~~
//! result_row                    <1   ><0
//! ```

use std::sync::Arc;

use bitladder_blocks::clock::clock_gate;
use bitladder_blocks::{BlockError, Family, WeightKind, array};
use bitladder_rtl::{
    BIT, Bundle, BundlePort, Clock, Instance, Module, ModuleBuilder, Sig, sint, uint,
};

use super::config::FetchPlan;
use super::counters::{COUNTS, counters};
use super::gather::{self, gather};
use super::layer::Layer;
use super::passes::{self, passes};
use super::pipe::Pipe;
use super::results::{self, results};
use super::weight_stream::{self, weight_stream};

fn fields(plan: &FetchPlan) -> Vec<&'static str> {
    let mut all = gather::fields();
    all.extend(weight_stream::fields(plan));
    all.extend(passes::FIELDS.iter().chain(results::FIELDS));
    all.push("weight_kind");
    all.sort_unstable();
    all.dedup();
    all
}

fn result_bundle(plan: &FetchPlan) -> Bundle {
    let first = Bundle::new()
        .forward("valid", BIT, "a row of sums is offered")
        .forward("row", plan.row_index(), "which row, counted down from the last")
        .forward("pass", plan.pass(), "column tile")
        .forward("pixel", plan.pixels(), "the pixel that row 0 computes")
        .forward("wanted", BIT, "the row is one of the layer's pixels")
        .forward("end", BIT, "the last row of the layer");
    let sum = sint(plan.array().lane().accumulator_bits());
    let columns = (0..plan.columns()).fold(first, |bundle, c| {
        let bundle = bundle.forward(&c.to_string(), sum, "the sum of this column");
        bundle.forward(&format!("saturated_{c}"), BIT, "it did not fit and stands at a limit")
    });
    columns.backward("ready", BIT, "the row is taken")
}

/// The units and the signals between them.
struct Core<'a, 'm> {
    m: &'m ModuleBuilder,
    plan: &'a FetchPlan,
    clk: Clock<'m>,
    rst: Sig<'m>,
    start: Sig<'m>,
    layer: Layer<'m>,
}

impl<'m> Core<'_, 'm> {
    fn place(&self, name: &str, module: &Arc<Module>, fields: &[&str]) -> Instance<'m> {
        let placed = self.m.instance(name, module).clock("clk", self.clk);
        self.layer.connect(placed, fields);
        placed.connect("rst", self.rst).connect("start", self.start)
    }

    /// The passes' requests to the patch buffers.
    fn ask(&self, pipe: &Pipe<'m>, patches: Instance<'m>, sequence: Instance<'m>) {
        let of = |name: &str| sequence.out(name);
        sequence.connect("full", patches.out("full")).connect("advance", pipe.advance);
        let port = pipe.port.as_ref();
        // A word of the same half is not asked for in the next cycle.
        let release =
            port.map_or(of("release"), |_| self.m.pipe("release_q", of("release"), self.clk));
        patches.connect("release", release);
        patches.connect("patch_enable", port.map_or(of("issue"), |(reads, _)| reads.asked));
        for name in ["half", "word"] {
            let (field, asked) = (of(name), format!("{name}_asked_q"));
            let field = port.map_or(field, |(reads, _)| reads.request(&asked, field));
            patches.connect(&format!("patch_{name}"), field);
        }
    }

    /// A row's patch word at the array.
    fn patch(&self, row: u32, patches: Instance<'m>, pipe: &Pipe<'m>) -> Sig<'m> {
        let read = patches.out(&format!("patch_{row}"));
        let name = format!("patch_{row}_q");
        match &pipe.port {
            Some((_, words)) => {
                let word = words.first((self.m, self.clk), &format!("patch_{row}"), read);
                let word = self.m.pipe(&format!("patch_held_{row}_q"), word, self.clk);
                self.m.pipe(&name, word, self.clk)
            }
            None if self.plan.unbuffered() => read,
            None => self.m.kept(&name, read, pipe.take, self.clk),
        }
    }

    /// Ports to a memory whose groups come an edge later and stay.
    fn memory(&self, name: &str, reader: Instance<'m>) {
        let m = self.m;
        let enable = m.output(&format!("{name}_enable"), BIT, "read at this edge");
        m.drive(enable, reader.out("read_enable"));
        let group = reader.out("read_group");
        m.drive(m.output(&format!("{name}_group"), group.ty(), "the group"), group);
        for c in 0..self.plan.columns() {
            let port = format!("{name}_{c}");
            reader.connect(&port, m.input(&port, uint(16), "a word of the group"));
        }
    }

    /// Hands the port to parameter memory on; gives whether a word can move on.
    fn scalars(&self, weights: Instance<'m>) -> Sig<'m> {
        let m = self.m;
        let config = self.plan.config();
        let there = match config.scalar_entries.is_some() || config.nested {
            true => weights.out("there"),
            false => m.lit(BIT, 1),
        };
        if config.scalar_entries.is_none() {
            return there;
        }
        for (port, doc) in [("scalar_request", "an entry is wanted"), ("scalar_entry", "which")] {
            m.drive(m.output(port, weights.out(port).ty(), doc), weights.out(port));
        }
        weights.connect("scalar_grant", m.input("scalar_grant", BIT, "data comes an edge later"));
        let data = m.input("scalar_data", uint(64), "four scalars, the first lowest");
        weights.connect("scalar_data", data);
        there
    }

    /// The rows that work: none while there is no layer, and not those that the last tile leaves
    /// idle. These stop once all rows of the tile before have been taken, so no sum of theirs is
    /// lost; what stands still in them is wiped when the next layer starts.
    fn row_enable(&self, state: Instance<'m>) -> Sig<'m> {
        let (busy, last_tile) = (state.out("busy"), state.out("last_tile"));
        let used = self.layer.get("last_rows");
        let used =
            |index: u32| self.m.pipe(&format!("row_{index}_used_q"), used.gt(index), self.clk);
        let row = |index: u32| busy & (!last_tile | used(index));
        let bits: Vec<Sig<'m>> = (0..self.plan.rows()).rev().map(row).collect();
        // In a register: the first word comes later, and so does the next layer.
        self.m.pipe("row_enable_q", self.m.cat(&bits), self.clk)
    }

    /// The array's clock, whether it works, and its reset. A gated clock runs from the edge after
    /// the next on, so the reset that comes with a layer is an edge late; words come later still.
    fn array_clock(
        &self,
        state: Instance<'m>,
    ) -> Result<(Clock<'m>, Sig<'m>, Sig<'m>), BlockError> {
        let m = self.m;
        let busy = state.out("busy");
        let wipe = self.rst | m.pipe("started_q", self.start, self.clk);
        // Large: in a register of its own, as all lanes hang on it. Words come later still.
        let wipe = if self.plan.staged() { m.pipe("wipe_q", wipe, self.clk) } else { wipe };
        let Some(family) = self.plan.config().gate else { return Ok((self.clk, busy, wipe)) };
        let gate = m.instance("array_gate", &clock_gate(family)?).clock("clk", self.clk);
        gate.connect("enable", self.rst | self.start | busy).ignore("enable");
        Ok((gate.clock_out("clk"), busy, wipe))
    }

    fn array(
        &self,
        pipe: &Pipe<'m>,
        patches: Instance<'m>,
        weights: Instance<'m>,
        state: Instance<'m>,
    ) -> Result<Instance<'m>, BlockError> {
        let (m, plan) = (self.m, self.plan);
        let (clock, works, wipe) = self.array_clock(state)?;
        let placed = m.instance("array", &array(plan.array())?).clock("clk", clock);
        let mode = self.layer.get("mode");
        let kind = self.layer.get("weight_kind");
        let kind = match plan.config().scalar_entries {
            // Decoded on the way.
            Some(_) => {
                let fixed = m.lit(uint(2), WeightKind::Fixed.code() as i128);
                kind.eq(WeightKind::Qsq.code() as i128).mux(fixed, kind)
            }
            None => kind,
        };
        placed.connect("rst", wipe).connect("mode", mode).connect("weights", kind);
        placed.connect("valid", pipe.go).connect("last", pipe.last);
        placed.connect("row_enable", self.row_enable(state));
        let works = m.pipe("works_q", works, self.clk);
        placed.connect("column_enable", works.repeat(plan.columns()));
        for r in 0..plan.rows() {
            placed.connect(&format!("a_{r}"), self.patch(r, patches, pipe));
        }
        for c in 0..plan.columns() {
            placed.connect(&format!("w_{c}"), weights.out(&format!("word_{c}")));
        }
        Ok(placed.ignore("no_operation"))
    }

    /// The stream of results; drives the array's `ready`.
    fn results(&self, array: Instance<'m>, state: Instance<'m>, out: &BundlePort<'m>) {
        let (m, ready) = (self.m, out.get("ready").unwrap_or(self.rst));
        let valid = array.out("result_valid");
        array.connect("result_ready", ready);
        state.connect("shown", valid).connect("row", array.out("result_row"));
        state.connect("taken", valid & ready);
        state.connect("steady", m.input("steady", BIT, "each row is taken at once"));
        let mut values = vec![valid, array.out("result_row")];
        values.extend(["pass", "pixel", "wanted", "end"].map(|field| state.out(field)));
        for c in 0..self.plan.columns() {
            values.push(array.out(&format!("result_{c}")));
            values.push(array.out(&format!("result_saturated_{c}")));
        }
        out.drive_all(&values);
        m.drive(m.output("busy", BIT, "results are to come"), state.out("busy"));
        m.drive(m.output("done", BIT, "the last row is taken"), state.out("done"));
        m.drive(m.output("overrun", BIT, "results were overwritten"), array.out("overrun"));
    }

    fn count(&self, pipe: &Pipe<'m>) -> Result<(), BlockError> {
        let m = self.m;
        let Some(events) = pipe.events() else { return Ok(()) };
        let placed = m.instance("counters", &counters()?).clock("clk", self.clk);
        placed.connect("clear", m.input("clear", BIT, "set the counters to zero"));
        for (event, now) in events {
            placed.connect(event, now);
        }
        for (_, count, doc) in COUNTS {
            m.drive(m.output(count, uint(32), doc), placed.out(count));
        }
        Ok(())
    }
}

/// Builds the core.
pub fn compute_core(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("compute_core").doc("From activation and weight memory to sums.");
    let m = m.param("", plan.array().config().dataflow.name()).param("i", plan.interval());
    let m = m.param("g", plan.config().gate.map_or("none", Family::name));
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin a layer");
    let layer = Layer::place(&m, plan, &fields(plan));
    let out = m.source("result", &result_bundle(plan));
    m.ignore(layer.get("mode"));
    m.ignore(layer.get("weight_kind"));
    let core = Core { m: &m, plan, clk, rst, start, layer };

    let patches = core.place("gather", &gather(plan)?, &gather::fields());
    let weights = core.place("weights", &weight_stream(plan)?, &weight_stream::fields(plan));
    let sequence = core.place("passes", &passes(plan)?, passes::FIELDS);
    let state = core.place("results", &results(plan)?, results::FIELDS);
    let readable = core.scalars(weights);
    let fresh = (m.named("fresh", rst | start), plan, plan.config().counters);
    let may_end = state.out("may_end");
    let pipe = Pipe::new((&m, clk), fresh, sequence, [readable, may_end]);

    core.ask(&pipe, patches, sequence);
    for name in ["issue", "last", "tile_end"] {
        weights.connect(name, sequence.out(name));
    }
    weights.connect("take", pipe.take);
    if plan.config().nested {
        weights.connect("calls", pipe.calls);
    }
    state.connect("ends", pipe.ends);
    core.memory("activation", patches);
    core.memory("weight", weights);
    let array = core.array(&pipe, patches, weights, state)?;
    core.results(array, state, &out);
    core.count(&pipe)?;
    Ok(m.build()?)
}
