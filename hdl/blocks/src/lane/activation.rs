//! Prepares an activation word for the lanes of a row.

use std::sync::Arc;

use bitladder_rtl::{Module, ModuleBuilder, Sig, sint, uint};

use super::config::{LanePlan, Multiplier, PACKED_FRACTION};
use super::format::Mode;
use super::operands::{Fields, Layout, by_mode, pack};
use crate::BlockError;

/// What binary words add besides twice their matches: half the matches are mismatches.
const BINARY_OFFSET: i32 = -16;

/// The module that turns a word into the activation bus of the lanes: combinational, one per row.
///
/// | port | width | meaning |
/// |---|---|---|
/// | `mode` | 2 | a [`Mode`]'s code |
/// | `word` | 16 | the operands |
/// | `operand` | by the plan | the bus |
///
/// Cost on ECP5 for the modes 1x16, 2x8 and 4x4: 53 LUT with one DSP block (37 with nothing beside
/// it), 60 with two, 87 without.
pub fn activation_port(plan: &LanePlan) -> Result<Arc<Module>, BlockError> {
    let m = ModuleBuilder::new("activation_port")
        .doc("Prepares an activation word for the lanes of a row.")
        .param("", super::shape(plan));
    let mode = m.input("mode", uint(2), "operands per word: 0 one, 1 two, 2 four, 3 sixteen");
    let word = m.input("word", uint(16), "the operands, the first lowest");
    m.ignore(mode);
    m.ignore(word);
    let bus = activation_bus(&m, plan, mode, word);
    m.drive(m.output("operand", bus.ty(), "the operands as the lanes take them"), bus);
    Ok(m.build()?)
}

/// Sub-word `part` of a mode.
fn part<'m>(word: Sig<'m>, mode: Mode, part: u32) -> Sig<'m> {
    word.bits(part * mode.bits(), mode.bits()).as_signed()
}

fn activation_bus<'m>(
    m: &'m ModuleBuilder,
    plan: &LanePlan,
    mode: Sig<'m>,
    word: Sig<'m>,
) -> Sig<'m> {
    let layout = Layout::new(plan);
    let choose = |width: u32, value: &dyn Fn(Mode) -> Option<Sig<'m>>| {
        (width > 0).then(|| by_mode(m, plan, mode, width, value))
    };
    let main = choose(layout.main, &|mode| main(m, plan, word, mode));
    let second = choose(layout.second, &|mode| second(m, plan, word, mode));
    let group = |group| {
        by_mode(m, plan, mode, layout.group_bits, |mode| group_part(m, plan, word, mode, group))
    };
    let groups = layout.groups.clone().map(group).collect();
    let shift = choose(if layout.shift { 16 } else { 0 }, &|mode| match mode {
        Mode::Binary => Some(m.lit(sint(16), BINARY_OFFSET)),
        _ => Some(word.as_signed()),
    });
    let raw = choose(layout.raw, &|mode| (mode == Mode::Binary).then(|| word.as_signed()));
    Fields { main, second, groups, shift, raw }.join(m)
}

fn main<'m>(m: &'m ModuleBuilder, plan: &LanePlan, word: Sig<'m>, mode: Mode) -> Option<Sig<'m>> {
    let width = Layout::new(plan).main;
    let both = plan.config().multiplier == Multiplier::Mac16;
    match mode {
        Mode::Word16 => Some(word.as_signed().sign_extend(width)),
        Mode::Word8 if both => None,
        // What does not fit a narrow block comes with the weight.
        Mode::Word8 => {
            let by = PACKED_FRACTION.min(width - 8);
            Some(part(word, mode, 0).widening_shl(by).sign_extend(width))
        }
        Mode::Word4 => Some(pack(part(word, mode, 1), part(word, mode, 0), width)),
        Mode::Binary => Some(m.lit(sint(width), BINARY_OFFSET << PACKED_FRACTION)),
    }
}

fn second<'m>(m: &'m ModuleBuilder, plan: &LanePlan, word: Sig<'m>, mode: Mode) -> Option<Sig<'m>> {
    let nibble = |index| part(word, Mode::Word4, index);
    if plan.config().multiplier == Multiplier::TwoDsp {
        return match mode {
            Mode::Word8 => Some(part(word, mode, 1).widening_shl(PACKED_FRACTION).sign_extend(18)),
            Mode::Word4 => Some(pack(nibble(3), nibble(2), 18)),
            Mode::Word16 | Mode::Binary => None,
        };
    }
    match mode {
        Mode::Word8 => Some(word.as_signed()),
        Mode::Word4 => Some(bytes(nibble(3), nibble(2))),
        Mode::Binary if !plan.is_packed() => Some(m.lit(sint(16), BINARY_OFFSET & 0xff)),
        Mode::Word16 | Mode::Binary => None,
    }
}

/// Two numbers as the bytes of a word.
pub(super) fn bytes<'m>(high: Sig<'m>, low: Sig<'m>) -> Sig<'m> {
    high.sign_extend(8).cat(low.sign_extend(8)).as_signed()
}

fn group_part<'m>(
    m: &'m ModuleBuilder,
    plan: &LanePlan,
    word: Sig<'m>,
    mode: Mode,
    group: u32,
) -> Option<Sig<'m>> {
    let layout = Layout::new(plan);
    let width = layout.group_bits;
    let everything = plan.config().multiplier == Multiplier::Fabric;
    match mode {
        Mode::Word16 => everything.then(|| word.as_signed()),
        // Beside SB_MAC16 the groups help with four-bit operands only.
        Mode::Word8 => (width >= 8).then(|| part(word, mode, group / 2).sign_extend(width)),
        Mode::Word4 if group.is_multiple_of(2) => {
            let by = plan.fraction(mode) * u32::from(everything);
            Some(part(word, mode, group).widening_shl(by).sign_extend(width))
        }
        Mode::Word4 => Some(part(word, mode, group).sign_extend(width)),
        Mode::Binary if !everything => None,
        // Four bits do not hold the offset: two groups make one half each.
        Mode::Binary if width == 4 => (group < 2).then(|| m.lit(sint(4), BINARY_OFFSET / 2)),
        Mode::Binary => (group == 0).then(|| m.lit(sint(width), BINARY_OFFSET)),
    }
}
