//! The post unit: parameters, a lane per column and the writer together.
//!
//! Rows come from the array (`array`) or the element unit (`chunk`), as the operation says, pass
//! through the lanes and are written; the groups of a max pool (`group`) go to the writer
//! directly. A row per cycle; a pass waits until its parameters are there.
//!
//! Averages by other than powers of two come `divided`: four times the quotient and what its rest
//! is worth, so that the one rounding still sees everything. For them bias and multiplier are out
//! of use, and the shift is two more.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | a layer begins; its fields stay until `done` |
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
use bitladder_machine::isa::{FieldPlace, Operation, SaturationCode, field};
use bitladder_rtl::{
    BIT, Bundle, BundlePort, Clock, Instance, Module, ModuleBuilder, Sig, Ty, address_width, sint,
    uint,
};
use bitladder_spec::{Rounding, Saturation};

use super::config::{BIAS_BITS, ELEMENT_SUM_BITS, MAX_SHIFT, PostConfig, SHIFT_BITS};
use super::lane::{VALUE, post_lane};
use super::parameter_fetch::{self, ParameterFetchConfig, parameter_fetch};
use super::writer::{self, WriterConfig, group_bundle, writer};
use crate::fields::Fields;

/// The descriptor fields the lanes read.
const LANE_FIELDS: &[FieldPlace] = &[
    field::ROUNDING,
    field::SATURATION,
    field::OUTPUT_SIGNED,
    field::OUTPUT_BITS,
    field::OUTPUT_ZERO_POINT,
    field::CLAMP_LO,
    field::CLAMP_HI,
];

/// The descriptor fields the unit reads.
pub(crate) fn fields() -> Vec<FieldPlace> {
    let mut all: Vec<FieldPlace> = LANE_FIELDS.to_vec();
    for place in parameter_fetch::FIELDS.iter().chain(writer::FIELDS) {
        if !all.contains(place) {
            all.push(*place);
        }
    }
    all
}

fn sums(columns: u32, sum: Ty, flag: &str, doc: &str) -> Bundle {
    let bundle = Bundle::new()
        .forward("valid", BIT, "a row is offered")
        .forward(flag, BIT, doc)
        .forward("last", BIT, "it is the last of its pass");
    let names = (0..columns).map(|c| format!("sum_{c}"));
    let bundle = names.fold(bundle, |bundle, name| bundle.forward(&name, sum, "a channel"));
    bundle.backward("ready", BIT, "the row is taken")
}

/// A row of the array's sums.
pub(crate) fn array_bundle(config: &PostConfig) -> Bundle {
    sums(config.columns, config.array_sum(), "counts", "it is a pixel of the layer")
}

/// A row of the element unit's sums.
pub(crate) fn chunk_bundle(columns: u32) -> Bundle {
    sums(columns, sint(ELEMENT_SUM_BITS), "divided", "the sums are four times a quotient")
}

/// What the parts of the unit share.
struct Unit<'a, 'm> {
    m: &'m ModuleBuilder,
    config: &'a PostConfig,
    clk: Clock<'m>,
    rst: Sig<'m>,
    start: Sig<'m>,
    fields: Fields<'m>,
    conv: Sig<'m>,
}

fn get<'m>(port: &BundlePort<'m>, name: &str) -> Sig<'m> {
    port.get(name).expect("the unit placed the field")
}

impl<'m> Unit<'_, 'm> {
    fn is(&self, operation: Operation) -> Sig<'m> {
        self.fields.get(field::OPERATION).eq(operation.code())
    }

    /// Parameters, with their memory's port passed on.
    fn parameters(&self, release: Sig<'m>) -> Result<Instance<'m>, BlockError> {
        let (m, config) = (self.m, self.config);
        let module = parameter_fetch(&ParameterFetchConfig {
            columns: config.columns,
            multiplier_bits: config.multiplier_bits,
            entries: config.parameter_entries,
        })?;
        let placed = m.instance("parameters", &module).clock("clk", self.clk);
        let begins = self.start & !self.is(Operation::MaxPool);
        placed.connect("rst", self.rst).connect("start", begins).connect("release", release);
        self.fields.connect(placed, parameter_fetch::FIELDS);
        let ready = m.input("parameter_read_ready", BIT, "the read takes place");
        let data = m.input("parameter_read_data", uint(64), "the entry read at the last edge");
        placed.connect("read_ready", ready).connect("read_data", data);
        let pass = |name: &str, doc: &str| {
            let value = placed.out(name);
            m.drive(m.output(&format!("parameter_{name}"), value.ty(), doc), value);
        };
        pass("read_enable", "an entry is wanted");
        pass("read_address", "the entry");
        Ok(placed)
    }

    /// A constant of the layer, behind a register: it comes to all lanes.
    fn constant(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.m.pipe(name, value, self.clk)
    }

    /// The bits of the result's type, its sign bit, and the least value that may come out.
    fn output_type(&self) -> [Sig<'m>; 3] {
        let m = self.m;
        let one = m.lit(uint(VALUE.width), 1);
        let top = one.shift_left_by(self.fields.get(field::OUTPUT_BITS) - 1);
        let bits = top.shift_left(1) - 1;
        let signed = self.fields.get(field::OUTPUT_SIGNED);
        let sign = signed.mux(top, m.lit(top.ty(), 0));
        let (lo, hi) = (self.fields.get(field::CLAMP_LO), self.fields.get(field::CLAMP_HI));
        let least = match self.config.saturations.contains(&Saturation::Symmetric) {
            true => {
                let saturation = self.fields.get(field::SATURATION);
                let symmetric = saturation.eq(SaturationCode::Symmetric.code()) & signed;
                let least = (m.lit(VALUE, 1) - top.as_signed()).max(lo).min(hi);
                symmetric.mux(least, lo)
            }
            false => lo,
        };
        [bits, sign, least]
    }

    /// The lanes' constants by port.
    fn constants(&self) -> Vec<(&'static str, Sig<'m>)> {
        let (m, lane) = (self.m, self.config.lane());
        for place in [field::ROUNDING, field::SATURATION, field::OUTPUT_SIGNED, field::OUTPUT_BITS]
        {
            // Which of them matter depends on the configuration.
            m.ignore(self.fields.get(place));
        }
        let [bits, sign, least] = self.output_type();
        let mut all = vec![
            ("zero_point", self.fields.get(field::OUTPUT_ZERO_POINT)),
            ("clamp_lo", least),
            ("clamp_hi", self.fields.get(field::CLAMP_HI)),
        ];
        if lane.wraps()[1] {
            all.extend([("type_mask", bits), ("type_top", sign)]);
        }
        if lane.wraps() == [true, true] {
            let wrap = SaturationCode::Wrap.code();
            all.push(("wrap", self.fields.get(field::SATURATION).eq(wrap)));
        }
        if lane.roundings.len() > 1 {
            let ty = uint(address_width(lane.roundings.len()));
            let code = |rounding| Rounding::ALL.iter().position(|known| *known == rounding);
            let others = lane.roundings.iter().enumerate().skip(1);
            let arm = |(at, known): (usize, &Rounding)| {
                Some((code(*known)? as u128, m.lit(ty, at as u32)))
            };
            let arms: Vec<_> = others.filter_map(arm).collect();
            all.push(("rounding", m.case(self.fields.get(field::ROUNDING), &arms, m.lit(ty, 0))));
        }
        all.into_iter()
            .map(|(name, value)| (name, self.constant(&format!("{name}_q"), value)))
            .collect()
    }
}

/// What each lane gets with a sum.
struct Entry<'m> {
    sum: Sig<'m>,
    bias: Sig<'m>,
    multiplier: Option<Sig<'m>>,
    shift: Sig<'m>,
}

impl<'m> Unit<'_, 'm> {
    /// What enters the lane of a column.
    fn entry(
        &self,
        column: u32,
        ports: &[BundlePort<'m>; 2],
        parameters: Instance<'m>,
        divided: Sig<'m>,
    ) -> Entry<'m> {
        let (m, wide) = (self.m, self.config.lane().sum_bits);
        let [array, chunk] =
            ports.each_ref().map(|port| get(port, &format!("sum_{column}")).sign_extend(wide));
        let shift = parameters.out(&format!("shift_{column}"));
        // Shifts near the largest one leave nothing of a quotient: two more make no difference.
        let most = m.lit(uint(SHIFT_BITS), MAX_SHIFT);
        let more = shift.gt(MAX_SHIFT - 2).mux(most, shift + 2);
        let multiplier = self.config.lane().multiplies().then(|| {
            let factor = parameters.out(&format!("multiplier_{column}"));
            let out = m.output(&format!("factor_{column}"), factor.ty(), "multiplier of the pass");
            m.drive(out, factor);
            divided.mux(m.lit(factor.ty(), 1), factor)
        });
        let bias = parameters.out(&format!("bias_{column}"));
        Entry {
            sum: self.conv.mux(array, chunk),
            bias: divided.mux(m.lit(sint(BIAS_BITS), 0), bias),
            multiplier,
            shift: divided.mux(more, shift),
        }
    }

    /// Two bits that go along with each row, which the lanes do not carry.
    fn tags(&self, push: Sig<'m>, pop: Sig<'m>, tag: Sig<'m>) -> Sig<'m> {
        let (m, clk, rst) = (self.m, self.clk, self.rst);
        let depth = self.config.lane().latency().next_power_of_two();
        let place = uint(depth.ilog2());
        let turn = |name: &str, moves: Sig<'m>| {
            let at = m.reg(name, place, clk).reset(rst, 0).enable(moves);
            at.next(at.q + 1);
            at.q
        };
        let (head, tail) = (turn("tag_head_q", pop), turn("tag_tail_q", push));
        let held: Vec<Sig<'m>> = (0..depth)
            .map(|index| {
                let held = m.reg(&format!("tag_{index}_q"), tag.ty(), clk);
                held.enable(push & tail.eq(index)).next(tag);
                held.q
            })
            .collect();
        m.select(head, &held)
    }

    /// The lanes between `go` (a row enters) and the writer; gives whether they take it, and
    /// whether a row leaves them.
    fn lanes(
        &self,
        go: Sig<'m>,
        entry: impl Fn(u32) -> Entry<'m>,
        writer: Instance<'m>,
    ) -> Result<(Sig<'m>, Sig<'m>), BlockError> {
        let module = post_lane(&self.config.lane())?;
        let constants = self.constants();
        let mut handshake = (go, go);
        for column in 0..self.config.columns {
            let name = format!("lane_{column}");
            let placed = self.m.instance(&name, &module).clock("clk", self.clk);
            let Entry { sum, bias, multiplier, shift } = entry(column);
            placed.connect("rst", self.rst).connect("in_valid", go);
            placed.connect("in_sum", sum).connect("in_bias", bias).connect("in_shift", shift);
            if let Some(multiplier) = multiplier {
                placed.connect("in_multiplier", multiplier);
            }
            for (name, value) in &constants {
                placed.connect(name, *value);
            }
            placed.connect("out_ready", writer.out("row_ready"));
            writer.connect(&format!("row_value_{column}"), placed.out("out_data"));
            // All lanes move together: one of them speaks for all.
            match column {
                0 => {
                    handshake = (placed.out("in_ready"), placed.out("out_valid"));
                    writer.connect("row_valid", handshake.1);
                }
                _ => drop(placed.ignore("in_ready").ignore("out_valid")),
            }
        }
        Ok(handshake)
    }

    /// The writer, with its memories' ports passed on.
    fn writer(&self, group: &BundlePort<'m>) -> Result<Instance<'m>, BlockError> {
        let (m, config) = (self.m, self.config);
        let module = writer(&WriterConfig {
            rows: config.rows,
            columns: config.columns,
            modes: config.modes.clone(),
            activation_groups: config.activation_groups,
            result_words: config.result_words,
        })?;
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
}

/// Builds the unit.
pub fn post(config: &PostConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("post").param("c", config.columns).param("", config.tag());
    let m = m.doc("Parameters, post lanes and writer.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "a layer begins");
    let fields = Fields::place(&m, &fields());
    let conv = fields.get(field::OPERATION).eq(Operation::Conv.code());
    let ports = [("array", array_bundle(config)), ("chunk", chunk_bundle(config.columns))];
    let ports = ports.map(|(name, bundle)| m.sink(name, &bundle));
    let group = m.sink("group", &group_bundle(config.columns));
    let unit = Unit { m: &m, config, clk, rst, start, fields, conv };

    let [array, chunk] = &ports;
    let of = |name: &str| conv.mux(get(array, name), get(chunk, name));
    let (valid, last) = (m.named("row_valid", of("valid")), of("last"));
    let takes = m.wire("takes", BIT);
    let parameters = unit.parameters(takes & last)?;
    let ready = parameters.out("ready");
    let writer = unit.writer(&group)?;
    let divided = !conv & get(chunk, "divided");
    let go = m.named("go", valid & ready);
    let (free, leaves) = unit.lanes(go, |c| unit.entry(c, &ports, parameters, divided), writer)?;
    m.drive(takes, go & free);
    m.drive(get(array, "ready"), conv & ready & free);
    m.drive(get(chunk, "ready"), !conv & ready & free);
    let counts = !conv | get(array, "counts");
    let tag = unit.tags(takes, leaves & writer.out("row_ready"), counts.cat(last));
    writer.connect("row_counts", tag.bit(1)).connect("row_last", tag.bit(0));
    m.drive(m.output("ready", BIT, "the parameters of the pass are there"), ready);
    m.drive(m.output("starved", BIT, "a row waits for parameters"), valid & !ready);
    let outside = writer.out("outside") | parameters.out("outside");
    m.drive(m.output("outside", BIT, "an address beyond a memory"), outside);
    Ok(m.build()?)
}
