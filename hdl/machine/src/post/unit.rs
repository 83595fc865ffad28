//! The post unit: parameters, lanes and the writer together.
//!
//! Rows come from the array (`array`) or the element unit (`chunk`), as the operation says, pass
//! through the lanes and are written; the groups of a max pool (`group`) go to the writer
//! directly. A row takes `columns / lanes` cycles; a pass waits until its parameters are there. A row
//! that is offered stays until it is taken.
//!
//! Averages by other than powers of two come `divided`: four times the quotient and what its rest
//! is worth, so that the one rounding still sees everything. For them the multiplier is out of use,
//! the shift is two more, and parameters have no bias (which would come before the division).
//!
//! | port | meaning |
//! |---|---|
//! | `start` | a layer begins; its fields stay from the cycle before until `done` |
//! | `layer_...` | fields of the descriptor |
//! | `array` | stream: `sum_<column>`, `counts` (the row is a pixel of the layer), `last` row of the pass |
//! | `chunk` | stream: `sum_<column>`, `divided`, `last` pixel of the pass |
//! | `group` | stream: `word_<column>`, `last` pixel of the pass |
//! | `parameter_read_...` | read port of parameter memory, see [`parameter_fetch`] |
//! | `activation_write_...`, `result_write_...` | write ports, see [`writer`](fn@super::writer) |
//! | `factor_<column>` | multipliers of the pass, for the division (unless shift-only) |
//! | `ready` | the parameters of the pass are there |
//! | `starved` | a row waits for parameters |
//! | `done`, `outside` | of the writer; an address beyond a memory |
//!
//! ```text
//! clk           _/~\_/~\_ ... _/~\_/~\_/~\_/~\_
//! start         ~~~~\________
//! array_valid   ________/~~~~~~~~~~~~~~~~~\____    2 rows
//! array_ready   ______________ /~~~~~~~~~~~~~~~    columns + 2 edges after start
//! write_mask    ____________________________ ...   PostLaneConfig::latency + 1 edges later
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::post::{PostConfig, post};
//! # use bitladder_machine::MachineConfig;
//! let text = include_str!("../../../../gen/configs/sim-4x4.toml");
//! let config = PostConfig::of(&MachineConfig::parse("sim-4x4.toml", text)?);
//! assert!(post(&config)?.name().starts_with("post_c4_r4_"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{Destination, FieldPlace, Operation, field};
use bitladder_rtl::{BIT, BundlePort, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use super::bundles::{array_bundle, chunk_bundle, group_bundle};
use super::config::PostConfig;
use super::constants;
use super::lanes::Taken;
use super::parameter_fetch::{self, ParameterFetchConfig, parameter_fetch};
use super::parameter_turns::parameter_turns;
use super::writer::{self, WriterConfig, writer};
use crate::fields::Fields;

/// The descriptor fields the unit reads.
pub(crate) fn fields() -> Vec<FieldPlace> {
    let mut all: Vec<FieldPlace> = constants::FIELDS.to_vec();
    for place in parameter_fetch::FIELDS.iter().chain(writer::FIELDS) {
        if !all.contains(place) {
            all.push(*place);
        }
    }
    all
}

/// What the parts of the unit share.
pub(super) struct Unit<'a, 'm> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) config: &'a PostConfig,
    pub(super) clk: Clock<'m>,
    pub(super) rst: Sig<'m>,
    pub(super) fields: Fields<'m>,
    /// The layer is a convolution.
    pub(super) conv: Sig<'m>,
    start: Sig<'m>,
}

/// What gives the lanes their parameters.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'m> {
    pub(super) placed: Instance<'m>,
    /// The entry at the memory.
    pub(super) data: Sig<'m>,
}

/// A signal of a bundle.
pub(super) fn get<'m>(port: &BundlePort<'m>, name: &str) -> Sig<'m> {
    port.get(name).expect("the unit placed the field")
}

impl<'a, 'm> Unit<'a, 'm> {
    /// Starts the unit: what all layers need.
    fn place(m: &'m ModuleBuilder, config: &'a PostConfig) -> Unit<'a, 'm> {
        let clk = m.clock("clk", "clock");
        let rst = m.input("rst", BIT, "synchronous reset");
        let start = m.input("start", BIT, "a layer begins");
        let fields = Fields::place(m, &fields());
        // In a register: it chooses between all sums, which come later.
        let conv = m.pipe("conv_q", fields.get(field::OPERATION).eq(Operation::Conv.code()), clk);
        Unit { m, config, clk, rst, fields, conv, start }
    }

    fn is(&self, operation: Operation) -> Sig<'m> {
        self.fields.get(field::OPERATION).eq(operation.code())
    }

    /// Parameters, with their memory's port passed on.
    fn parameters(&self, release: Sig<'m>) -> Result<Parameters<'m>, BlockError> {
        let (m, config) = (self.m, self.config);
        let pools = m.pipe("pools_q", self.is(Operation::MaxPool), self.clk);
        let begins = self.start & !pools;
        let ready = m.input("parameter_read_ready", BIT, "the read takes place");
        let data = m.input("parameter_read_data", uint(64), "the entry read at the last edge");
        let module = if config.turns { self.turns()? } else { self.sets()? };
        let placed = m.instance("parameters", &module).clock("clk", self.clk);
        placed.connect("rst", self.rst).connect("start", begins).connect("release", release);
        self.fields.connect(placed, parameter_fetch::FIELDS);
        if config.turns {
            m.ignore(ready);
            m.ignore(data);
        } else {
            placed.connect("read_ready", ready).connect("read_data", data);
        }
        let pass = |name: &str, doc: &str| {
            let value = placed.out(name);
            m.drive(m.output(&format!("parameter_{name}"), value.ty(), doc), value);
        };
        pass("read_enable", "an entry is wanted");
        pass("read_address", "the entry");
        Ok(Parameters { placed, data })
    }

    /// What reads entries in turns.
    fn turns(&self) -> Result<Arc<Module>, BlockError> {
        parameter_turns(self.config.parameter_entries, &self.config.reach)
    }

    /// What keeps the entries of a pass.
    fn sets(&self) -> Result<Arc<Module>, BlockError> {
        let config = self.config;
        parameter_fetch(&ParameterFetchConfig {
            columns: config.columns,
            multiplier_bits: config.multiplier_bits,
            bias_bits: config.bias_bits,
            entries: config.parameter_entries,
            reach: config.reach,
            far: config.far(),
        })
    }

    /// The writer, with its memories' ports passed on.
    fn writer(&self, group: &BundlePort<'m>) -> Result<Instance<'m>, BlockError> {
        let (m, config) = (self.m, self.config);
        let module = writer(&WriterConfig::of(config))?;
        let placed = m.instance("writer", &module).clock("clk", self.clk);
        placed.connect("rst", self.rst).connect("start", self.start);
        self.fields.connect(placed, writer::FIELDS);
        placed.pass_on("group", group);
        for port in module.ports().iter().filter(|port| port.base.contains("_write_")) {
            m.drive(m.output(&port.base, port.ty, &port.doc), placed.out(&port.base));
        }
        m.drive(m.output("done", BIT, "everything has been written"), placed.out("done"));
        Ok(placed)
    }

    /// The layer goes to result memory.
    fn to_results(&self) -> Sig<'m> {
        let results = self.fields.get(field::DESTINATION).eq(Destination::Results.code());
        self.m.pipe("results_q", results, self.clk)
    }

    /// The row's sums come divided.
    fn divided(&self, chunk: &BundlePort<'m>) -> Sig<'m> {
        let divided = get(chunk, "divided");
        // Without chunks they are constants.
        self.m.ignore(divided);
        (0..self.config.columns).for_each(|c| self.m.ignore(get(chunk, &format!("sum_{c}"))));
        !self.conv & divided
    }

    /// Tells the writer of the row that leaves the lanes: whether it counts and is the pass's last,
    /// and that its values go one after the other where they are `results`.
    fn announce(&self, writer: Instance<'m>, [counts, last]: [Sig<'m>; 2], results: Sig<'m>) {
        for (name, bit) in [("counts", counts), ("serial", counts & results), ("last", last)] {
            let told = self.m.pipe(&format!("row_{name}_q"), bit, self.clk);
            writer.connect(&format!("row_{name}"), told);
        }
    }
}

/// Builds the unit.
pub fn post(config: &PostConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("post").param("c", config.columns).param("", config.tag());
    let m = m.doc("Parameters, post lanes and writer.");
    let unit = Unit::place(&m, config);
    let conv = unit.conv;
    let ports = [("array", array_bundle(config)), ("chunk", chunk_bundle(config.columns))];
    let ports = ports.map(|(name, bundle)| m.sink(name, &bundle));
    let group = m.sink("group", &group_bundle(config.columns));
    let [array, chunk] = &ports;
    let of = |name: &str| conv.mux(get(array, name), get(chunk, name));
    // Rows for result memory pause the writer. Whoever offers them hears of it an edge late, so that
    // no other row waits for the writer's word.
    let results = unit.to_results();
    let taken = m.reg("taken_q", BIT, unit.clk).reset(unit.rst, 0);
    let (valid, last) = (m.named("row_valid", of("valid") & !taken.q), of("last"));
    let takes = m.wire("takes", BIT);
    taken.next(takes & results);
    let parameters = unit.parameters(takes & last)?;
    let ready = parameters.placed.out("ready");
    let writer = unit.writer(&group)?;
    let divided = unit.divided(chunk);
    let go = m.named("go", valid & ready);
    let entry = |c| unit.entry(c, &ports, parameters, divided);
    let Taken { free, last_turn, leaves } = unit.lanes(go, entry, (parameters, writer))?;
    m.drive(takes, go & free & last_turn);
    let heard = m.named("heard", results.mux(taken.q, ready & last_turn));
    m.drive(get(array, "ready"), conv & heard);
    m.drive(get(chunk, "ready"), !conv & heard);
    let counts = !conv | get(array, "counts");
    let tag = unit.tags(takes, leaves & writer.out("row_ready"), counts.cat(last));
    unit.announce(writer, [tag.bit(1), tag.bit(0)], results);
    let outside = writer.out("outside") | parameters.placed.out("outside");
    m.outputs(&[
        ("ready", ready, "the parameters of the pass are there"),
        ("starved", valid & !ready, "a row waits for parameters"),
        ("outside", outside, "an address beyond a memory"),
    ]);
    Ok(m.build()?)
}
