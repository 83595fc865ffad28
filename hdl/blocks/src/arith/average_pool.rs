//! Average pooling: exact sum of a window, then the output stage with the count as divisor.
//!
//! The contract rounds once: `sum * multiplier / (2^shift * count)`. The window's values come one
//! per cycle; then multiplication and shift take two cycles (one if shift-only), a serial division
//! of the shifted product one cycle per bit, and the output two to four. For windows whose
//! counts are powers of two, a [`requantiser`](super::requantiser()) with
//! `shift + log2(count)` does the same at a word per cycle.
//!
//! Cost on ECP5 for 49 values of 8 bits, shift-only: 538 LUT4, 91 FF; on iCE40 251 LUT4.
//!
//! The multiplication takes one cycle whatever its width: above 17 bits it sets the clock's limit.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `value`, `last` of the window; with `last`: `multiplier` (unless shift-only) and `shift` |
//! | `input_zero_point` | as configured: subtracted from each value |
//! | `rounding` ... `clamp_hi` | as in the requantiser |
//! | `out` | stream: `value` |
//!
//! Padding positions that count are zeros of the contract: stream the zero point for them.
//!
//! ```text
//! clk        _/~\_/~\_/~\_ ... _/~\_
//! in_valid   ~~~~~~~~~\_______________
//! in_last    _____/~~~\_______________
//! in_ready   ~~~~~~~~~\_______________   until the result has been taken
//! out_valid  _________________ /~~~~~~
//! ```
//!
//! ```
//! # use bitladder_blocks::arith::{AveragePoolConfig, OutputConfig, ScaleConfig, average_pool};
//! # use bitladder_spec::IntType;
//! let ty = IntType::new(8, true)?;
//! let config = AveragePoolConfig {
//!     input: ty,
//!     input_zero_point: false,
//!     max_count: 49,
//!     scale: ScaleConfig { multiplier_bits: 1, max_shift: 8 },
//!     output: OutputConfig::plain(ty),
//! };
//! assert_eq!(config.sum_bits(), 14);
//! assert_eq!(average_pool(&config)?.name(), "average_pool_i8_n49_m1_s8_u_s_i8_c");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Reg, Sig, sint, uint};
use bitladder_spec::IntType;

use super::divider::divider;
use super::output::{Controls, OutputConfig};
use super::rounding::Rest;
use super::scale::{ScaleConfig, Shifted};
use crate::BlockError;
use crate::check::within;
use crate::register::keep;
use crate::stream::Stream;

/// Ranges and choices of an average pooling unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AveragePoolConfig {
    /// The stored type of the inputs, up to 16 bits.
    pub input: IntType,
    /// Adds the `input_zero_point` port.
    pub input_zero_point: bool,
    /// Largest number of values in a window, 1 to 65,535.
    pub max_count: u32,
    /// Multiplier and shift.
    pub scale: ScaleConfig,
    /// What happens behind the division.
    pub output: OutputConfig,
}

/// Steps of the unit, in order.
const GATHER: u32 = 0;
const MULTIPLY: u32 = 1;
const SHIFT: u32 = 2;
const START: u32 = 3;
const DIVIDE: u32 = 4;
const FINISH: u32 = 5;

impl AveragePoolConfig {
    fn value_bits(&self) -> u32 {
        u32::from(self.input.bits()) + u32::from(!self.input.is_signed())
    }

    fn count_bits(&self) -> u32 {
        self.max_count.ilog2() + 1
    }

    /// Width of a window's exact sum.
    pub fn sum_bits(&self) -> u32 {
        self.value_bits() + u32::from(self.input_zero_point) + self.count_bits()
    }

    /// The step behind the stages of the output.
    fn offer(&self) -> u32 {
        FINISH + self.output.stages()
    }

    fn validate(&self) -> Result<(), BlockError> {
        within("average_pool.input (bits)", self.input.bits(), 1..=16)?;
        within("average_pool.max_count", self.max_count, 1..=65_535)?;
        self.scale.validate()?;
        self.output.validate()
    }

    fn fields(&self) -> Vec<(&'static str, bitladder_rtl::Ty, &'static str)> {
        let bits = u32::from(self.input.bits());
        let ty = if self.input.is_signed() { sint(bits) } else { uint(bits) };
        let mut fields = vec![("value", ty, "one of the window's values")];
        fields.push(("last", BIT, "the window ends"));
        fields.extend(self.scale.fields());
        fields
    }
}

/// What the steps share.
struct Unit<'m> {
    m: &'m ModuleBuilder,
    clk: Clock<'m>,
    rst: Sig<'m>,
    step: Reg<'m>,
}

impl<'m> Unit<'m> {
    fn at(&self, step: u32) -> Sig<'m> {
        self.step.q.eq(step)
    }

    /// A register that takes its value in one step.
    fn keep(&self, name: &str, step: u32, value: Sig<'m>) -> Sig<'m> {
        keep(self.m, self.clk, self.at(step), name, value)
    }

    /// Sum and count of the window so far.
    fn gather(&self, config: &AveragePoolConfig, input: &Stream<'m>) -> (Sig<'m>, Sig<'m>) {
        let (m, value) = (self.m, input.get("value"));
        let value = value.extend(config.value_bits()).as_signed();
        let centred = match config.input_zero_point {
            true => {
                let zero = sint(config.value_bits());
                value.widening_sub(m.input("input_zero_point", zero, "stands for zero"))
            }
            false => value,
        };
        let open = m.reg("open_q", BIT, self.clk).reset(self.rst, 0).enable(input.moves());
        open.next(!input.get("last"));
        let sum = m.reg("sum_q", sint(config.sum_bits()), self.clk).enable(input.moves());
        let before = open.q.mux(sum.q, m.lit(sum.q.ty(), 0));
        sum.next(before + centred.sign_extend(config.sum_bits()));
        let count = m.reg("values_q", uint(config.count_bits()), self.clk).enable(input.moves());
        count.next(open.q.mux(count.q, m.lit(count.q.ty(), 0)) + 1);
        (sum.q, count.q)
    }

    /// The product of sum and multiplier, behind the shift. Both factors come with `last`.
    fn scaled(&self, config: &AveragePoolConfig, sum: Sig<'m>, input: &Stream<'m>) -> Shifted<'m> {
        let (m, scale) = (self.m, config.scale);
        let held = |name: &str, value: Sig<'m>| keep(m, self.clk, input.moves(), name, value);
        let shift = held("shift_q", input.get("shift"));
        let product = match scale.multiplies() {
            true => {
                let multiplier = held("multiplier_q", input.get("multiplier"));
                let factor = multiplier.zero_extend(scale.multiplier_bits + 1).as_signed();
                let width = sum.width() + scale.multiplier_bits;
                self.keep("product_q", MULTIPLY, (sum * factor).truncate(width))
            }
            false => sum,
        };
        let Shifted { floor, half_bit, below } = scale.shifted(m, product, shift);
        Shifted {
            floor: self.keep("floor_q", SHIFT, floor),
            half_bit: self.keep("half_bit_q", SHIFT, half_bit),
            below: self.keep("below_q", SHIFT, below),
        }
    }

    /// Quotient rounded down, what was left of it, and whether the divider works.
    fn divided(&self, shifted: &Shifted<'m>, count: Sig<'m>) -> DividedBy<'m> {
        let (m, floor) = (self.m, shifted.floor);
        let sign = floor.msb();
        let width = floor.width() - 1;
        // -x - 1 = !x: dividing the complement and complementing the quotient rounds down.
        let magnitude = floor.as_unsigned().truncate(width) ^ sign.repeat(width);
        DividedBy { m, sign, magnitude, count, half_bit: shifted.half_bit, below: shifted.below }
    }

    /// The order of the steps.
    fn steps(&self, config: &AveragePoolConfig, ends: Sig<'m>, busy: Sig<'m>, taken: Sig<'m>) {
        let m = self.m;
        let to = |step: u32| m.lit(self.step.q.ty(), step);
        let first = if config.scale.multiplies() { MULTIPLY } else { SHIFT };
        let wait = |done: Sig<'m>, next: u32, here: u32| done.mux(to(next), to(here));
        let next = m.case(
            self.step.q,
            &[
                (GATHER.into(), wait(ends, first, GATHER)),
                (DIVIDE.into(), wait(!busy, FINISH, DIVIDE)),
                (config.offer().into(), wait(taken, GATHER, config.offer())),
            ],
            self.step.q + 1,
        );
        self.step.next(next);
    }
}

/// A division with the pieces that rounding looks at.
struct DividedBy<'m> {
    m: &'m ModuleBuilder,
    sign: Sig<'m>,
    magnitude: Sig<'m>,
    count: Sig<'m>,
    half_bit: Sig<'m>,
    below: Sig<'m>,
}

impl<'m> DividedBy<'m> {
    /// The signed quotient and its rest, from the divider's results.
    fn signed(&self, quotient: Sig<'m>, remainder: Sig<'m>) -> (Sig<'m>, Rest<'m>) {
        let width = quotient.width();
        let floor = self.sign.cat(quotient ^ self.sign.repeat(width)).as_signed();
        let rest = self.sign.mux(self.count - 1 - remainder, remainder);
        // Twice the rest, with the first bit that the shift dropped.
        let twice = self.m.named("twice", rest.cat(self.half_bit));
        let count = self.count.zero_extend(twice.width());
        let equal = twice.eq(count);
        let above = twice.gt(count) | (equal & self.below);
        let any = twice.reduce_or() | self.below;
        (floor, Rest { above, half: equal & !self.below, any })
    }
}

/// Builds the unit.
pub fn average_pool(config: &AveragePoolConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let m = ModuleBuilder::new("average_pool").param("", config.input);
    let m = if config.input_zero_point { m.param("", "z") } else { m };
    let m = m.param("n", config.max_count).param("m", config.scale.multiplier_bits);
    let m = m.param("s", config.scale.max_shift).param("", config.output.tag());
    let m = m.doc("Averages windows of values, rounded once.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the window");
    let input = Stream::sink(&m, "in", &config.fields());
    let controls = config.output.controls(&m);
    let value = sint(config.output.value_bits());
    let out = Stream::source(&m, "out", &[("value", value, "the stored average")]);

    let step = m.reg("step_q", uint(4), clk).reset(rst, GATHER);
    let unit = Unit { m: &m, clk, rst, step };
    m.drive(input.ready(), unit.at(GATHER));
    let (sum, count) = unit.gather(config, &input);
    let shifted = unit.scaled(config, sum, &input);
    let divided = unit.divided(&shifted, count);
    let serial = divider(divided.magnitude.width(), count.width())?;
    let serial = m.instance("divide", &serial).clock("clk", clk).connect("rst", rst);
    serial.connect("start", unit.at(START)).connect("dividend", divided.magnitude);
    serial.connect("divisor", count);
    let (floor, rest) = divided.signed(serial.out("quotient"), serial.out("remainder"));
    let stored = finish(&unit, config, &controls, floor, &rest);
    unit.steps(config, input.moves() & input.get("last"), serial.out("busy"), out.ready());
    m.drive(out.valid(), unit.at(config.offer()));
    m.drive(out.get("value"), stored);
    Ok(m.build()?)
}

fn finish<'m>(
    unit: &Unit<'m>,
    config: &AveragePoolConfig,
    controls: &Controls<'m>,
    floor: Sig<'m>,
    rest: &Rest<'m>,
) -> Sig<'m> {
    let up = config.output.goes_up(unit.m, controls, floor, rest);
    let mut step = FINISH;
    config.output.finish(unit.m, controls, [floor, up], |ends| {
        step += 1;
        ends.iter().map(|(name, value)| unit.keep(name, step - 1, *value)).collect()
    })
}
