//! The multi-precision lane: a multiply-accumulate unit whose word is one operand of 16 bits, two
//! of 8, four of 4 or sixteen of one bit, chosen word by word while it runs.
//!
//! ```text
//!  activations  +-----------------+  a   +------+
//!  ----16-----> | activation_port |----->|      |   result
//!               +-----------------+      | lane |----------->
//!  weights      +-----------------+  b   |      |
//!  ----16-----> |   weight_port   |----->|      |
//!               +-----------------+      +------+
//! ```
//!
//! # Structure
//!
//! Preparing an operand (sign extension, packing two narrow operands into one DSP operand,
//! decoding a weight code) needs nothing but the operand itself. It is therefore not in the lane:
//! one [`activation_port`] serves a whole row and one [`weight_port`] a whole column.
//! Power-of-two, ternary and 3-bit weights are decoded to numbers there and cost a lane nothing.
//!
//! The products, all signed by signed:
//!
//! | multiplier | 1x16 | 2x8 | 4x4 |
//! |---|---|---|---|
//! | `TwoDsp` | block 1 | a block each | two packed per block |
//! | `OneDsp` | the block | the block, and 2 fabric groups | packed in the block, and 2 groups |
//! | `HalfWord` | the block | the block; the high byte is ignored | packed in the block, likewise |
//! | `Mac16` | block 1 as 16 x 16 | halves of block 2 | packed in block 1, halves of block 2 |
//! | `Mac16` without 1x16 | - | halves of the block | halves of the block, and 2 groups |
//! | `Fabric` | 4 groups of 16 x 4 | 4 groups of 8 x 4 | 4 groups of 4 x 4 |
//! | `Shifter` | a shift | - | - |
//!
//! "Packed" is `(a1*2^9 + a0) * (b0*2^9 + b1)`: bits 9 to 17 are `a1*b1 + a0*b0`, less the sign of
//! the field below. "Groups" are rows of adders, see `nibble.rs`. The block of `OneDsp` and
//! `HalfWord` is 18 x 18 wide on ECP5 and Gowin, and one `SB_MAC16` as 16 x 16 on iCE40 UltraPlus.
//!
//! # Ports
//!
//! | port | width | meaning |
//! |---|---|---|
//! | `rst` | 1 | synchronous reset of sum and flags |
//! | `enable` | 1 | clock enable of the whole lane; change it between dot products only |
//! | `mode` | 2 | a [`Mode`]'s code; may change with every dot product |
//! | `valid`, `last` | 1 | the word counts; it is the last of its dot product |
//! | `a`, `b` | by the plan | prepared operands |
//! | `shift`, `above` | 1, `result` | unless [`Drain::Bus`]: pass on the result of the lane above |
//! | `result` | accumulator + 3 | `{negative, overflowed, guard, sum}` of the last dot product |
//!
//! Where a DSP block packs, sums of modes other than 1x16 lie 9 bits up in the accumulator, and in
//! lanes without one those of 4x4 lie 4 bits up ([`LanePlan::fraction`]): that spares a
//! multiplexer per bit. The array shifts them down where
//! they leave. `overflowed` is set if the sum left its range before the last word, to the side that
//! `negative` names; if it did so with the last word, `guard` is the sign and differs from the
//! sum's. The array puts a limit in the place of such a sum.
//!
//! # Timing
//!
//! ```text
//! clk      /1\_/2\_/3\_/4\_/5\_/6\_/7\_
//! a, b     <w0><w1>
//! valid    ========
//! last         ====
//! result   --------------------------<w0 + w1>    LanePlan::LATENCY edges after the last word, with
//!                                                 [`Drain::Short`] one more
//! ```
//!
//! # Cost
//!
//! Yosys 0.23, sums of up to 500 products, in 4-input LUTs (a carry cell of ECP5 counts as two):
//!
//! | lane | modes | ECP5 | iCE40 | Gowin | DSP blocks |
//! |---|---|---|---|---|---|
//! | `TwoDsp` | 1x16, 2x8, 4x4 | 141 | - | 155 | 2 |
//! | `OneDsp` | 1x16, 2x8, 4x4 | 223 | 235 | 268 | 1 |
//! | `HalfWord` | 1x16, 1x8, 2x4 | 121 | 115 | 121 | 1 |
//! | `OneDsp` | 1x16 | 97 | 92 | 96 | 1 |
//! | `Mac16` | 1x16, 2x8, 4x4 | - | 147 | - | 2 |
//! | `Mac16` | 2x8, 4x4 | - | 156 | - | 1 |
//! | `Fabric` | 1x16, 2x8, 4x4 | 430 | 472 | 545 | 0 |
//! | `Fabric` | 2x8, 4x4 | 255 | 248 | 289 | 0 |
//!
//! A lane without the chain (with [`Drain::Bus`], and in the first row of any array) has about 45
//! less. Binary words add 38 to 85; the other kinds of weights add nothing to a lane.
//! `docs/results/hdl-modules.md` has the rest.
//!
//! # Example
//!
//! ```
//! use bitladder_blocks::{Drain, Family, LaneConfig, LanePlan, Mode, Multiplier, WeightKind, lane};
//! let plan = LanePlan::new(&LaneConfig {
//!     family: Family::Ecp5,
//!     multiplier: Multiplier::TwoDsp,
//!     modes: vec![Mode::Word16, Mode::Word8, Mode::Word4],
//!     weights: vec![WeightKind::Fixed],
//!     reduction: 500,
//!     accumulator_bits: None,
//! })?;
//! assert_eq!(plan.accumulator_bits(), 40); // 500 * 2^30 and a sign
//! assert_eq!(lane(&plan, Drain::Chain)?.name(), "lane_ecp5_dsp2_m16_8_4_wf_a40_chain");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

mod accumulate;
mod activation;
mod build;
mod carry;
mod config;
mod dsp;
mod format;
mod gated;
mod nibble;
mod operands;
mod product;
mod weight;

pub use activation::activation_port;
pub use build::{Drain, lane};
pub use config::{LaneConfig, LanePlan, Multiplier};
pub use format::{Mode, WeightKind, word_dot};
pub(crate) use operands::Layout;
pub use weight::weight_port;

/// The plan in a module's name.
pub(crate) fn shape(plan: &LanePlan) -> String {
    let config = plan.config();
    let modes: Vec<String> = Mode::ALL
        .into_iter()
        .filter(|mode| plan.has(*mode))
        .map(|mode| mode.bits().to_string())
        .collect();
    let kinds =
        [(WeightKind::Fixed, 'f'), (WeightKind::PowerOfTwo, 'p'), (WeightKind::Ternary, 't')];
    let kinds = kinds.into_iter().chain([(WeightKind::Qsq, 'q')]);
    let kinds: String =
        kinds.filter(|(kind, _)| plan.takes(*kind)).map(|(_, letter)| letter).collect();
    let (family, multiplier) = (config.family.name(), config.multiplier.name());
    let (modes, width) = (modes.join("_"), plan.accumulator_bits());
    format!("{family}_{multiplier}_m{modes}_w{kinds}_a{width}")
}
