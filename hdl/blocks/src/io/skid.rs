//! Skid buffer: cuts a stream's paths, `ready` too, without losing a cycle.
//!
//! Two registers deep; `in_ready` comes straight from a flip-flop. Cost for 32 bits: 38 LUT4,
//! 66 FF.
//!
//! | port | meaning |
//! |---|---|
//! | `in`, `out` | stream |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_
//! in_data    <A  ><B  ><C      ><D
//! in_ready   ~~~~~~~~~~\___/~~~~~~     B skids into the second register
//! out_data        <A       ><B  ><C
//! out_ready  ~~~~~\____/~~~~~~~~~~
//! ```
//!
//! ```
//! # use bitladder_blocks::io::{SkidConfig, skid_buffer};
//! assert_eq!(skid_buffer(&SkidConfig { width: 32 })?.name(), "skid_buffer_w32");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, uint};

use crate::BlockError;
use crate::check::within;
use crate::stream::Stream;

/// Size of a skid buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkidConfig {
    /// Bits of a word, 1 to 128.
    pub width: u32,
}

/// Builds the buffer.
pub fn skid_buffer(config: &SkidConfig) -> Result<Arc<Module>, BlockError> {
    within("skid_buffer.width", config.width, 1..=128)?;
    let word = uint(config.width);
    let m = ModuleBuilder::new("skid_buffer").param("w", config.width);
    let m = m.doc("Cuts all paths of a stream at full throughput.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets both words");
    let input = Stream::sink(&m, "in", &[("data", word, "a word")]);
    let out = Stream::source(&m, "out", &[("data", word, "a word")]);

    let first = m.reg("first_full_q", BIT, clk).reset(rst, 0);
    let second = m.reg("second_full_q", BIT, clk).reset(rst, 0);
    m.drive(input.ready(), !second.q);
    let moves = input.moves();
    // The first register is free for a new word, or for the one that skidded.
    let free = m.named("free", !first.q | out.ready());
    first.next(free.mux(second.q | moves, first.q));
    second.next(!free & (second.q | moves));
    let skidded = m.reg("second_q", word, clk).enable(moves & !free);
    skidded.next(input.get("data"));
    let shown = m.reg("first_q", word, clk).enable(free & (second.q | moves));
    shown.next(second.q.mux(skidded.q, input.get("data")));
    m.drive(out.valid(), first.q);
    m.drive(out.get("data"), shown.q);
    Ok(m.build()?)
}
