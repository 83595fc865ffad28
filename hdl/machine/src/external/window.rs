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
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, uint};

use super::ExternalPlan;
use crate::control::TRANSFER_BITS;

/// The memory port's signals that the window hears.
struct Port<'m> {
    ready: Sig<'m>,
    write_ready: Sig<'m>,
    read_valid: Sig<'m>,
    error: Sig<'m>,
    idle: Sig<'m>,
    read_data: Sig<'m>,
}

impl<'m> Port<'m> {
    fn place(m: &'m ModuleBuilder, plan: &ExternalPlan) -> Port<'m> {
        let of = |name: &str, ty| m.input(&format!("port_{name}"), ty, "of the memory port");
        Port {
            ready: of("ready", BIT),
            write_ready: of("write_ready", BIT),
            read_valid: of("read_valid", BIT),
            error: of("error", BIT),
            idle: of("idle", BIT),
            read_data: of("read_data", uint(plan.port().data_bits)),
        }
    }
}

/// What the host asks for.
struct Host<'m> {
    address: Sig<'m>,
    write: Sig<'m>,
    read: Sig<'m>,
    data: Sig<'m>,
}

impl<'m> Host<'m> {
    fn place(m: &'m ModuleBuilder) -> Host<'m> {
        Host {
            address: m.input("host_address", uint(TRANSFER_BITS), "which transfer"),
            write: m.input("host_write", BIT, "write it"),
            read: m.input("host_read", BIT, "read it"),
            data: m.input("host_data", uint(32), "what to write"),
        }
    }
}

/// What the parts of the window share.
struct Window<'a, 'm> {
    m: &'m ModuleBuilder,
    plan: &'a ExternalPlan,
    clk: Clock<'m>,
    rst: Sig<'m>,
    host: Host<'m>,
    port: Port<'m>,
    /// The host asks at this edge.
    starts: Sig<'m>,
}

/// A request under way.
struct Request<'m> {
    busy: Sig<'m>,
    /// The port is asked.
    asks: Sig<'m>,
    /// It writes.
    writes: Sig<'m>,
}

impl<'m> Window<'_, 'm> {
    /// Asks the port once it is idle, and waits until it is so again.
    fn request(&self) -> Request<'m> {
        let (m, port, starts) = (self.m, &self.port, self.starts);
        let [busy, asked, writes] = ["busy_q", "asked_q", "writes_q"]
            .map(|name| m.reg(name, BIT, self.clk).reset(self.rst, 0));
        // What the loader left behind may still be under way.
        let asks = m.named("asks", busy.q & !asked.q & port.idle);
        let done = asked.q & port.idle;
        busy.next(starts | (busy.q & !done));
        asked.next(!starts & (asked.q | (asks & port.ready)) & !done);
        writes.next(starts.mux(self.host.write, writes.q));
        Request { busy: busy.q, asks, writes: writes.q }
    }

    /// The number of the transfer's first word.
    fn first(&self) -> Sig<'m> {
        let place = self.m.kept("address_q", self.host.address, self.starts, self.clk);
        match self.plan.words_per_transfer() {
            1 => place,
            words => place.widening_shl(words.ilog2()),
        }
    }

    /// The transfer, which shifts by a word at `moves`.
    fn transfer(&self, moves: Sig<'m>) -> Sig<'m> {
        let held = self.m.reg("data_q", uint(32), self.clk).enable(self.starts | moves);
        let word = self.port.read_data;
        let shifted = match self.plan.words_per_transfer() {
            1 => word,
            _ => word.cat(held.q.slice(31, word.width())),
        };
        held.next(self.starts.mux(self.host.data, shifted));
        held.q
    }

    /// Whether words to write are left: one less at `moves`.
    fn left(&self, moves: Sig<'m>) -> Sig<'m> {
        let (m, ty) = (self.m, uint(2));
        let left = m.reg("left_q", ty, self.clk).reset(self.rst, 0).enable(self.starts | moves);
        let words = self.plan.words_per_transfer();
        let all = self.host.write.mux(m.lit(ty, words), m.lit(ty, 0));
        left.next(self.starts.mux(all, left.q - 1));
        left.q.reduce_or()
    }
}

/// Builds the window.
pub(super) fn window(plan: &ExternalPlan) -> Result<Arc<Module>, BlockError> {
    let m = plan.module("external_window").doc("The host's way to external memory.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "gives up");
    let (host, port) = (Host::place(&m), Port::place(&m, plan));
    let starts = m.named("starts", host.write | host.read);
    let window = Window { m: &m, plan, clk, rst, host, port, starts };
    let Request { busy, asks, writes } = window.request();
    let first = window.first();
    let failed = m.reg("failed_q", BIT, clk).reset(starts, 0);
    failed.next(failed.q | (busy & window.port.error));
    let moved = writes.mux(window.port.write_ready, window.port.read_valid);
    let moves = m.named("moves", busy & moved);
    let transfer = window.transfer(moves);
    let left = window.left(moves & writes);

    let ty = uint(plan.port().address_bits);
    m.outputs(&[
        ("port_valid", asks, "there is a request"),
        ("port_write", writes, "words are to be written"),
        ("port_address", first.resize(ty.width), "number of the first word"),
        ("port_length", m.lit(ty, plan.words_per_transfer() - 1), "words less one"),
        ("port_write_valid", left, "a word to write is offered"),
        ("port_write_data", transfer.truncate(plan.port().data_bits), "the word"),
        ("host_waits", busy, "the request is under way"),
        ("host_answer", transfer, "the transfer read"),
        ("host_failed", failed.q, "the memory failed"),
    ]);
    Ok(m.build()?)
}
