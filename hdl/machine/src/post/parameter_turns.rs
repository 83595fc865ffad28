//! Parameters for a single post lane: each column's entry is read when its turn comes, and stays at
//! the memory until then. Nothing is kept here but where the pass's entries begin.
//!
//! The memory is for this unit alone: a read always takes place.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | a layer begins: read the first entry |
//! | `layer_...` | fields of the descriptor |
//! | `take` | the column whose entry is at the memory has had its turn |
//! | `row_ends`, `release` | it was the row's last; and the row was the pass's last |
//! | `read_enable`, `read_address` | read this entry at this edge |
//! | `ready` | an entry is at the memory |
//! | `outside` | an address beyond the memory |
//!
//! ```text
//! clk          _/~\_/~\_/~\_/~\_      a pass of one row, two columns
//! start        /~~~\____________
//! read_address <0  ><1  ><2  >__      2: the next pass
//! take         ____/~~~~~~~\____
//! row_ends     ________/~~~\____
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::check::within;
use bitladder_machine::isa::field;
use bitladder_rtl::{BIT, Module, ModuleBuilder, address_width, uint};

use super::config::ADDRESS;
use super::parameter_fetch::FIELDS;
use crate::check::beyond;
use crate::fields::Fields;
use crate::reach::Reach;

/// Builds the unit for a memory of so many entries.
pub(super) fn parameter_turns(entries: usize, reach: &Reach) -> Result<Arc<Module>, BlockError> {
    within("parameter_turns.entries", entries as u64, 1..=1 << ADDRESS.width)?;
    let m = ModuleBuilder::new("parameter_turns").param("n", entries);
    let m = m.doc("Reads the parameters of each column in its turn.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "a layer begins");
    let fields = Fields::place(&m, FIELDS);
    let take = m.input("take", BIT, "the entry has been used");
    let row_ends = m.input("row_ends", BIT, "by the row's last column");
    let release = m.input("release", BIT, "of the pass's last row");

    let ends = m.named("pass_ends", take & row_ends & release);
    let passes = fields.short(field::PASSES, reach);
    let left = m.reg("passes_q", passes.ty(), clk).enable(start | ends);
    let last = left.q.eq(1);
    left.next((start | last).mux(passes, left.q - 1));

    // With room to see that it lies beyond.
    let ty = uint((address_width(entries) + 1).min(ADDRESS.width));
    let base = fields.get(field::PARAMETER_BASE).resize(ty.width);
    let address = m.reg("address_q", ty, clk).enable(start | take);
    let first = m.reg("pass_first_q", ty, clk).enable(start | ends);
    let begins = start | (ends & last);
    let again = row_ends & !release;
    let next = begins.mux(base, again.mux(first.q, address.q + 1));
    address.next(next);
    first.next(next);
    let ready = m.reg("ready_q", BIT, clk).reset(rst, 0).enable(start);
    ready.next(m.ones(BIT));

    let reads = start | take;
    let outside = reads & beyond(&m, next, entries);
    m.drive(m.output("outside", BIT, "an address beyond the memory"), outside);
    m.drive(m.output("read_enable", BIT, "an entry is wanted"), reads);
    let width = address_width(entries);
    m.drive(m.output("read_address", uint(width), "the entry"), next.resize(width));
    m.drive(m.output("ready", BIT, "an entry is at the memory"), ready.q);
    Ok(m.build()?)
}
