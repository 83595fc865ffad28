//! ReLU and Clip on values that already have their type.
//!
//! In a whole layer they are the clamp of the output stage and need no module; this one is for
//! values that skip it. Combinational: 16 LUT4 for 16 bits, and a
//! comparator more for each of `zero_point` and `upper`.
//!
//! | port | meaning |
//! |---|---|
//! | `enable` | clear: the value passes as it is |
//! | `value` | signed |
//! | `zero_point` | with `zero_point`: the value that stands for zero |
//! | `upper` | with `upper`: the largest value of Clip |
//! | `result` | signed |
//!
//! ```text
//! value   < -3 ><  4 ><  9 >     zero_point 0, upper 6
//! result  <  0 ><  4 ><  6 >
//! ```
//!
//! ```
//! # use bitladder_blocks::arith::{ReluConfig, relu};
//! let config = ReluConfig { bits: 16, zero_point: false, upper: false };
//! assert_eq!(relu(&config)?.name(), "relu_w16");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, sint};

use crate::BlockError;
use crate::check::within;

/// Width and bounds of the activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReluConfig {
    /// Width of the signed values, 2 to 64.
    pub bits: u32,
    /// Adds the `zero_point` port; otherwise zero is 0 and the comparator is the sign.
    pub zero_point: bool,
    /// Adds the `upper` port.
    pub upper: bool,
}

/// Builds the activation.
pub fn relu(config: &ReluConfig) -> Result<Arc<Module>, BlockError> {
    within("relu.bits", config.bits, 2..=64)?;
    let ty = sint(config.bits);
    let m = ModuleBuilder::new("relu").param("w", config.bits);
    let m = if config.zero_point { m.param("", "z") } else { m };
    let m = if config.upper { m.param("", "u") } else { m };
    let m = m.doc("Brings a value up to zero, and down to the upper bound.");
    let enable = m.input("enable", BIT, "clear: the value passes as it is");
    let value = m.input("value", ty, "before the activation");
    let lower = match config.zero_point {
        true => value.max(m.input("zero_point", ty, "stands for zero")),
        false => value.msb().mux(m.lit(ty, 0), value),
    };
    let bounded = match config.upper {
        true => lower.min(m.input("upper", ty, "largest value")),
        false => lower,
    };
    m.drive(m.output("result", ty, "after the activation"), enable.mux(bounded, value));
    Ok(m.build()?)
}
