//! Brings weights from external memory to weight memory while layers run.
//!
//! A load waits for the one before it; then it is taken, and the next descriptor runs. Words come as
//! fast as the memory gives them, in requests of 1024 at the most, so that a reset has little to wait
//! for. They go into weight memory one by one, each into its columns, and through a CRC-32.
//!
//! | port | meaning |
//! |---|---|
//! | `start`, `layer_*` | a load descriptor begins; its fields stay until it is taken |
//! | `taken` | it is under way |
//! | `loading` | something is being loaded |
//! | `weight_write_mask`, `weight_write_group`, `weight_write_data_<c>` | to weight memory |
//! | `corrupt`, `failed`, `outside` | a wrong checksum, an error of the memory (both stay until reset), an address beyond one |
//! | `blamed` | the layer of the load that failed |
//! | `port_*` | the memory port |

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::memory::{Crc32Config, crc32};
use bitladder_machine::isa::{FieldPlace, field};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, Ty, uint};

use super::ExternalPlan;
use crate::fields::Fields;

/// The fields of a load.
pub(super) const FIELDS: [FieldPlace; 5] =
    [field::INPUT_BASE, field::WEIGHT_BASE, field::TOTAL_PIXELS, field::CHECKSUM, field::LAYER];
/// Words of a request, as a power of two.
const REQUEST_BITS: u32 = 10;

struct Loader<'m> {
    m: &'m ModuleBuilder,
    plan: &'m ExternalPlan,
    clk: Clock<'m>,
    rst: Sig<'m>,
    /// The load is taken, and there is something to load.
    begins: Sig<'m>,
    busy: Sig<'m>,
    layer: &'m Fields<'m>,
    /// A number of words.
    count: Ty,
}

impl<'m> Loader<'m> {
    fn kept(&self, name: &str, place: FieldPlace) -> Sig<'m> {
        let value = self.layer.get(place);
        let held = self.m.reg(name, value.ty(), self.clk).enable(self.begins);
        held.next(value);
        held.q
    }

    /// Words of the port that a field's groups are.
    fn words(&self, place: FieldPlace) -> Sig<'m> {
        let shift = self.plan.words_per_group().ilog2();
        self.layer.get(place).widening_shl(shift).resize(self.count.width)
    }

    /// Asks for all words.
    fn requests(&self, armed_wire: Sig<'m>) {
        let m = self.m;
        let [ready, idle] = ["ready", "idle"]
            .map(|name| m.input(&format!("port_{name}"), BIT, "of the memory port"));
        // Words of a load that was given up must not be taken for words of this one.
        let armed = m.reg("armed_q", BIT, self.clk).reset(self.rst | self.begins, 0);
        armed.next(armed.q | (self.busy & idle));
        m.drive(armed_wire, armed.q);
        let left = m.reg("to_ask_q", self.count, self.clk).reset(self.rst, 0);
        let valid = m.named("asks", self.busy & armed.q & left.q.reduce_or());
        let goes = valid & ready;
        let most = m.lit(self.count, 1 << REQUEST_BITS);
        let piece = left.q.lt(1 << REQUEST_BITS).mux(left.q, most);
        let left = left.enable(self.begins | goes);
        left.next(self.begins.mux(self.words(field::TOTAL_PIXELS), left.q - piece));
        let address = m.reg("address_q", self.count, self.clk).enable(self.begins | goes);
        address.next(self.begins.mux(self.words(field::INPUT_BASE), address.q + piece));
        let ty = uint(self.plan.port().address_bits);
        m.outputs(&[
            ("port_valid", valid, "there is a request"),
            ("port_address", address.q.truncate(ty.width), "number of the first word"),
            ("port_length", (piece - 1).truncate(ty.width), "words less one"),
        ]);
    }

    /// Takes the words; gives the edge at which the last one came.
    fn arrivals(&self, arrives: Sig<'m>, data: Sig<'m>) -> Sig<'m> {
        let (m, plan) = (self.m, self.plan);
        let left = m.reg("to_come_q", self.count, self.clk).enable(self.begins | arrives);
        left.next(self.begins.mux(self.words(field::TOTAL_PIXELS), left.q - 1));
        let last = m.named("last", arrives & left.q.eq(1));
        let parts = plan.words_per_group();
        let at_once = plan.columns / parts;
        let (mask, ends) = match parts {
            1 => (arrives.repeat(plan.columns), arrives),
            _ => {
                let ty = uint(parts.ilog2());
                let part = m.reg("part_q", ty, self.clk).reset(self.begins, 0).enable(arrives);
                part.next(part.q + 1);
                let bits: Vec<Sig<'m>> = (0..plan.columns)
                    .rev()
                    .map(|column| arrives & part.q.eq(column / at_once))
                    .collect();
                (m.cat(&bits), arrives & part.q.reduce_and())
            }
        };
        let ty = plan.weight_address();
        let group = m.reg("group_q", ty, self.clk).enable(self.begins | ends);
        let first = self.layer.get(field::WEIGHT_BASE).resize(ty.width);
        group.next(self.begins.mux(first, group.q + 1));
        m.drive(m.output("weight_write_mask", uint(plan.columns), "words to write"), mask);
        m.drive(m.output("weight_write_group", ty, "where"), group.q);
        for column in 0..plan.columns {
            let word = data.bits(column % at_once * 16, 16);
            m.drive(m.output(&format!("weight_write_data_{column}"), uint(16), "what"), word);
        }
        last
    }

    /// Whether the load reaches beyond a memory.
    fn outside(&self) -> Sig<'m> {
        let beyond = |place: FieldPlace, size: usize| {
            let end = self.layer.get(place).widening_add(self.layer.get(field::TOTAL_PIXELS));
            end.gt(size)
        };
        beyond(field::INPUT_BASE, self.plan.groups())
            | beyond(field::WEIGHT_BASE, self.plan.weight_groups)
    }

    /// The checksum of the words that have come.
    fn checksum(&self, arrives: Sig<'m>, data: Sig<'m>) -> Result<Sig<'m>, BlockError> {
        let sum = self.m.instance("sum", &crc32(&Crc32Config { bytes: data.width() / 8 })?);
        sum.clock("clk", self.clk).connect("clear", self.begins);
        sum.connect("enable", arrives).connect("data", data);
        Ok(sum.out("crc"))
    }

    /// A fault that stays.
    fn fault(&self, name: &str, now: Sig<'m>, doc: &str) {
        let held = self.m.reg(&format!("{name}_q"), BIT, self.clk).reset(self.rst, 0);
        held.next(held.q | now);
        self.m.drive(self.m.output(name, BIT, doc), held.q);
    }
}

/// Builds the loader.
pub(super) fn loader(plan: &ExternalPlan) -> Result<Arc<Module>, BlockError> {
    plan.validate()?;
    let m = plan.module("external_loader").doc("Loads weights while layers run.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "gives up");
    let start = m.input("start", BIT, "a load begins");
    let layer = Fields::place(&m, &FIELDS);
    let port = plan.port();
    let [valid, error] = ["read_valid", "error"]
        .map(|name| m.input(&format!("port_{name}"), BIT, "of the memory port"));
    let data = m.input("port_read_data", uint(port.data_bits), "of the memory port");

    let [wants, busy] = ["wants_q", "busy_q"].map(|name| m.reg(name, BIT, clk).reset(rst, 0));
    let taken = m.named("takes", wants.q & !busy.q);
    wants.next(start | (wants.q & !taken));
    let (begins, armed, ends) = (m.wire("begins", BIT), m.wire("armed", BIT), m.wire("ends", BIT));
    let count = uint(port.address_bits.max(REQUEST_BITS) + 1);
    let l = Loader { m: &m, plan, clk, rst, begins, busy: busy.q, layer: &layer, count };
    let outside = m.named("beyond", l.outside());
    m.drive(begins, taken & layer.get(field::TOTAL_PIXELS).reduce_or() & !outside);
    l.requests(armed);
    let arrives = m.named("arrives", busy.q & armed & valid);
    let last = l.arrivals(arrives, data);
    let sum = l.checksum(arrives, data)?;
    let over = m.reg("over_q", BIT, clk).reset(rst, 0);
    over.next(last);
    m.drive(ends, over.q);
    busy.next(begins | (busy.q & !ends));
    let wanted = l.kept("checksum_q", field::CHECKSUM);
    l.fault("corrupt", ends & sum.ne(wanted), "a checksum is wrong");
    l.fault("failed", busy.q & armed & error, "the memory failed");
    let blamed = l.kept("layer_q", field::LAYER);
    m.outputs(&[
        ("taken", taken, "the load is under way"),
        ("loading", busy.q | wants.q, "something is being loaded"),
        ("outside", taken & outside, "an address beyond a memory"),
        ("blamed", blamed, "the layer of the load that failed"),
    ]);
    Ok(m.build()?)
}
