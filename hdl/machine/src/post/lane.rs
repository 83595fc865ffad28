//! Post lane: from a sum to a stored integer, to the bit as
//! [`OutputStage::finish`](bitladder_spec::OutputStage::finish).
//!
//! Adds the bias, then the [`requantiser`](fn@bitladder_blocks::arith::requantiser) to 32 bits,
//! then the stored type's low bits (where values wrap) and the clamp. One sum per cycle,
//! [`PostLaneConfig::latency`] edges late; `bias`, `multiplier` and `shift` travel with the sum.
//!
//! Saturation needs no comparators of its own: the clamp lies within the type, so values the type
//! cannot hold go to the clamp's bounds. For `symmetric` the lower bound must be above the most
//! negative value; the [unit](fn@super::post) takes care of it once for all lanes.
//!
//! Cost on ECP5 with sums of 38 bits, multipliers of 16 and all roundings and saturations: see
//! `docs/results/machine-back-end.md`.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `sum`, `bias`, `multiplier` (unless shift-only), `shift` |
//! | `rounding` | number of the entry in the configured list, if it has several |
//! | `zero_point` | added after rounding |
//! | `wrap` | keep low bits, if both is possible |
//! | `type_mask`, `type_top` | with wrapping: the bits of the type, and its sign if it has one |
//! | `clamp_lo`, `clamp_hi` | bounds, the lower at most the upper |
//! | `out` | stream: `data`, 32 bits |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_/~\_      shift-only
//! in_valid   ~~~~~\___________________
//! out_valid  _____________________/~~~\
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::post::{PostLaneConfig, post_lane};
//! # use bitladder_spec::{Rounding, Saturation};
//! let config = PostLaneConfig {
//!     sum_bits: 38,
//!     multiplier_bits: 16,
//!     roundings: vec![Rounding::HalfUp],
//!     saturations: vec![Saturation::Saturate],
//! };
//! assert_eq!((config.latency(), post_lane(&config)?.name()), (6, "post_lane_s38_m16_u"));
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::arith::{OutputConfig, RequantiserConfig, ScaleConfig, requantiser};
use bitladder_rtl::{
    BIT, Bundle, BundlePort, Clock, Instance, Module, ModuleBuilder, Sig, Ty, address_width, sint,
    uint,
};
use bitladder_spec::{IntType, Rounding, Saturation, accumulator};

use super::config::{BIAS_BITS, MAX_SHIFT, SHIFT_BITS};
use crate::check::{distinct, within};

/// Values on their way to memory.
pub(crate) const VALUE: Ty = sint(32);

/// Ranges and choices of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostLaneConfig {
    /// Width of the sums, 2 to 48.
    pub sum_bits: u32,
    /// Widest multiplier, 1 to 17; 1 builds shifts only.
    pub multiplier_bits: u32,
    /// The roundings that exist.
    pub roundings: Vec<Rounding>,
    /// The saturations that exist; `saturate` and `symmetric` cost the same.
    pub saturations: Vec<Saturation>,
}

impl PostLaneConfig {
    pub(crate) fn validate(&self) -> Result<(), BlockError> {
        within("post_lane.sum_bits", self.sum_bits.into(), 2..=accumulator::MAX_BITS.into())?;
        within("post_lane.multiplier_bits", self.multiplier_bits.into(), 1..=17)?;
        distinct("post_lane.roundings", &self.roundings)?;
        distinct("post_lane.saturations", &self.saturations)
    }

    /// Edges from a sum to its value.
    pub fn latency(&self) -> u32 {
        self.requantiser().latency() + 2
    }

    pub(crate) fn multiplies(&self) -> bool {
        self.multiplier_bits > 1
    }

    /// Whether values wrap: never, always, or as a port says.
    pub(crate) fn wraps(&self) -> [bool; 2] {
        let wrap = |saturation: &Saturation| *saturation == Saturation::Wrap;
        [self.saturations.iter().any(|kind| !wrap(kind)), self.saturations.iter().any(wrap)]
    }

    fn requantiser(&self) -> RequantiserConfig {
        let [limits, wraps] = self.wraps();
        let limit = limits.then_some(Saturation::Saturate);
        // A sum with its bias fits what the contract proves of a layer: 48 bits.
        let exact = self.sum_bits.max(BIAS_BITS) + 1;
        RequantiserConfig {
            accumulator_bits: exact.min(accumulator::MAX_BITS.into()),
            scale: ScaleConfig { multiplier_bits: self.multiplier_bits, max_shift: MAX_SHIFT },
            output: OutputConfig {
                roundings: self.roundings.clone(),
                saturations: limit.into_iter().chain(wraps.then_some(Saturation::Wrap)).collect(),
                types: vec![IntType::ACCUMULATOR],
                zero_point: true,
                clamp: false,
            },
        }
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
            .forward("bias", sint(BIAS_BITS), "added to the sum");
        let bundle = match self.multiplies() {
            true => bundle.forward("multiplier", uint(self.multiplier_bits), "factor"),
            false => bundle,
        };
        let bundle = bundle.forward("shift", uint(SHIFT_BITS), "divides by two to the power of it");
        bundle.backward("ready", BIT, "the sum is taken")
    }
}

/// What the stages share.
struct Stages<'a, 'm> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    config: &'a PostLaneConfig,
}

impl<'m> Stages<'_, 'm> {
    /// A stage's valid bit and whether it moves.
    fn stage(&self, name: &str, valid: Sig<'m>, ready: Sig<'m>) -> (Sig<'m>, Sig<'m>) {
        let held = self.m.reg(name, BIT, self.clk).reset(self.rst, 0);
        let moves = !held.q | ready;
        held.next(moves.mux(valid, held.q));
        (held.q, moves)
    }

    fn keep(&self, name: &str, value: Sig<'m>, moves: Sig<'m>) -> Sig<'m> {
        let held = self.m.reg(name, value.ty(), self.clk).enable(moves);
        held.next(value);
        held.q
    }

    /// Adds the bias; the rest goes along into the requantiser.
    fn first(&self, input: &BundlePort<'m>, inner: Instance<'m>) {
        let port = |name: &str| input.get(name).expect("the lane placed the field");
        let (valid, moves) = self.stage("valid_q", port("valid"), inner.out("in_ready"));
        self.m.drive(port("ready"), moves);
        let wide = self.config.requantiser().accumulator_bits;
        let exact = self.config.sum_bits.max(BIAS_BITS);
        let sum = port("sum").sign_extend(exact).widening_add(port("bias").sign_extend(exact));
        inner.connect("in_valid", valid);
        inner.connect("in_accumulator", self.keep("sum_q", sum.truncate(wide), moves));
        if self.config.multiplies() {
            inner.connect("in_multiplier", self.keep("multiplier_q", port("multiplier"), moves));
        }
        inner.connect("in_shift", self.keep("shift_q", port("shift"), moves));
    }

    /// The type's low bits, read with its sign.
    fn narrow(&self, value: Sig<'m>) -> Sig<'m> {
        let m = self.m;
        let mask = m.input("type_mask", uint(VALUE.width), "a bit for each bit of the type");
        let top = m.input("type_top", uint(VALUE.width), "the sign bit of a signed type");
        let bits = value.as_unsigned();
        let negative = (bits & top).reduce_or().repeat(VALUE.width);
        ((bits & mask) | (negative & !mask)).as_signed()
    }

    /// The type and the clamp.
    fn last(&self, inner: Instance<'m>, wrap: Option<Sig<'m>>) {
        let m = self.m;
        let bundle = Bundle::stream(VALUE, "the stored integer");
        let out = m.source("out", &bundle);
        let port = |name: &str| out.get(name).expect("a stream has the field");
        let value = inner.out("out_value");
        let stored = match (self.config.wraps(), wrap) {
            ([_, false], _) => value,
            (_, Some(wrap)) => wrap.mux(self.narrow(value), value),
            (_, None) => self.narrow(value),
        };
        let lo = m.input("clamp_lo", VALUE, "smallest value");
        let hi = m.input("clamp_hi", VALUE, "largest value");
        // Both comparisons side by side: the lower bound is at most the upper one.
        let clamped = stored.lt(lo).mux(lo, stored.gt(hi).mux(hi, stored));
        let (valid, moves) = self.stage("done_q", inner.out("out_valid"), port("ready"));
        inner.connect("out_ready", moves);
        m.drive(port("valid"), valid);
        m.drive(port("data"), self.keep("value_q", clamped, moves));
    }
}

/// Builds the lane.
pub fn post_lane(config: &PostLaneConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let inner = requantiser(&config.requantiser())?;
    let m = ModuleBuilder::new("post_lane").param("s", config.sum_bits);
    let m = m.param("m", config.multiplier_bits).param("", config.tag());
    let m = m.doc("From a sum to a stored integer.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the sums on the way");
    let input = m.sink("in", &config.input());
    let stages = Stages { m: &m, clk, rst, config };
    let placed = m.instance("requantise", &inner).clock("clk", clk).connect("rst", rst);
    stages.first(&input, placed);
    let rounding = uint(address_width(config.roundings.len()));
    if config.roundings.len() > 1 {
        placed.connect("rounding", m.input("rounding", rounding, "which rounding"));
    }
    let wrap = (config.wraps() == [true, true]).then(|| m.input("wrap", BIT, "keep low bits"));
    if let Some(wrap) = wrap {
        placed.connect("saturation", wrap);
    }
    placed.connect("zero_point", m.input("zero_point", VALUE, "added after rounding"));
    stages.last(placed, wrap);
    Ok(m.build()?)
}
