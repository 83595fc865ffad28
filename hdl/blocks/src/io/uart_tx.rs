//! Serial transmitter: start bit, eight data bits from the lowest, stop bit. Cost: 82 LUT4, 23 FF
//! on ECP5.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream of bytes |
//! | `line` | the serial line, high when idle |
//! | `level` | which clock runs, if there are several |
//!
//! ```text
//! in_valid  ~\______________________________
//! line      ~~~\_start_< d0 >< d1 >...< d7 >/~stop~~
//! ```
//!
//! ```
//! # use bitladder_blocks::io::{ClockDivider, uart_tx};
//! let divider = ClockDivider::from_rates(12_000_000, 115_200)?;
//! assert_eq!(uart_tx(divider)?.name(), "uart_tx_625_6");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, uint};

use super::divider::ClockDivider;
use crate::BlockError;
use crate::stream::Stream;

/// Bits on the line per byte.
const FRAME: u32 = 10;

/// Builds the transmitter.
pub fn uart_tx(divider: ClockDivider) -> Result<Arc<Module>, BlockError> {
    let m = ModuleBuilder::new("uart_tx").param("", divider.tag());
    let m = m.doc("Sends bytes over a serial line, 8N1.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "the line idles");
    let input = Stream::sink(&m, "in", &[("data", uint(8), "a byte")]);

    let left = m.reg("left_q", uint(4), clk).reset(rst, 0).doc("bits to go");
    let idle = m.named("idle", !left.q.reduce_or());
    m.drive(input.ready(), idle);
    let start = m.named("start", input.moves());
    let tick = divider.ticks(&m, clk, start, false);
    let ends = tick & !idle;
    left.next(start.mux(m.lit(uint(4), FRAME), ends.mux(left.q - 1, left.q)));
    let frame = m.reg("frame_q", uint(FRAME), clk).reset(rst, 0x3ff).init(0x3ff);
    let (high, low) = (m.lit(BIT, 1), m.lit(BIT, 0));
    let loaded = m.cat(&[high, input.get("data"), low]);
    let shifted = high.cat(frame.q.slice(FRAME - 1, 1));
    frame.next(start.mux(loaded, ends.mux(shifted, frame.q)));
    m.drive(m.output("line", BIT, "serial line, high when idle"), frame.q.bit(0));
    Ok(m.build()?)
}
