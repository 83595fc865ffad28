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
use bitladder_rtl::{BIT, BundlePort, Clock, Module, ModuleBuilder, Sig, uint};

use super::config::ElementConfig;
use super::sums::Sums;
use super::walk;
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
