//! Quality-scalable multiplier: one shift-and-add per kept digit, side by side.
//!
//! No two neighbouring digits are non-zero, so a slot for each pair of positions suffices: half
//! as many partial products as bits, each the activation shifted by one bit or not, negated or
//! not. The knobs `digits` and `dropped_lsbs` decide per product which slots work; a slot that
//! does not keeps its operand (see [`Gating`]) and adds zero. One product per cycle, two edges
//! late. With all digits and no dropped positions the product is exact.
//!
//! Cost on ECP5, 8 x 8 bits: 251 LUT4, 38 FF without gating, 259 LUT4, 62 FF with enables; 16 x 16
//! bits: 975 LUT4, 74 FF and 968 LUT4, 186 FF.
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: `weight`, `activation` |
//! | `digits` | most non-zero digits to use, most significant first; taken with each word |
//! | `dropped_lsbs` | positions below this one are not used; taken with each word |
//! | `out` | stream: `product`, as wide as both operands together |
//! | `working` | slots at work in the sum stage: what the knobs save, for activity counters |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_
//! in_valid   ~~~~~\___________
//! out_valid  _________/~~~\___
//! ```
//!
//! ```
//! # use bitladder_blocks::csd::{CsdMultiplierConfig, Gating, csd_multiplier};
//! let gating = Gating::Enables;
//! let config = CsdMultiplierConfig { weight_bits: 8, activation_bits: 8, gating };
//! assert_eq!(csd_multiplier(&config)?.name(), "csd_multiplier_w8_a8_en");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, sint, uint};

use super::recoder::recode;
use super::{check_widths, digits_ty, dropped_ty, from_position, operand_fields};
use crate::clock::clock_gate_cell;
use crate::stream::{Pipeline, Stream};
use crate::{BlockError, Family};

/// How slots without a digit are kept still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gating {
    /// Not at all: all slots see each activation, and unused partial products are masked. The
    /// smallest, and the reference for activity measurements.
    None,
    /// Each slot has its own operand register with an enable: a slot without a digit sees no new
    /// operand. Costs `activation_bits + 2` flip-flops per slot.
    Enables,
    /// As `Enables`, and the family's clock gate stops the clock of all operand registers while no
    /// slot takes a new operand: no word, or a weight without kept digits. The enable must be
    /// ready half a cycle before the edge. A family without a gate leaves it at the enables.
    ClockCell(Family),
}

/// Widths and gating of a multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsdMultiplierConfig {
    /// Bits of the signed weight, 2 to 16: a slot for each two.
    pub weight_bits: u32,
    /// Bits of the signed activation, 2 to 32.
    pub activation_bits: u32,
    /// How unused slots are kept still.
    pub gating: Gating,
}

impl CsdMultiplierConfig {
    fn slots(self) -> u32 {
        self.weight_bits.div_ceil(2)
    }

    fn product_bits(self) -> u32 {
        self.weight_bits + self.activation_bits
    }

    fn tag(self) -> &'static str {
        match self.gating {
            Gating::None => "free",
            Gating::Enables => "en",
            Gating::ClockCell(family) => family.name(),
        }
    }
}

/// What a slot is told by the recoder.
#[derive(Clone, Copy)]
struct Slot<'m> {
    /// The slot has a kept digit.
    active: Sig<'m>,
    /// The digit is -1.
    negate: Sig<'m>,
    /// The digit is at the upper position of the pair.
    upper: Sig<'m>,
}

/// The kept digits of a weight, slot 0 at the lowest positions.
fn slots<'m>(
    m: &'m ModuleBuilder,
    config: &CsdMultiplierConfig,
    input: &Stream<'m>,
) -> Vec<Slot<'m>> {
    let [positive, negative] = recode(input.get("weight"));
    let digits = m.input("digits", digits_ty(config.weight_bits), "most digits to use");
    let dropped = m.input("dropped_lsbs", dropped_ty(config.weight_bits), "positions not used");
    let used = m.named("used", from_position(m, positive | negative, dropped));
    let mut above = m.lit(digits.ty(), 0);
    let mut slots = Vec::new();
    for slot in (0..config.slots()).rev() {
        let low = 2 * slot;
        let bits = 2.min(config.weight_bits - low);
        let filled = used.bits(low, bits).reduce_or();
        let active = m.named(&format!("active_{slot}"), filled & above.lt(digits));
        let negate = negative.bits(low, bits).reduce_or();
        let upper = if bits == 2 { used.bit(low + 1) } else { m.lit(BIT, 0) };
        slots.insert(0, Slot { active, negate, upper });
        if slot > 0 {
            above = m.named(&format!("above_{slot}"), above + filled.zero_extend(above.width()));
        }
    }
    slots
}

/// A slot's operand and flags, registered as the gating asks for.
struct Operand<'m> {
    x: Sig<'m>,
    slot: Slot<'m>,
}

/// The operand registers of all slots.
fn operands<'m>(
    m: &'m ModuleBuilder,
    config: &CsdMultiplierConfig,
    pipe: &Pipeline<'m>,
    clk: Clock<'m>,
    slots: &[Slot<'m>],
    activation: Sig<'m>,
) -> Vec<Operand<'m>> {
    let takes = pipe.valid() & pipe.advance();
    let gated = match config.gating {
        Gating::ClockCell(family) if family != Family::Generic => {
            let any: Vec<Sig<'m>> = slots.iter().map(|slot| slot.active).collect();
            let run = m.named("slots_take", takes & m.cat(&any).reduce_or());
            clock_gate_cell(m, family, "u_gate", clk, run).unwrap_or(clk)
        }
        _ => clk,
    };
    let shared = (config.gating == Gating::None).then(|| pipe.hold("x_q", activation));
    let operand = |(index, slot): (usize, &Slot<'m>)| {
        let keep = |name: &str, value: Sig<'m>| {
            let enable = if shared.is_some() { takes } else { takes & slot.active };
            let register = m.reg(&format!("{name}_{index}_q"), value.ty(), gated).enable(enable);
            register.next(value);
            register.q
        };
        let x = shared.unwrap_or_else(|| keep("x", activation));
        let active = pipe.hold(&format!("active_{index}_q"), slot.active);
        let [negate, upper] =
            [("negate", slot.negate), ("upper", slot.upper)].map(|(name, bit)| keep(name, bit));
        Operand { x, slot: Slot { active, negate, upper } }
    };
    slots.iter().enumerate().map(operand).collect()
}

/// The partial product of a slot at its place, and the bit that completes its negation.
fn partial<'m>(index: u32, operand: &Operand<'m>, product_bits: u32) -> [Sig<'m>; 2] {
    let Slot { active, negate, upper } = operand.slot;
    let wide = operand.x.sign_extend(operand.x.width() + 1);
    let shifted = upper.mux(wide.shift_left(1), wide).as_unsigned();
    let width = shifted.width();
    let signed = (shifted ^ negate.repeat(width)) & active.repeat(width);
    let placed = signed.as_signed().resize(product_bits).shift_left(2 * index);
    [placed, negate & active]
}

/// Builds the multiplier.
pub fn csd_multiplier(config: &CsdMultiplierConfig) -> Result<Arc<Module>, BlockError> {
    let CsdMultiplierConfig { weight_bits, activation_bits, .. } = *config;
    let keys = ["csd_multiplier.weight_bits", "csd_multiplier.activation_bits"];
    check_widths(keys[0], weight_bits, keys[1], activation_bits)?;
    let m = ModuleBuilder::new("csd_multiplier").param("w", weight_bits);
    let m = m.param("a", activation_bits).param("", config.tag());
    let m = m.doc("Multiplies by the most significant signed digits of a weight.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets the words on the way");
    let input = Stream::sink(&m, "in", &operand_fields(weight_bits, activation_bits));
    let product = sint(config.product_bits());
    let out = Stream::source(&m, "out", &[("product", product, "weight times activation")]);

    let mut pipe = Pipeline::behind(&m, clk, rst, &input);
    let slots = slots(&m, config, &input);
    let operands = operands(&m, config, &pipe, clk, &slots, input.get("activation"));
    pipe.next_stage();
    let sum = pipe.hold("product_q", sum(&m, config, &operands));
    working(&m, config, &operands);
    pipe.next_stage();
    m.drive(out.get("product"), sum);
    pipe.finish(&out);
    Ok(m.build()?)
}

/// All partial products and, as one more operand, the ones that complete their negations.
fn sum<'m>(
    m: &'m ModuleBuilder,
    config: &CsdMultiplierConfig,
    operands: &[Operand<'m>],
) -> Sig<'m> {
    let bits = config.product_bits();
    let (mut terms, mut ones) = (Vec::new(), Vec::new());
    for (index, operand) in (0..).zip(operands) {
        let [term, one] = partial(index, operand, bits);
        // The one goes where the shifted operand's lowest bit is.
        terms.push(m.named(&format!("partial_{index}"), term));
        ones.extend([one, m.lit(BIT, 0)]);
    }
    ones.reverse();
    terms.push(m.cat(&ones).resize(bits).as_signed());
    while terms.len() > 1 {
        terms = terms
            .chunks(2)
            .map(|pair| pair.iter().copied().reduce(|a, b| a + b).unwrap_or(pair[0]))
            .collect();
    }
    terms[0]
}

fn working<'m>(m: &'m ModuleBuilder, config: &CsdMultiplierConfig, operands: &[Operand<'m>]) {
    let active: Vec<Sig<'m>> = operands.iter().map(|operand| operand.slot.active).collect();
    let count = m.cat(&active).popcount();
    let ty = uint(config.slots().ilog2() + 1);
    m.drive(m.output("working", ty, "slots at work in the sum stage"), count);
}
