//! The host's way to external memory: a transfer of 32 bits at a time.
//!
//! | port | meaning |
//! |---|---|
//! | `host_address`, `host_write`, `host_read`, `host_data` | the request, for one cycle |
//! | `host_waits` | it is under way |
//! | `host_answer`, `host_failed` | afterwards: the transfer read, and whether the memory failed |
//! | `port_*` | the memory port |
//!
//! ```text
//! clk          _/~\_/~\_/~\_ ... _/~\_/~\_
//! host_read    /~~~\______________________
//! host_waits   _____/~~~~~~~ ... ~~~~~\___
//! host_answer                         <word
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Module, uint};

use super::ExternalPlan;

/// A transfer's number on the window.
const TRANSFER_BITS: u32 = 25;

/// Builds the window.
pub(super) fn window(plan: &ExternalPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("external_window").doc("The host's way to external memory.");
    let (port, words) = (plan.port(), plan.words_per_transfer());
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "gives up");
    let address = m.input("host_address", uint(TRANSFER_BITS), "which transfer");
    let write = m.input("host_write", BIT, "write it");
    let read = m.input("host_read", BIT, "read it");
    let data = m.input("host_data", uint(32), "what to write");
    let [ready, write_ready, read_valid, error, idle] =
        ["ready", "write_ready", "read_valid", "error", "idle"]
            .map(|name| m.input(&format!("port_{name}"), BIT, "of the memory port"));
    let word = m.input("port_read_data", uint(port.data_bits), "of the memory port");

    let starts = m.named("starts", write | read);
    let [busy, asked, writes] =
        ["busy_q", "asked_q", "writes_q"].map(|name| m.reg(name, BIT, clk).reset(rst, 0));
    // What the loader left behind may still be under way.
    let asks = m.named("asks", busy.q & !asked.q & idle);
    let done = asked.q & idle;
    busy.next(starts | (busy.q & !done));
    asked.next(!starts & (asked.q | (asks & ready)) & !done);
    let place = m.reg("address_q", uint(TRANSFER_BITS), clk).enable(starts);
    place.next(address);
    let failed = m.reg("failed_q", BIT, clk).reset(starts, 0);
    failed.next(failed.q | (busy.q & error));

    let moves = m.named("moves", busy.q & (writes.q.mux(write_ready, read_valid)));
    let held = m.reg("data_q", uint(32), clk).enable(starts | moves);
    let shifted = match words {
        1 => word,
        _ => word.cat(held.q.slice(31, port.data_bits)),
    };
    held.next(starts.mux(data, shifted));
    // Words to write that are left.
    let left = m.reg("left_q", uint(2), clk).reset(rst, 0).enable(starts | (moves & writes.q));
    left.next(starts.mux(write.mux(m.lit(uint(2), words), m.lit(uint(2), 0)), left.q - 1));
    writes.next(starts.mux(write, writes.q));

    let first = match words {
        1 => place.q,
        _ => place.q.widening_shl(words.ilog2()),
    };
    let ty = uint(port.address_bits);
    for (name, value, doc) in [
        ("port_valid", asks, "there is a request"),
        ("port_write", writes.q, "words are to be written"),
        ("port_address", first.resize(ty.width), "number of the first word"),
        ("port_length", m.lit(ty, words - 1), "words less one"),
        ("port_write_valid", left.q.reduce_or(), "a word to write is offered"),
        ("port_write_data", held.q.truncate(port.data_bits), "the word"),
        ("host_waits", busy.q, "the request is under way"),
        ("host_answer", held.q, "the transfer read"),
        ("host_failed", failed.q, "the memory failed"),
    ] {
        m.drive(m.output(name, value.ty(), doc), value);
    }
    Ok(m.build()?)
}
