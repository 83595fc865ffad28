//! A synchronous first-in first-out queue, first word falling through.
//!
//! The oldest word stands on `out` without being asked for. Words are kept in a memory whose read
//! register is the output, so block RAM is used as it is; a word takes two edges from `in` to
//! `out` of an empty queue, and afterwards one word moves per cycle.
//!
//! Cost of 512 x 16 bits on ECP5 beside one DP16KD: 58 LUT4, 29 FF (`docs/results/hdl-blocks.md`).
//!
//! | port | meaning |
//! |---|---|
//! | `rst` | empties the queue |
//! | `in` | stream of words; not ready when `depth` words are held |
//! | `out` | stream of words, oldest first |
//! | `level` | words held, 0 to `depth` |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_
//! in_valid   ~~~~\____________
//! in_data    <A  >
//! level      0   <1      >0        (out_ready is set)
//! out_valid  ________/~~~\____
//! out_data           <A  >
//! ```
//!
//! ```
//! # use bitladder_blocks::memory::{FifoConfig, fifo};
//! assert_eq!(fifo(&FifoConfig { width: 9, depth: 12 })?.name(), "fifo_w9_d12");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, ReadDuringWrite, Sig, address_width, uint};

use crate::BlockError;
use crate::check::within;
use crate::stream::Stream;

/// Size of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FifoConfig {
    /// Bits of a word, 1 to 128.
    pub width: u32,
    /// Words it holds, 1 to 65,536; any number. A depth of one passes a word every third cycle.
    pub depth: usize,
}

impl FifoConfig {
    fn validate(self) -> Result<(), BlockError> {
        within("fifo.width", self.width, 1..=128)?;
        within("fifo.depth", self.depth, 1..=65_536)
    }
}

/// The address after `at` in a memory of `depth` words.
fn following<'m>(m: &'m ModuleBuilder, at: Sig<'m>, depth: usize) -> Sig<'m> {
    let next = at + 1;
    match depth.is_power_of_two() && depth > 1 {
        true => next,
        false => at.eq(depth - 1).mux(m.lit(at.ty(), 0), next),
    }
}

/// Builds the queue.
pub fn fifo(config: &FifoConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let FifoConfig { width, depth } = *config;
    let m = ModuleBuilder::new("fifo").param("w", width).param("d", depth);
    let m = m.doc("A synchronous queue, first word falling through.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "empties the queue");
    let input = Stream::sink(&m, "in", &[("data", uint(width), "a word")]);
    let output = Stream::source(&m, "out", &[("data", uint(width), "the oldest word")]);

    let level_ty = uint(depth.ilog2() + 1);
    let level = m.reg("level_q", level_ty, clk).reset(rst, 0).doc("words held");
    let shown = m.reg("shown_q", BIT, clk).reset(rst, 0).doc("the read register holds the oldest");
    m.drive(input.ready(), level.q.ne(depth));
    let (push, pop) = (input.moves(), shown.q & output.ready());
    // Words behind the one that is shown.
    let behind = m.named("behind", level.q.gt(shown.q.zero_extend(level_ty.width)));
    let fetch = m.named("fetch", behind & (!shown.q | pop));
    shown.next(fetch | (shown.q & !pop));
    let [more, less] = [push, pop].map(|bit| bit.zero_extend(level_ty.width));
    level.next(level.q + more - less);

    let address = uint(address_width(depth));
    let tail = m.reg("tail_q", address, clk).reset(rst, 0).enable(push);
    tail.next(following(&m, tail.q, depth));
    let head = m.reg("head_q", address, clk).reset(rst, 0).enable(fetch);
    head.next(following(&m, head.q, depth));
    // A fetch needs a word behind the shown one, so it never reads the word being written.
    let words = m.memory("words", uint(width), depth, ReadDuringWrite::DontCare);
    words.write(clk, push, tail.q, input.get("data"));
    let word = words.read_enabled("word_q", clk, head.q, fetch);
    m.drive(output.valid(), shown.q);
    m.drive(output.get("data"), word);
    m.drive(m.output("level", level_ty, "words held"), level.q);
    Ok(m.build()?)
}
