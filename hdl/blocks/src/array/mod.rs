//! Rows and columns of lanes.
//!
//! ```text
//!                 w_0             w_1            weight ports, then a register
//!                  |               |
//!  a_0 -> port -> lane_0_0 ------ lane_0_1       every lane sums its own dot product
//!                  |               |
//!  a_1 -> port -> lane_1_0 ------ lane_1_1
//!                  |               |
//!                 exit            exit           one row of results per cycle, last row first
//! ```
//!
//! Each row has an activation stream, each column a weight stream, and the lane at their crossing
//! sums the products: an output-stationary array. [`Dataflow`] says how words reach the lanes,
//! [`Drain`](crate::Drain) how results leave them.
//!
//! # Ports
//!
//! | port | width | meaning |
//! |---|---|---|
//! | `rst` | 1 | synchronous reset of control, sums and flags |
//! | `mode`, `weights` | 2 | codes of [`Mode`](crate::Mode) and [`WeightKind`](crate::WeightKind) |
//! | `valid`, `last` | 1 | the words count; they end their dot products |
//! | `a_<row>`, `w_<column>` | 16 | the words |
//! | `row_enable` | rows | clock enable per row; change it between dot products only |
//! | `column_enable` | columns | clock enable per column |
//! | `result_valid`, `result_ready` | 1 | a row of results moves where both are set |
//! | `result_row` | index | which row |
//! | `result_<column>` | accumulator | its sums |
//! | `result_saturated_<column>` | 1 | the sum did not fit; it stands at the limit |
//! | `overrun` | 1 | results were overwritten: less than [`ArrayPlan::interval`] apart |
//! | `no_operation` | 1 | a 3-bit code asks for no operation |
//!
//! # Timing (two rows, broadcast)
//!
//! ```text
//! clk           /1\_/2\_/3\_/4\_/5\_/6\_/7\_/8\_/9\_/10\/11\
//! a_*, w_*      <w0><w1>
//! last              ====
//! result_valid                                      ========  ArrayPlan::latency edges after
//! result_row                                        <1 ><0 >  the edge that takes `last`
//! ```
//!
//! # Which dataflow, which drain
//!
//! [`Dataflow::Broadcast`] is the default because a systolic array gained nothing where both were
//! placed and routed (LFE5U-25F, 14 lanes of two blocks and 28 lanes of one, two seeds): it was
//! 5 % slower, has a quarter to a third more registers, and a tile takes rows + columns - 2 cycles
//! longer. Lanes register their operands, so a broadcast has a whole cycle for its wires. Systolic
//! remains for arrays that span a large device.
//!
//! [`Drain::Bus`](crate::Drain::Bus) and [`Drain::Chain`](crate::Drain::Chain) both need a
//! multiplexer per row but the first, at the column's end or in the lanes; the chain took 1 % fewer
//! LUTs with two rows and 4 % with four. It has short wires only and its delay does not grow with
//! the rows, but the result registers of gated rows pass on what the rows above computed. With a
//! single row they are the same.
//!
//! [`Drain::Short`](crate::Drain::Short) is a chain that saves cells where clocks are slow: UP5K
//! and HX8K machines have it. Lanes give their results an edge later and one register instead of
//! three stands behind them, so the latency is the same; `result_ready` goes to all lanes.
//!
//! # What an array takes beside its lanes
//!
//! On ECP5 with one DSP block per lane and the modes 1x16, 2x8 and 4x4: a row its activation port
//! (53 LUT); a column its weight port (51), a LUT per bit for saturation and radix point, and with
//! more than one row a LUT and a register per bit for the row that waits while `result_ready` is
//! clear.
//!
//! # Gating
//!
//! Rows and columns whose enable is clear keep all their registers, so they do not toggle (those
//! inside Gowin's multiplier blocks follow their operands: still in a row, not in a column); their
//! results are those of an earlier time. What this saves is in `docs/results/array-activity.md`.

mod build;
mod config;
mod control;
mod exit;
mod lanes;

pub use build::array;
pub use config::{ArrayConfig, ArrayPlan, Dataflow};
