//! Counts the cycles in which the array worked, and those in which it waited, by cause.
//!
//! | port | meaning |
//! |---|---|
//! | `clear` | set all to zero |
//! | `works`, `fill`, `patches`, `drain`, `weights` | count this cycle |
//! | `array_cycles`, `stall_fill`, ... | the counts |

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_rtl::{BIT, Module, ModuleBuilder, uint};

/// The counters: what is counted, name of the count, meaning.
pub(crate) const COUNTS: [(&str, &str, &str); 5] = [
    ("works", "array_cycles", "cycles in which the array took a word"),
    ("fill", "stall_fill", "cycles a layer's first patches took"),
    ("patches", "stall_patches", "cycles the array waited for later patches"),
    ("drain", "stall_drain", "cycles the array waited for results to leave it"),
    ("weights", "stall_weights", "cycles the array waited for scalars"),
];

/// Builds the counters.
pub(crate) fn counters() -> Result<Arc<Module>, BlockError> {
    let m = ModuleBuilder::new("fetch_counters").doc("Cycles of work and waiting, by cause.");
    let clk = m.clock("clk", "clock");
    let clear = m.input("clear", BIT, "set all to zero");
    for (event, count, doc) in COUNTS {
        let now = m.input(event, BIT, "count this cycle");
        let reg = m.reg(&format!("{count}_q"), uint(32), clk).reset(clear, 0).enable(now);
        reg.next(reg.q + 1);
        m.drive(m.output(count, uint(32), doc), reg.q);
    }
    Ok(m.build()?)
}
