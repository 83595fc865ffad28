//! Element unit: reads windows of activation memory and makes of them what post or the writer
//! takes.
//!
//! A group per cycle. A max pool keeps the largest operand of each place of a group, in every
//! mode, and hands groups to the writer. The other operations take the `columns` operands of a
//! chunk less the zero point: an average sums them over the window, a sum multiplies those of its
//! two inputs and adds them, a rescale passes them on; the sums go to the post lanes. Averages by
//! other than powers of two are divided here, see [`ratio`](fn@super::ratio); parameters of such
//! a layer have no bias. Taps outside the image neither win nor count.
//!
//! Everything waits while the result is not taken, memory included: it must keep what it read as
//! long as `read_enable` is clear.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | a layer begins |
//! | `layer_...` | fields of the descriptor |
//! | `read_enable`, `read_address` | the group to read |
//! | `activation_<word>` | its words, an edge later |
//! | `parameters_ready`, `factor_<column>` | with division: multipliers of the pass, from post |
//! | `group` | stream: `word_<column>`, `last` pixel of the pass; of a max pool |
//! | `chunk` | stream: `sum_<column>`, `divided`, `last` pixel of the pass |
//! | `busy` | taps are left |
//! | `outside` | an address beyond the memory |
//! | `refused` | without multipliers: those of a sum are no powers of two |
//!
//! ```text
//! clk          _/~\_/~\_/~\_/~\_/~\_/~\_    max pool, two taps per window
//! read_enable  /~~~~~~~~~~~~~~~\________
//! activation       <a0 ><a1 ><b0 ><b1 >
//! group_valid  ________________/~~~\___/    4 edges behind the last tap's read
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::element::{ElementConfig, element_unit};
//! # use bitladder_machine::MachineConfig;
//! let text = include_str!("../../../../gen/configs/sim-4x4.toml");
//! let config = ElementConfig::of(&MachineConfig::parse("sim-4x4.toml", text)?);
//! assert!(element_unit(&config)?.name().starts_with("element_unit_c4_"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::isa::{FieldPlace, Operation, field};
use bitladder_rtl::{BIT, BundlePort, Clock, Instance, Module, ModuleBuilder, Sig, uint};

use super::config::ElementConfig;
use super::largest::Operands;
use super::sums::Sums;
use super::walk::{self, WalkConfig, walk};
use crate::check::beyond;
use crate::fields::Fields;
use crate::post::{chunk_bundle, group_bundle};

/// Fields beside those of the walk.
const OWN_FIELDS: &[FieldPlace] = &[
    field::INPUT_SIGNED,
    field::SECOND_SIGNED,
    field::INPUT_ZERO_POINT,
    field::SECOND_ZERO_POINT,
    field::DIVISOR,
    field::MULTIPLIER,
    field::SECOND_MULTIPLIER,
];

/// The descriptor fields the unit reads.
pub(crate) fn fields() -> Vec<FieldPlace> {
    [walk::FIELDS, OWN_FIELDS].concat()
}

/// What is known about the tap in a stage.
#[derive(Clone, Copy)]
pub(super) struct Tap<'m> {
    pub(super) valid: Sig<'m>,
    pub(super) first: Sig<'m>,
    pub(super) last: Sig<'m>,
    pub(super) pass_end: Sig<'m>,
}

/// A tap of the walk.
struct Step<'m> {
    tap: Tap<'m>,
    /// It lies inside the image.
    inside: Sig<'m>,
    /// Its word.
    address: Sig<'m>,
}

/// A tap whose group has been read.
#[derive(Clone, Copy)]
pub(super) struct Arrival<'m> {
    pub(super) tap: Tap<'m>,
    /// It lies inside the image: the group counts.
    pub(super) inside: Sig<'m>,
    /// It is a tap, and inside.
    pub(super) counts: Sig<'m>,
    /// Where in the group its chunk lies; nothing if a group is one word.
    pub(super) place: Option<Sig<'m>>,
}

/// What the parts of the unit share.
pub(super) struct Unit<'a, 'm> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) config: &'a ElementConfig,
    pub(super) clk: Clock<'m>,
    pub(super) rst: Sig<'m>,
    pub(super) fields: Fields<'m>,
    /// The stages move.
    pub(super) advance: Sig<'m>,
    /// The operations that exist, each with whether the layer is one.
    operations: Vec<(Operation, Sig<'m>)>,
}

impl<'m> Unit<'_, 'm> {
    /// Whether the layer is this operation, from a register: the first tap comes later.
    pub(super) fn is(&self, operation: Operation) -> Sig<'m> {
        let known = self.operations.iter().find(|(known, _)| *known == operation);
        known.map_or(self.m.lit(BIT, 0), |(_, is)| *is)
    }

    /// A data register between stages.
    pub(super) fn hold(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.m.kept(name, value, self.advance, self.clk)
    }

    /// The tap a stage later.
    pub(super) fn next(&self, stage: u32, tap: Tap<'m>) -> Tap<'m> {
        let valid = self.m.reg(&format!("valid_{stage}_q"), BIT, self.clk);
        let valid = valid.reset(self.rst, 0).enable(self.advance);
        valid.next(tap.valid);
        let hold = |name: &str, value| self.hold(&format!("{name}_{stage}_q"), value);
        Tap {
            valid: valid.q,
            first: hold("first", tap.first),
            last: hold("last", tap.last),
            pass_end: hold("pass_end", tap.pass_end),
        }
    }

    /// A register in front of the memory's port, of its own enable.
    fn keep(&self, name: &str, value: Sig<'m>, when: Sig<'m>) -> Sig<'m> {
        self.m.kept(name, value, when, self.clk)
    }

    /// The walk and the memory's read port, which move on where `moves` is set; gives the tap whose
    /// group stands at the memory.
    fn read(&self, start: Sig<'m>, moves: Sig<'m>) -> Result<Arrival<'m>, BlockError> {
        let (m, config) = (self.m, self.config);
        let module = walk(&WalkConfig {
            columns: config.columns,
            modes: config.modes.clone(),
            activation_groups: config.activation_groups,
            reach: config.reach,
            pools_only: config.operations == [Operation::MaxPool],
            padding: config.padding,
        })?;
        let placed = m.instance("walk", &module).clock("clk", self.clk);
        placed.connect("rst", self.rst).connect("start", start).connect("advance", moves);
        self.fields.connect(placed, walk::FIELDS);
        let Step { tap, inside, address } = self.step(placed, start, moves);
        let bits = config.column_bits();
        let group = address.shift_right(bits);
        let reads = tap.valid & inside & moves;
        m.drive(m.output("read_enable", BIT, "read at this edge"), reads);
        let at = m.output("read_address", config.group_address(), "the group");
        m.drive(at, group.resize(config.group_address().width));
        let outside = reads & beyond(m, group, config.activation_groups);
        m.drive(m.output("outside", BIT, "an address beyond the memory"), outside);
        m.drive(m.output("busy", BIT, "taps are left"), tap.valid | placed.out("valid"));
        // In mode `word16` a chunk is a whole group.
        let parts = config.modes.iter().any(|mode| mode.parts() > 1);
        let keep = |name: &str, value| self.keep(name, value, moves);
        let place =
            (bits > 0 && parts && config.sums()).then(|| keep("place_1_q", address.truncate(bits)));
        let valid = m.reg("valid_1_q", BIT, self.clk).reset(self.rst, 0).enable(moves);
        valid.next(tap.valid);
        let tap = Tap {
            valid: valid.q,
            first: keep("first_1_q", tap.first),
            last: keep("last_1_q", tap.last),
            pass_end: keep("pass_end_1_q", tap.pass_end),
        };
        let inside = keep("inside_1_q", inside);
        Ok(Arrival { tap, inside, counts: tap.valid & inside, place })
    }

    /// What the walk gives, in registers where there is more to the unit than a max pool.
    fn step(&self, walk: Instance<'m>, start: Sig<'m>, moves: Sig<'m>) -> Step<'m> {
        let names = ["first", "last", "pass_end", "inside", "address"];
        let valid = walk.out("valid");
        let step = |valid, [first, last, pass_end, inside, address]: [Sig<'m>; 5]| Step {
            tap: Tap { valid, first, last, pass_end },
            inside,
            address,
        };
        if !self.config.sums() {
            return step(valid, names.map(|name| walk.out(name)));
        }
        let there = self.m.reg("there_q", BIT, self.clk).reset(self.rst | start, 0).enable(moves);
        there.next(valid);
        let held = |name| self.keep(&format!("tap_{name}_q"), walk.out(name), moves);
        step(there.q, names.map(held))
    }

    /// The stage behind the memory. Where post may stall the unit, a spare register keeps the group
    /// that stands at the memory: so walk and memory hear of it an edge later, and `ready` need not
    /// come all the way back through post to the memory's port.
    fn arrive(
        &self,
        start: Sig<'m>,
        words: Vec<Sig<'m>>,
    ) -> Result<(Arrival<'m>, Vec<Sig<'m>>), BlockError> {
        let m = self.m;
        let stalls = self.config.sums() && !self.config.direct;
        let spare = stalls.then(|| m.reg("spare_q", BIT, self.clk).reset(self.rst | start, 0));
        let moves = spare.map_or(self.advance, |spare| m.named("fetches", !spare.q));
        let at = self.read(start, moves)?;
        if self.config.direct {
            let counts = at.tap.valid & at.inside;
            return Ok((Arrival { counts, ..at }, words));
        }
        let chosen = |name: &str, value: Sig<'m>| match spare {
            Some(spare) => {
                let kept = self.keep(&format!("spare_{name}_q"), value, moves);
                spare.q.mux(kept, value)
            }
            None => value,
        };
        let valid = spare.map_or(at.tap.valid, |spare| spare.q | at.tap.valid);
        if let Some(spare) = spare {
            spare.next(!self.advance & valid);
        }
        let here = Tap {
            valid,
            first: chosen("first", at.tap.first),
            last: chosen("last", at.tap.last),
            pass_end: chosen("pass_end", at.tap.pass_end),
        };
        let inside = chosen("inside", at.inside);
        let counts = m.reg("counts_2_q", BIT, self.clk).reset(self.rst, 0).enable(self.advance);
        counts.next(valid & inside);
        m.ignore(counts.q);
        let inside = self.hold("inside_2_q", inside);
        let place = at.place.map(|place| self.hold("place_2_q", chosen("place", place)));
        let group = |(c, word): (usize, Sig<'m>)| {
            self.hold(&format!("group_{c}_q"), chosen(&format!("group_{c}"), word))
        };
        let words = words.into_iter().enumerate().map(group).collect();
        Ok((Arrival { tap: self.next(2, here), inside, counts: counts.q, place }, words))
    }

    /// The largest operands of each window; drives the groups and gives their valid bit.
    fn pool(&self, at: Arrival<'m>, group: &[Sig<'m>], out: &BundlePort<'m>) -> Sig<'m> {
        let Arrival { tap, inside, counts, .. } = at;
        let (m, pools) = (self.m, self.is(Operation::MaxPool));
        // In registers where clocks are fast: these fields go to all units.
        let near = |name: &str, place| match self.config.direct {
            true => self.fields.get(place),
            false => m.pipe(name, self.fields.get(place), self.clk),
        };
        let operands = Operands {
            m,
            modes: &self.config.modes,
            mode: near("mode_q", field::MODE),
            signed: near("signed_q", field::INPUT_SIGNED),
        };
        // Nothing of the window has been seen: taps before were outside.
        let fresh = m.reg("fresh_q", BIT, self.clk).enable(self.advance & tap.valid);
        let alone = m.named("alone", tap.first | fresh.q);
        fresh.next(alone & !inside);
        let takes = self.advance & counts;
        for (column, word) in group.iter().enumerate() {
            let best = m.reg(&format!("best_{column}_q"), uint(16), self.clk).enable(takes);
            best.next(alone.mux(*word, operands.largest(best.q, *word)));
            m.drive(field_of(out, &format!("word_{column}")), best.q);
        }
        let done = m.reg("pooled_q", BIT, self.clk).reset(self.rst, 0).enable(self.advance);
        done.next(tap.valid & tap.last & pools);
        m.drive(field_of(out, "last"), self.hold("pooled_last_q", tap.pass_end));
        done.q
    }
}

/// A signal of a bundle.
pub(super) fn field_of<'m>(port: &BundlePort<'m>, name: &str) -> Sig<'m> {
    port.get(name).expect("the unit placed the field")
}

/// Builds the unit.
pub fn element_unit(config: &ElementConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("element_unit").param("c", config.columns).param("", config.tag());
    let m = m.doc("Pools, sums and rescales.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "a layer begins");
    let fields = Fields::place(&m, &fields());
    // Which of them matter depends on the configuration.
    OWN_FIELDS.iter().for_each(|place| m.ignore(fields.get(*place)));
    let advance = m.wire("advance", BIT);
    let decoded = |operation: &Operation| {
        let is = fields.get(field::OPERATION).eq(operation.code());
        let is = m.pipe(&format!("is_{}_q", operation.code()), is, clk);
        m.ignore(is);
        (*operation, is)
    };
    let operations = config.operations.iter().map(decoded).collect();
    let unit = Unit { m: &m, config, clk, rst, fields, advance, operations };
    let word = |c| m.input(&format!("activation_{c}"), uint(16), "a word of the group");
    let (arrival, words) = unit.arrive(start, (0..config.columns).map(word).collect())?;

    let mut waits = m.lit(BIT, 0);
    if config.has(Operation::MaxPool) {
        let out = m.source("group", &group_bundle(config.columns));
        let valid = unit.pool(arrival, &words, &out);
        m.drive(field_of(&out, "valid"), valid);
        waits = waits | (valid & !field_of(&out, "ready"));
    }
    if config.sums() {
        let out = m.source("chunk", &chunk_bundle(config.columns));
        let (valid, ready) = Sums { unit: &unit, out: &out }.build(arrival, &words)?;
        waits = waits | (valid & !ready);
    }
    m.drive(advance, !waits);
    Ok(m.build()?)
}
