//! Picks the operands of one row out of the shared stream and packs them into words.
//!
//! Row `j` wants the operands `[j * step, j * step + take)` of every run of its part. That window
//! is the same for every run of a layer, so it is loaded once; what is left per chunk of the
//! stream is to subtract the chunk's position and to clamp. The chosen operands are rotated to
//! where the half-filled word ends, and a full word goes to the patch buffer.
//!
//! Cost on ECP5 (`docs/results/hdl-fetch.md`): about 185 LUT4 and 60 flip-flops with counts of 16
//! bits and the modes 1x16, 2x8, 4x4. Single bits add 60: sixteen positions, not four.
//!
//! | port | meaning |
//! |---|---|
//! | `clear` | forget half-filled words: at the start of a layer |
//! | `load`, `load_first`, `load_end` | set the row's window |
//! | `active` | the row belongs to the chunk's part |
//! | `place` | position of a chunk's first operand, an edge before the rest |
//! | `valid`, `count`, `flush` | a chunk: its operands; or the end of the part |
//! | `layer_mode` | operands per word |
//! | `data` | the chunk's operands, one edge later than the rest |
//! | `write`, `word`, `write_data` | to the patch buffer |
//!
//! ```text
//! clk         _/~\_/~\_/~\_/~\_      two operands per word, window [1, 4)
//! place       <0  ><2  >
//! count            <2  ><2  >
//! flush       _______________/~~~\_
//! data                  <b,a><d,c><0>
//! write       _______________/~~~~~~~~\   at `word` 0: (c, b), at `word` 1: (0, d)
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, uint};

use super::config::FetchPlan;
use super::layer::Layer;

/// The fields of a layer that the module reads.
pub(crate) const FIELDS: &[&str] = &["mode"];

/// How many operands of a chunk lie before an edge of the window that is `ahead` of its first, in
/// units of the narrowest mode.
fn before<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    mode: Sig<'m>,
    (ahead, count): (Sig<'m>, Sig<'m>),
) -> Sig<'m> {
    let width = count.width();
    let low = ahead.truncate(width);
    let far = ahead.slice(ahead.width() - 2, width).reduce_or();
    let within = (far | low.gt(count)).mux(count, low);
    let clamped = ahead.msb().mux(m.lit(count.ty(), 0), within);
    plan.by_mode(m, mode, |mode| clamped.shift_left((plan.units() / mode.parts()).ilog2()))
}

/// What the packing stage gets from the choosing stage.
struct Choice<'m> {
    /// Units to drop from the bottom of the data, and units to keep.
    skip: Sig<'m>,
    keep: Sig<'m>,
    flush: Sig<'m>,
}

/// The choosing stage: window against position, then a register.
fn choose<'m>(
    m: &'m ModuleBuilder,
    plan: &FetchPlan,
    (clk, clear): (Clock<'m>, Sig<'m>),
) -> Choice<'m> {
    let layer = Layer::place(m, plan, FIELDS);
    let load = m.input("load", BIT, "set the window");
    let place = m.input("place", plan.operands(), "position of a chunk's first operand");
    let ahead = ["first", "end"].map(|edge| {
        let value = m.input(&format!("load_{edge}"), plan.operands(), "an edge of the window");
        let reg = m.reg(&format!("{edge}_q"), plan.operands(), clk).enable(load);
        reg.next(value);
        let ahead = reg.q.widening_sub(place).as_unsigned();
        m.pipe(&format!("{edge}_ahead_q"), ahead, clk)
    });
    let active = m.input("active", BIT, "the row belongs to the part");
    let valid = m.input("valid", BIT, "a chunk comes");
    let count = m.input("count", plan.count(), "its operands");
    let flush = m.input("flush", BIT, "the part ends");
    let [skip, end] = ahead.map(|ahead| before(m, plan, layer.get("mode"), (ahead, count)));
    let takes = m.named("takes", active & valid);
    let hold = |name: &str, value: Sig<'m>| m.pipe(name, value, clk);
    let kept = takes.mux(end - skip, m.lit(end.ty(), 0));
    let keep = m.reg("keep_q", kept.ty(), clk).reset(clear, 0);
    keep.next(kept);
    let ends = m.reg("flush_q", BIT, clk).reset(clear, 0);
    ends.next(takes & flush);
    Choice { skip: hold("skip_q", skip), keep: keep.q, flush: ends.q }
}

/// The 16 bits of `data`, its units moved up by `by` around the word: a stage per bit of `by`.
fn rotated<'m>(data: Sig<'m>, by: Sig<'m>, units: u32) -> Sig<'m> {
    (0..by.width()).fold(data, |data, stage| {
        let low = 16 - (1 << stage) * 16 / units;
        let turned = data.truncate(low).cat(data.slice(15, low));
        by.bit(stage).mux(turned, data)
    })
}

/// Builds a packer.
pub fn row_packer(plan: &FetchPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("row_packer").doc("Packs the operands of a row into words.");
    let clk = m.clock("clk", "clock");
    let clear = m.input("clear", BIT, "forget half-filled words");
    let choice = choose(&m, plan, (clk, clear));
    let data = m.input("data", uint(16), "operands, the first lowest, an edge later");

    let units = plan.units();
    let write = m.wire("full", BIT);
    let packed = match units {
        1 => one_unit(&m, &choice, data, write),
        _ => pack(&m, (clk, clear, units), &choice, (data, write)),
    };
    let word = m.reg("word_q", plan.patch_address(), clk).reset(clear | choice.flush, 0);
    word.enable(write).next(word.q + 1);
    m.drive(m.output("write", BIT, "a word is complete"), write);
    m.drive(m.output("word", plan.patch_address(), "its place in the patch"), word.q);
    m.drive(m.output("write_data", uint(16), "the word"), packed);
    Ok(m.build()?)
}

/// Words of one operand need no packing.
fn one_unit<'m>(
    m: &'m ModuleBuilder,
    choice: &Choice<'m>,
    data: Sig<'m>,
    write: Sig<'m>,
) -> Sig<'m> {
    m.ignore(choice.skip);
    m.drive(write, choice.keep.reduce_or());
    data
}

/// Joins the kept units with those that wait for a full word.
fn pack<'m>(
    m: &'m ModuleBuilder,
    (clk, clear, units): (Clock<'m>, Sig<'m>, u32),
    choice: &Choice<'m>,
    (data, write): (Sig<'m>, Sig<'m>),
) -> Sig<'m> {
    let (bits, unit) = (units.ilog2(), 16 / units);
    let fill = m.reg("fill_q", uint(bits), clk).reset(clear | choice.flush, 0);
    let total = fill.q.zero_extend(bits + 1) + choice.keep;
    fill.next(total.truncate(bits));
    m.drive(write, total.msb() | (choice.flush & fill.q.reduce_or()));
    let turned = rotated(data, fill.q - choice.skip.truncate(bits), units);
    let turned = m.named("turned", turned);
    let some = choice.keep.reduce_or();
    let part = |index: u32| {
        let new = turned.bits(index * unit, unit);
        if index + 1 == units {
            return new;
        }
        let waits = fill.q.gt(index);
        let held = m.reg(&format!("held_{index}_q"), uint(unit), clk);
        held.enable(some & (write | !waits)).next(new);
        waits.mux(held.q, new)
    };
    let parts: Vec<Sig<'m>> = (0..units).rev().map(part).collect();
    m.cat(&parts)
}
