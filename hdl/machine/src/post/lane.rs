//! Post lane: from a sum to a stored integer, to the bit as
//! [`OutputStage::finish`](bitladder_spec::OutputStage::finish).
//!
//! Adds the bias, multiplies, shifts, rounds, adds the zero point, keeps the stored type's low bits
//! (where values wrap) and clamps. One sum per cycle, [`PostLaneConfig::latency`] edges late;
//! `bias`, `multiplier` and `shift` travel with the sum. The product is made of 17-bit pieces of
//! the sum, each of which is one hardware multiplier.
//!
//! Saturation needs no comparators of its own: the clamp lies within the type, so values the type
//! cannot hold go to the clamp's bounds. For `symmetric` the lower bound must be above the most
//! negative value; the [unit](fn@super::post) takes care of it once for all lanes.
//!
//! Cost on ECP5: see `docs/results/machine-back-end.md`.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `sum`, `bias`, `multiplier` (unless shift-only), `shift` |
//! | `rounding` | number of the entry in the configured list, if it has several |
//! | `zero_point` | added after rounding |
//! | `wrap` | keep low bits, if both is possible |
//! | `type_mask`, `type_top` | with wrapping: the bits of the type, and its sign if it has one |
//! | `clamp_lo`, `clamp_hi` | bounds, the lower at most the upper |
//! | `as_it_is` | with narrow bounds: a result, which they do not hold for |
//! | `out` | stream: `data`, `value_bits` wide |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_/~\_      shift-only, without wrapping
//! in_valid   ~~~~~\___________________
//! out_valid  _____________________/~~~\
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::post::{PostLaneConfig, post_lane};
//! # use bitladder_spec::{Rounding, Saturation};
//! let config = PostLaneConfig {
//!     sum_bits: 38,
//!     shift_bits: 6,
//!     bias_bits: 40,
//!     value_bits: 32,
//!     stored_bits: 32,
//!     multiplier_bits: 16,
//!     roundings: vec![Rounding::HalfUp],
//!     saturations: vec![Saturation::Saturate],
//! };
//! assert_eq!((config.latency(), post_lane(&config)?.name()), (7, "post_lane_s38_m16_u"));
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::check::{distinct, within};
use bitladder_rtl::{
    BIT, Bundle, BundlePort, Clock, Module, ModuleBuilder, Sig, Ty, address_width, sint, uint,
};
use bitladder_spec::{Rounding, Saturation, accumulator};

use super::clamp::near;
use super::config::{BIAS_BITS, SHIFT_BITS};
use super::rounding::{Shifted, dropped_bits, shifted};

/// Bits of the sum that one multiplier takes: with a sign, an operand of a block of 18 x 18.
const PIECE: u32 = 17;

/// A signal of a bundle.
fn part<'m>(port: &BundlePort<'m>, name: &str) -> Sig<'m> {
    port.get(name).expect("the lane placed the field")
}

/// Ranges and choices of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostLaneConfig {
    /// Width of the sums, 2 to 48.
    pub sum_bits: u32,
    /// Bits of shifts, 3 to 6.
    pub shift_bits: u32,
    /// Width of the biases, 8 to 40.
    pub bias_bits: u32,
    /// Width of results, 8 to 32.
    pub value_bits: u32,
    /// Width of zero points, clamps and what is clamped, 8 to `value_bits`. Below, there is a port
    /// that lets values pass, limited to `value_bits`; nothing wraps.
    pub stored_bits: u32,
    /// Widest multiplier, 1 to 17; 1 builds shifts only.
    pub multiplier_bits: u32,
    /// The roundings that exist.
    pub roundings: Vec<Rounding>,
    /// The saturations that exist; `saturate` and `symmetric` cost the same.
    pub saturations: Vec<Saturation>,
}

impl PostLaneConfig {
    pub(crate) fn validate(&self) -> Result<(), BlockError> {
        within("post_lane.sum_bits", self.sum_bits, 2..=accumulator::MAX_BITS.into())?;
        within("post_lane.multiplier_bits", self.multiplier_bits, 1..=17)?;
        within("post_lane.shift_bits", self.shift_bits, 3..=SHIFT_BITS)?;
        within("post_lane.bias_bits", self.bias_bits, 8..=BIAS_BITS)?;
        within("post_lane.value_bits", self.value_bits, 8..=32)?;
        within("post_lane.stored_bits", self.stored_bits, 8..=self.value_bits)?;
        if self.clamps_stored_only() && self.wraps()[1] {
            return Err(BlockError::Conflict {
                key: "post_lane.stored_bits",
                value: self.stored_bits.to_string(),
                other: "post_lane.saturations",
                other_value: "wrap".into(),
                remedy: "values that wrap are as wide as results",
            });
        }
        distinct("post_lane.roundings", &self.roundings)?;
        distinct("post_lane.saturations", &self.saturations)
    }

    /// Edges from a sum to its value.
    pub fn latency(&self) -> u32 {
        let [_, wraps] = self.wraps();
        let steps = if self.clamps_stored_only() { 4 } else { 5 };
        steps + u32::from(wraps) + if self.multiplies() { 2 } else { 0 }
    }

    /// Whether only what is stored is clamped.
    pub(crate) fn clamps_stored_only(&self) -> bool {
        self.stored_bits < self.value_bits
    }

    /// Zero points and clamps.
    pub(crate) fn stored(&self) -> Ty {
        sint(self.stored_bits)
    }

    pub(crate) fn multiplies(&self) -> bool {
        self.multiplier_bits > 1
    }

    /// Whether values wrap: never, always, or as a port says.
    pub(crate) fn wraps(&self) -> [bool; 2] {
        let wrap = |saturation: &Saturation| *saturation == Saturation::Wrap;
        [self.saturations.iter().any(|kind| !wrap(kind)), self.saturations.iter().any(wrap)]
    }

    /// Values on their way to memory.
    pub(crate) fn value(&self) -> Ty {
        sint(self.value_bits)
    }

    /// Width of a quotient that is limited, but still outside every type if it was.
    pub(super) fn near_bits(&self) -> u32 {
        self.value_bits + 2
    }

    /// The same with the zero point.
    pub(super) fn placed_bits(&self) -> u32 {
        self.near_bits() + 1
    }

    /// Width of a sum with its bias: it fits what the contract proves of a layer, 48 bits.
    fn total_bits(&self) -> u32 {
        let exact = self.sum_bits.max(self.bias_bits) + 1;
        exact.min(accumulator::MAX_BITS.into())
    }

    /// A short text that differs for different configurations, for module names.
    pub(crate) fn tag(&self) -> String {
        let letter = |rounding: &Rounding| match rounding {
            Rounding::HalfUp => 'u',
            Rounding::HalfEven => 'e',
            Rounding::HalfAway => 'a',
            Rounding::TowardZero => 'z',
            Rounding::Floor => 'f',
        };
        let roundings: String = self.roundings.iter().map(letter).collect();
        match self.wraps() {
            [_, false] => roundings,
            [true, true] => format!("{roundings}_wrap"),
            [false, true] => format!("{roundings}_wraps"),
        }
    }

    /// What enters the lane.
    fn input(&self) -> Bundle {
        let bundle = Bundle::new()
            .forward("valid", BIT, "a sum is offered")
            .forward("sum", sint(self.sum_bits), "of the array or the element unit")
            .forward("bias", sint(self.bias_bits), "added to the sum");
        let bundle = match self.multiplies() {
            true => bundle.forward("multiplier", uint(self.multiplier_bits), "factor"),
            false => bundle,
        };
        let bundle =
            bundle.forward("shift", uint(self.shift_bits), "divides by two to the power of it");
        bundle.backward("ready", BIT, "the sum is taken")
    }
}

/// What the stages share.
pub(super) struct Stages<'a, 'm> {
    pub(super) m: &'m ModuleBuilder,
    clk: Clock<'m>,
    pub(super) config: &'a PostLaneConfig,
    /// All stages move.
    advance: Sig<'m>,
}

impl<'m> Stages<'_, 'm> {
    pub(super) fn keep(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.m.kept(name, value, self.advance, self.clk)
    }

    /// Adds the bias and multiplies; gives product and shift.
    fn product(&self, input: &BundlePort<'m>) -> (Sig<'m>, Sig<'m>) {
        let port = |name: &str| part(input, name);
        let exact = self.config.sum_bits.max(self.config.bias_bits);
        let total = port("sum").sign_extend(exact).widening_add(port("bias").sign_extend(exact));
        let total = self.keep("total_q", total.truncate(self.config.total_bits()));
        let shift = self.keep("shift_1_q", port("shift"));
        if !self.config.multiplies() {
            return (total, shift);
        }
        let factor = self.keep("factor_q", port("multiplier"));
        let factor = factor.zero_extend(factor.width() + 1).as_signed();
        let width = total.width() + factor.width() - 1;
        let mut product = self.m.lit(sint(width), 0);
        for low in (0..total.width()).step_by(PIECE as usize) {
            let high = (low + PIECE).min(total.width()) - 1;
            let piece = total.slice(high, low);
            let piece = match high + 1 == total.width() {
                true => piece.as_signed(),
                false => piece.zero_extend(piece.width() + 1).as_signed(),
            };
            let part = self.keep(&format!("part_{low}_q"), piece * factor);
            product = product + part.resize(width).shift_left(low);
        }
        let shift = self.keep("shift_2_q", shift);
        (self.keep("product_q", product), self.keep("shift_3_q", shift))
    }

    /// Divides and rounds; adds the zero point.
    fn placed(&self, product: Sig<'m>, shift: Sig<'m>, wrap: Option<Sig<'m>>) -> Sig<'m> {
        let (m, config) = (self.m, self.config);
        let Shifted { floor, half, below } = shifted(m, product, shift);
        let none = m.lit(BIT, 0);
        let [keeps_half, keeps_below] = dropped_bits(&config.roundings);
        let shifted = Shifted {
            floor: self.keep("floor_q", floor),
            half: if keeps_half { self.keep("half_q", half) } else { none },
            below: if keeps_below { self.keep("below_q", below) } else { none },
        };
        let which = uint(address_width(config.roundings.len()));
        let which =
            (config.roundings.len() > 1).then(|| m.input("rounding", which, "which rounding"));
        let up = shifted.goes_up(m, &config.roundings, which);
        let (near, up) = match config.clamps_stored_only() {
            true => (shifted.floor, up),
            false => {
                let near = self.keep("near_q", near(shifted.floor, config, wrap));
                (near, self.keep("up_q", up))
            }
        };
        let zero_point = m.input("zero_point", config.stored(), "added after rounding");
        // The lowest column of the adder makes the carry.
        let bits = near.width().max(config.stored_bits) + 1;
        let wide = |value: Sig<'m>, low: Sig<'m>| value.sign_extend(bits).cat(low);
        let sum = wide(near, m.ones(BIT)) + wide(zero_point, up);
        self.keep("placed_q", sum.slice(bits, 1).as_signed())
    }
}

/// Builds the lane.
pub fn post_lane(config: &PostLaneConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("post_lane").param("s", config.sum_bits);
    let m = m.param("m", config.multiplier_bits).param("", config.tag());
    let m = m.doc("From a sum to a stored integer.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the sums on the way");
    let input = m.sink("in", &config.input());
    let out = m.source("out", &Bundle::stream(config.value(), "the stored integer"));
    let advance = m.wire("advance", BIT);
    let mut valid = part(&input, "valid");
    for stage in 0..config.latency() {
        let held = m.reg(&format!("valid_{stage}_q"), BIT, clk).reset(rst, 0).enable(advance);
        held.next(valid);
        valid = held.q;
    }
    m.drive(advance, !valid | part(&out, "ready"));
    m.drive(part(&input, "ready"), advance);
    let stages = Stages { m: &m, clk, config, advance };
    let wrap = (config.wraps() == [true, true]).then(|| m.input("wrap", BIT, "keep low bits"));
    let (product, shift) = stages.product(&input);
    let placed = stages.placed(product, shift, wrap);
    m.drive(part(&out, "valid"), valid);
    let value = match config.clamps_stored_only() {
        true => stages.narrowly_clamped(placed),
        false => stages.clamped(placed, wrap),
    };
    m.drive(part(&out, "data"), value);
    Ok(m.build()?)
}
