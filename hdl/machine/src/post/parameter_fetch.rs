//! Parameters of the channels that are computed: read a pass ahead.
//!
//! Two sets of registers: one that the lanes use, and a shadow that fills from parameter memory
//! in the meantime, an entry per cycle. As soon as the last row of a pass has been taken the
//! shadow becomes the set in use, so a pass of at least `columns + 2` cycles never waits; in a large
//! machine, whose registers are all over its device, that is an edge later. A layer of one pass
//! keeps its set. Cost: about `2 * (47 + multiplier_bits)` registers per column, and
//! hardly any logic: entries shift in.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | a layer begins: forget everything, fetch its first set |
//! | `layer_parameter_base`, `layer_passes` | fields of the descriptor |
//! | `read_enable`, `read_ready` | an entry is read at edges where both are set |
//! | `read_address`, `read_data` | which one, and the entry an edge later |
//! | `release` | the last row of the pass is taken at this edge |
//! | `ready` | the set in use is that of the pass |
//! | `bias_<column>`, `multiplier_<column>`, `shift_<column>` | the set in use |
//! | `outside` | an address beyond the memory was wanted |
//!
//! ```text
//! clk         _/~\_/~\_/~\_/~\_/~\_/~\_     two columns
//! start       /~~~\____________________
//! read_enable _____/~~~~~~~\___/~~~~~~~     the next pass follows at once
//! read_data            <e0 ><e1 >
//! ready       _________________/~~~~~~~
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::Reach;
//! # use bitladder_hdl_machine::post::{ParameterFetchConfig, parameter_fetch};
//! let (bias_bits, reach) = (40, Reach::FULL);
//! let (columns, multiplier_bits, entries, far) = (8, 16, 1024, false);
//! let config = ParameterFetchConfig { columns, multiplier_bits, bias_bits, entries, reach, far };
//! assert_eq!(parameter_fetch(&config)?.name(), "parameter_fetch_c8_m16_n1024");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::check::within;
use bitladder_machine::isa::{FieldPlace, field, parameter};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, address_width, uint};

use super::config::ADDRESS;
use crate::check::{beyond, power_of_two};
use crate::fields::{Fields, ty_of};
use crate::reach::Reach;

/// Size of the parameter registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParameterFetchConfig {
    /// Entries of a set: a power of two up to 128.
    pub columns: u32,
    /// Bits kept of a multiplier, 1 to 17; with 1 there are none, and no ports.
    pub multiplier_bits: u32,
    /// Width of the biases, 8 to 40.
    pub bias_bits: u32,
    /// Entries of parameter memory.
    pub entries: usize,
    /// How far programs go.
    pub reach: Reach,
    /// Whether a set is in use an edge later, and nothing of it hangs on the row that ends a pass.
    pub far: bool,
}

/// The descriptor fields it reads.
pub(crate) const FIELDS: &[FieldPlace] = &[field::PARAMETER_BASE, field::PASSES];

impl ParameterFetchConfig {
    fn validate(self) -> Result<(), BlockError> {
        power_of_two("parameter_fetch.columns", self.columns, 1..=128)?;
        let widest = parameter::MULTIPLIER.width;
        within("parameter_fetch.multiplier_bits", self.multiplier_bits, 1..=widest)?;
        within("parameter_fetch.bias_bits", self.bias_bits, 8..=parameter::BIAS.width)?;
        within("parameter_fetch.entries", self.entries as u64, 1..=1 << ADDRESS.width)
    }

    /// Name, place in the entry and bits kept of what lanes use.
    fn parts(self) -> Vec<(FieldPlace, u32)> {
        let multiplier = (parameter::MULTIPLIER, self.multiplier_bits);
        let all = [(parameter::BIAS, self.bias_bits), multiplier];
        let all = all.into_iter().chain([(parameter::SHIFT, parameter::SHIFT.width)]);
        all.filter(|(place, bits)| place.name != parameter::MULTIPLIER.name || *bits > 1).collect()
    }
}

/// Registers of the control side.
struct Control<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    start: Sig<'m>,
    /// The shadow becomes the set in use.
    swap: Sig<'m>,
}

impl<'m> Control<'m> {
    /// Asks for entries; gives whether one arrives and whether the set is complete.
    fn request(&self, config: ParameterFetchConfig, fields: &Fields<'m>) -> (Sig<'m>, Sig<'m>) {
        let (m, clk, rst, start) = (self.m, self.clk, self.rst, self.start);
        let grant = m.input("read_ready", BIT, "the read takes place");
        let count = uint(config.columns.ilog2() + 1);
        let left = m.reg("left_q", count, clk).reset(rst, 0).doc("entries to ask for");
        let asks = m.named("asks", left.q.reduce_or());
        let reads = m.named("reads", asks & grant);
        let renew = self.swap | start;
        left.next(renew.mux(m.lit(count, config.columns), reads.mux(left.q - 1, left.q)));

        let passes = fields.short(field::PASSES, &config.reach);
        // An edge later is early enough: no set is fetched at once.
        let [renewed, anew] = [("renewed_q", renew), ("started_q", start)]
            .map(|(name, value)| m.pipe(name, value, clk));
        let pass = m.reg("passes_q", passes.ty(), clk).enable(renewed).doc("sets to fetch");
        // It is the layer's last set that is fetched.
        let last = m.reg("last_set_q", BIT, clk).enable(renew);
        last.next((start | last.q).mux(passes.eq(1), pass.q.eq(2)));
        let was_last = m.pipe("was_last_q", last.q, clk);
        pass.next((anew | was_last).mux(passes, pass.q - 1));
        let base = fields.get(field::PARAMETER_BASE);
        self.ask(config.entries, base, [asks, reads, last.q & left.q.eq(1)]);

        let begun = m.reg("begun_q", BIT, clk).reset(rst, 0).doc("there has been a layer");
        begun.next(begun.q | start);
        // What is on its way when a layer begins shifts through before the set is complete.
        let arrives = m.reg("arrives_q", BIT, clk).reset(rst, 0);
        arrives.next(reads);
        (arrives.q, begun.q & !asks & !arrives.q)
    }

    /// The memory's port. Sets follow each other there: only the first one needs the base, and so
    /// does the one after the layer's last, which `wraps`.
    fn ask(&self, entries: usize, base: Sig<'m>, [asks, reads, wraps]: [Sig<'m>; 3]) {
        let (m, start) = (self.m, self.start);
        // With room to see that it lies beyond.
        let ty = uint((address_width(entries) + 1).min(ADDRESS.width));
        let address = m.reg("address_q", ty, self.clk).enable(reads | start);
        address.next((start | wraps).mux(base.resize(ty.width), address.q + 1));
        let outside = beyond(m, address.q, entries);
        m.outputs(&[
            ("outside", asks & outside, "an address beyond the memory"),
            ("read_enable", asks, "an entry is wanted"),
            ("read_address", address.q.resize(address_width(entries)), "the entry"),
        ]);
    }

    /// Whether the set in use is the right one; drives `swap`.
    fn ready(&self, far: bool, complete: Sig<'m>, single: Sig<'m>) {
        let m = self.m;
        let release = m.input("release", BIT, "the last row of the pass is taken");
        let ends = release & !single;
        let ready = m.reg("ready_q", BIT, self.clk).reset(self.rst | self.start, 0);
        m.drive(self.swap, complete & if far { !ready.q } else { !ready.q | ends });
        ready.next(self.swap | (ready.q & !ends));
        m.drive(m.output("ready", BIT, "the set in use is that of the pass"), ready.q);
    }
}

/// Builds the unit.
pub fn parameter_fetch(config: &ParameterFetchConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("parameter_fetch").param("c", config.columns);
    let m = m.param("m", config.multiplier_bits).param("n", config.entries);
    let m = m.doc("Reads the channels' parameters a pass ahead.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "a layer begins");
    let fields = Fields::place(&m, FIELDS);
    let swap = m.wire("swap", BIT);
    let control = Control { m: &m, clk, rst, start, swap };
    let (arrives, complete) = control.request(*config, &fields);
    let single = m.pipe("single_q", fields.get(field::PASSES).eq(1), clk);
    control.ready(config.far, complete, single);

    let data = m.input("read_data", uint(64), "the entry read at the last edge");
    for (place, bits) in config.parts() {
        let mut from = data.bits(place.offset(), bits);
        for column in (0..config.columns).rev() {
            let shadow = m.reg(&format!("shadow_{}_{column}_q", place.name), from.ty(), clk);
            shadow.enable(arrives).next(from);
            from = shadow.q;
            let used = m.reg(&format!("{}_{column}_q", place.name), from.ty(), clk).enable(swap);
            used.next(from);
            let value = if place.signed { used.q.as_signed() } else { used.q };
            let ty = ty_of(&place).with_width(bits);
            let name = format!("{}_{column}", place.name);
            m.drive(m.output(&name, ty, "of this column's channel"), value);
        }
    }
    Ok(m.build()?)
}
