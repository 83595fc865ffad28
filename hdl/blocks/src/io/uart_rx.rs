//! Serial receiver: samples each bit in its middle, checks start and stop bit.
//!
//! The line is brought into the clock's domain by two flip-flops. A byte whose stop bit is low is
//! dropped and flagged, and reception starts again when the line is high. A serial line cannot be
//! stopped: a byte that ends while the last one has not been taken is dropped and flagged.
//! Transmitter and receiver may differ in speed by 4 % with bits of 16 cycles or more.
//! Cost: 118 LUT4, 34 FF on ECP5.
//!
//! | port | meaning |
//! |---|---|
//! | `line` | the serial line, high when idle |
//! | `out` | stream of bytes |
//! | `framing_error` | for one cycle: a stop bit was low |
//! | `overrun` | for one cycle: a byte was lost |
//! | `level` | which clock runs, if there are several |
//!
//! ```text
//! line       ~\_start_< d0 >...< d7 >/~stop~~~
//! out_valid  ____________________________/~~~~
//! ```
//!
//! ```
//! # use bitladder_blocks::io::{ClockDivider, uart_rx};
//! assert_eq!(uart_rx(ClockDivider::new(16, 1)?)?.name(), "uart_rx_16_1");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, uint};

use super::divider::ClockDivider;
use crate::BlockError;
use crate::stream::Stream;

/// Bits to be looked at from a start bit on.
const FRAME: u32 = 10;

/// The line in the clock's domain.
fn synchronised<'m>(m: &'m ModuleBuilder, clk: Clock<'m>, rst: Sig<'m>, line: Sig<'m>) -> Sig<'m> {
    let flop = |name: &str, value: Sig<'m>| {
        let register = m.reg(name, BIT, clk).reset(rst, 1).init(1);
        register.next(value);
        register.q
    };
    flop("line_2_q", flop("line_1_q", line))
}

/// Builds the receiver.
pub fn uart_rx(divider: ClockDivider) -> Result<Arc<Module>, BlockError> {
    let m = ModuleBuilder::new("uart_rx").param("", divider.tag());
    let m = m.doc("Receives bytes from a serial line, 8N1.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "waits for a start bit");
    let line = synchronised(&m, clk, rst, m.input("line", BIT, "serial line, high when idle"));
    let out = Stream::source(&m, "out", &[("data", uint(8), "a byte")]);

    let left = m.reg("left_q", uint(4), clk).reset(rst, 0).doc("bits to go");
    let broken = m.reg("broken_q", BIT, clk).reset(rst, 0).doc("waits for the line to idle");
    let idle = m.named("idle", !left.q.reduce_or());
    let start = m.named("start", idle & !line & !broken.q);
    let tick = divider.ticks(&m, clk, start, true);
    let sample = m.named("sample", tick & !idle);
    // A start bit that is high in its middle was noise.
    let noise = left.q.eq(FRAME) & line;
    let fewer = noise.mux(m.lit(uint(4), 0), left.q - 1);
    left.next(start.mux(m.lit(uint(4), FRAME), sample.mux(fewer, left.q)));
    let byte = m.reg("byte_q", uint(8), clk).enable(sample & left.q.ne(1));
    byte.next(line.cat(byte.q.slice(7, 1)));
    let ends = m.named("ends", sample & left.q.eq(1));
    broken.next((ends | broken.q) & !line);

    let full = m.reg("full_q", BIT, clk).reset(rst, 0);
    let keeps = m.named("keeps", full.q & !out.ready());
    full.next(keeps | (ends & line));
    let data = m.reg("data_q", uint(8), clk).enable(ends & line & !keeps);
    data.next(byte.q);
    m.drive(out.valid(), full.q);
    m.drive(out.get("data"), data.q);
    let framing = m.output("framing_error", BIT, "a stop bit was low");
    m.drive(framing, ends & !line);
    m.drive(m.output("overrun", BIT, "a byte was lost"), ends & line & keeps);
    Ok(m.build()?)
}
