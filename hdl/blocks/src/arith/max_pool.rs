//! Max pooling: the largest value of each window.
//!
//! One value per cycle, windows of any length one after the other; the result follows the last
//! value by one edge. Positions outside the image are not streamed. Cost for
//! 8 bits: 26 LUT4, 10 FF on ECP5.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `value`, `last` of the window |
//! | `out` | stream: `value`, the window's largest |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_
//! in_value   < 3 >< 7 >< 5 >
//! in_last    _________/~~~\___
//! out_valid  _____________/~~~
//! out_value               < 7 >
//! ```
//!
//! ```
//! # use bitladder_blocks::arith::{MaxPoolConfig, max_pool};
//! # use bitladder_spec::IntType;
//! let config = MaxPoolConfig { ty: IntType::new(8, false)? };
//! assert_eq!(max_pool(&config)?.name(), "max_pool_u8");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, sint, uint};
use bitladder_spec::IntType;

use crate::BlockError;
use crate::stream::{Pipeline, Stream};

/// The type of the pooled values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPoolConfig {
    /// Stored type of inputs and outputs.
    pub ty: IntType,
}

/// Builds the unit.
pub fn max_pool(config: &MaxPoolConfig) -> Result<Arc<Module>, BlockError> {
    let m = ModuleBuilder::new("max_pool").param("", config.ty);
    let m = m.doc("The largest value of each window.");
    let bits = u32::from(config.ty.bits());
    let ty = if config.ty.is_signed() { sint(bits) } else { uint(bits) };
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the window");
    let fields = [("value", ty, "one of the window's values"), ("last", BIT, "the window ends")];
    let input = Stream::sink(&m, "in", &fields);
    let out = Stream::source(&m, "out", &[("value", ty, "the window's largest value")]);

    let mut pipe = Pipeline::behind(&m, clk, rst, &input);
    let (value, last) = (input.get("value"), input.get("last"));
    let open = m.reg("open_q", BIT, clk).reset(rst, 0).enable(input.moves());
    open.next(!last);
    let best = m.reg("best_q", ty, clk).enable(input.moves());
    best.next(open.q.mux(best.q.max(value), value));
    pipe.next_stage_if(last);
    m.drive(out.get("value"), best.q);
    pipe.finish(&out);
    Ok(m.build()?)
}
