//! Dot product of binary weights and binary activations: XNOR and a count of ones.
//!
//! With 1 for +1 and 0 for -1, equal bits contribute +1 and different bits -1:
//! `dot = equal - different = 2 * equal - lanes`. Combinational.
//!
//! | port | meaning |
//! |---|---|
//! | `weights`, `activations` | one bit per lane |
//! | `mask` | lanes that count (with `masked`): for vectors that do not fill the last word |
//! | `dot` | signed sum, -lanes to +lanes |
//!
//! ```text
//! weights      <1011>
//! activations  <1001>
//! dot          <  2 >   three equal, one different
//! ```
//!
//! ```
//! # use bitladder_blocks::weights::{XnorConfig, xnor_popcount};
//! let block = xnor_popcount(&XnorConfig { lanes: 64, masked: false })?;
//! assert_eq!(block.name(), "xnor_popcount_n64");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, sint, uint};

use crate::BlockError;
use crate::check::within;

/// Width of the dot product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XnorConfig {
    /// Products per cycle, 2 to 128. 2.6 LUTs each on iCE40, 5 on ECP5.
    pub lanes: u32,
    /// Adds the `mask` port, which doubles the cost.
    pub masked: bool,
}

/// How many bits are set, by full adders in LUTs: a tenth less than carry chains on ECP5, a third
/// less on Gowin, the same on iCE40.
fn count_ones<'m>(m: &'m ModuleBuilder, bits: Sig<'m>) -> Sig<'m> {
    let mut columns = vec![VecDeque::from_iter((0..bits.width()).map(|index| bits.bit(index)))];
    let mut place = 0;
    while place < columns.len() {
        let mut carries = VecDeque::new();
        // Sums go to the back of the queue, so the adders form a tree.
        while columns[place].len() > 1 {
            let third = columns[place].len() > 2;
            let mut take = || columns[place].pop_front().unwrap_or_else(|| m.lit(BIT, 0));
            let (a, b) = (take(), take());
            let (sum, carry) = match third {
                true => {
                    let c = take();
                    (a ^ b ^ c, (a & b) | (c & (a | b)))
                }
                false => (a ^ b, a & b),
            };
            columns[place].push_back(sum);
            carries.push_back(carry);
        }
        place += 1;
        if !carries.is_empty() {
            columns.push(carries);
        }
    }
    let digits: Vec<Sig<'m>> = columns.iter().rev().map(|column| column[0]).collect();
    m.cat(&digits)
}

/// Builds the block.
pub fn xnor_popcount(config: &XnorConfig) -> Result<Arc<Module>, BlockError> {
    let XnorConfig { lanes, masked } = *config;
    within("xnor_popcount.lanes", lanes, 2..=128)?;
    let m = ModuleBuilder::new("xnor_popcount").param("n", lanes);
    let m = if masked { m.param("", "masked") } else { m };
    let m = m.doc("Dot product of binary weights and binary activations.");
    let weights = m.input("weights", uint(lanes), "1 is +1, 0 is -1");
    let activations = m.input("activations", uint(lanes), "1 is +1, 0 is -1");
    let equal = !(weights ^ activations);
    // Twice the count, less the number of lanes, with a bit for the sign.
    let width = lanes.ilog2() + 2;
    let dot = if masked {
        let mask = m.input("mask", uint(lanes), "lanes that count");
        let twice = count_ones(&m, equal & mask).zero_extend(width).shift_left(1);
        twice - count_ones(&m, mask).zero_extend(width)
    } else {
        count_ones(&m, equal).zero_extend(width).shift_left(1) - lanes
    };
    m.drive(m.output("dot", sint(width), "sum of the products"), dot.as_signed());
    Ok(m.build()?)
}
