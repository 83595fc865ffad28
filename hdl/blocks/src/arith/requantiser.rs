//! Requantiser: from accumulators to stored integers, to the bit as
//! [`OutputStage::finish`](bitladder_spec::OutputStage::finish).
//!
//! Multiply (unless shift-only), shift, round, add the zero point, saturate, clamp: one stage each,
//! as far as configured, and two for multipliers of more than 17 bits. One word per cycle. `multiplier` and
//! `shift` travel with each word, so they may change from channel to channel; the other inputs
//! are constants of a layer: change them only while no word is under way.
//!
//! Cost on ECP5 for 32-bit accumulators to one 8-bit type: shift-only 367 LUT4 and 61 FF; with a
//! 16-bit multiplier 602 LUT4, 131 FF and 2 DSP blocks; with every choice and three types 969 LUT4,
//! 221 FF and 2 DSP blocks. Placed alone in a part of speed grade 6 they reach 121, 114 and 100 MHz
//! (nextpnr, one seed); 48-bit accumulators with 31-bit multipliers and every choice 98 MHz.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `accumulator`, `multiplier` (unless shift-only), `shift` |
//! | `rounding`, `saturation`, `ty` | number of the entry in the configured list, if it has several |
//! | `zero_point`, `clamp_lo`, `clamp_hi` | as configured |
//! | `out` | stream: `value`, signed, wide enough for every configured type |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_/~\_      shift-only, clamped
//! in_valid   ~~~~~~~~~\________________
//! out_valid  _________________/~~~~~~~\
//! ```
//!
//! ```
//! # use bitladder_blocks::arith::{OutputConfig, RequantiserConfig, ScaleConfig, requantiser};
//! # use bitladder_spec::IntType;
//! let config = RequantiserConfig {
//!     accumulator_bits: 32,
//!     scale: ScaleConfig { multiplier_bits: 16, max_shift: 31 },
//!     output: OutputConfig::plain(IntType::new(8, true)?),
//! };
//! assert_eq!(config.latency(), 5);
//! assert_eq!(requantiser(&config)?.name(), "requantiser_a32_m16_s31_u_s_i8_c");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, sint};
use bitladder_spec::accumulator;

use super::output::OutputConfig;
use super::scale::ScaleConfig;
use crate::BlockError;
use crate::check::within;
use crate::stream::{Pipeline, Stream};

/// Ranges and choices of a requantiser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequantiserConfig {
    /// Width of the signed accumulators, 2 to 48 bits.
    pub accumulator_bits: u32,
    /// Multiplier and shift.
    pub scale: ScaleConfig,
    /// What happens behind the shift.
    pub output: OutputConfig,
}

impl RequantiserConfig {
    /// Edges from a word's acceptance to its result.
    pub fn latency(&self) -> u32 {
        self.scale.product_stages() + 1 + self.output.stages()
    }
}

/// Builds the requantiser.
pub fn requantiser(config: &RequantiserConfig) -> Result<Arc<Module>, BlockError> {
    let RequantiserConfig { accumulator_bits, scale, output } = config;
    let widest = u32::from(accumulator::MAX_BITS);
    within("requantiser.accumulator_bits", *accumulator_bits, 2..=widest)?;
    scale.validate()?;
    output.validate()?;
    let m = ModuleBuilder::new("requantiser")
        .param("a", accumulator_bits)
        .param("m", scale.multiplier_bits)
        .param("s", scale.max_shift)
        .param("", output.tag())
        .doc("From accumulators to stored integers.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the words on the way");
    let mut fields = vec![("accumulator", sint(*accumulator_bits), "exact sum")];
    fields.extend(scale.fields());
    let input = Stream::sink(&m, "in", &fields);
    let controls = output.controls(&m);
    let value = sint(output.value_bits());
    let out = Stream::source(&m, "out", &[("value", value, "the stored integer")]);

    let mut pipe = Pipeline::behind(&m, clk, rst, &input);
    let multiplier = scale.multiplies().then(|| input.get("multiplier"));
    let (accumulator, shift) = (input.get("accumulator"), input.get("shift"));
    let (product, shift) = scale.product(&mut pipe, accumulator, multiplier, shift);
    let shifted = scale.shifted(&m, product, shift);
    let up = pipe.hold("up_q", output.goes_up(&m, &controls, shifted.floor, &shifted.rest()));
    let floor = pipe.hold("floor_q", shifted.floor);
    pipe.next_stage();
    let stored = output.finish(&m, &controls, [floor, up], |ends| {
        let held = ends.iter().map(|(name, value)| pipe.hold(name, *value)).collect();
        pipe.next_stage();
        held
    });
    m.drive(out.get("value"), stored);
    pipe.finish(&out);
    Ok(m.build()?)
}
