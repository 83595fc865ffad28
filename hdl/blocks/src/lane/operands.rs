//! How prepared operands lie on the buses between the array's edges and its lanes.
//!
//! Formatting an operand for the DSP blocks (sign extension, packing, clearing what a mode does
//! not use) depends on the word alone. It is done once per row and once per column, not in every
//! lane; a lane receives a bus of fields. Fields that a mode does not use are zero, so that the
//! multipliers behind them do not toggle.

use bitladder_rtl::{ModuleBuilder, Sig};

use super::config::{LanePlan, Multiplier};
use super::format::Mode;

/// A shifter's weight: zero flag, sign, shift.
pub(crate) const SHIFT_CODE_BITS: u32 = 6;

/// The fields of the buses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Operand of the block for 16-bit words and packed pairs; 0 if there is none.
    pub(crate) main: u32,
    /// Operand of the second block.
    pub(crate) second: u32,
    /// The sub-words (numbered as nibbles of the word) that the fabric multiplies.
    pub(crate) groups: std::ops::Range<u32>,
    /// Width of a group's activation.
    pub(crate) group_bits: u32,
    /// Width of each group's weight digit.
    pub(crate) digits: Vec<u32>,
    /// Activation and code of the shifter, if there is one.
    pub(crate) shift: bool,
    /// The 16 bits of binary words, or 0.
    pub(crate) raw: u32,
}

impl Layout {
    pub(crate) fn new(plan: &LanePlan) -> Layout {
        let has = |mode| plan.has(mode);
        let narrow = has(Mode::Word8) || has(Mode::Word4);
        let products = narrow || has(Mode::Word16);
        let multiplier = plan.config().multiplier;
        let (main, second, groups) = match multiplier {
            _ if !products => (0, 0, 0..0),
            Multiplier::Shifter => (0, 0, 0..0),
            Multiplier::Fabric => (0, 0, 0..4),
            Multiplier::OneDsp => (plan.block_bits(), 0, if narrow { 2..4 } else { 0..0 }),
            Multiplier::HalfWord => (plan.block_bits(), 0, 0..0),
            Multiplier::TwoDsp => (18, if narrow { 18 } else { 0 }, 0..0),
            Multiplier::Mac16 if has(Mode::Word16) => (16, if narrow { 16 } else { 0 }, 0..0),
            Multiplier::Mac16 => (0, 16, if has(Mode::Word4) { 0..2 } else { 0..0 }),
        };
        let wide = multiplier == Multiplier::Fabric && has(Mode::Word16);
        let bytes = multiplier != Multiplier::Mac16 && has(Mode::Word8);
        let group_bits = if wide { 16 } else { 4 + 4 * u32::from(bytes) };
        // The top digit of a wider number takes the carry of the digits below and needs a bit more.
        let top = |group: u32| (wide && group == 3) || (bytes && group % 2 == 1);
        let digits = groups.clone().map(|group| 4 + u32::from(top(group))).collect();
        let shift = products && multiplier == Multiplier::Shifter;
        let raw = if has(Mode::Binary) { 16 } else { 0 };
        Layout { main, second, groups, group_bits, digits, shift, raw }
    }

    /// True if some field carries products, so that binary words can use it for their offset.
    pub(crate) fn has_products(&self) -> bool {
        self.main + self.second > 0 || !self.groups.is_empty() || self.shift
    }

    /// Widths of the activation bus, lowest field first.
    pub(crate) fn activation(&self) -> Vec<u32> {
        let groups = self.groups.clone().map(|_| self.group_bits);
        self.fields(groups.collect(), 16)
    }

    /// Widths of the weight bus, lowest field first.
    pub(crate) fn weight(&self) -> Vec<u32> {
        self.fields(self.digits.clone(), SHIFT_CODE_BITS)
    }

    fn fields(&self, groups: Vec<u32>, shift: u32) -> Vec<u32> {
        let mut widths = vec![self.main, self.second];
        widths.extend(groups);
        widths.push(if self.shift { shift } else { 0 });
        widths.push(self.raw);
        widths
    }
}

/// The fields of a bus as signed numbers (binary words unsigned); absent ones are `None`.
pub(crate) struct Fields<'m> {
    pub(crate) main: Option<Sig<'m>>,
    pub(crate) second: Option<Sig<'m>>,
    pub(crate) groups: Vec<Sig<'m>>,
    pub(crate) shift: Option<Sig<'m>>,
    pub(crate) raw: Option<Sig<'m>>,
}

impl<'m> Fields<'m> {
    /// Takes a bus apart.
    pub(crate) fn split(bus: Sig<'m>, widths: &[u32]) -> Fields<'m> {
        let mut low = 0;
        let mut parts = widths.iter().map(|width| {
            let part = (*width > 0).then(|| bus.bits(low, *width));
            low += width;
            part
        });
        let signed = |part: Option<Option<Sig<'m>>>| part.flatten().map(Sig::as_signed);
        let (main, second) = (signed(parts.next()), signed(parts.next()));
        let mut rest: Vec<Option<Sig<'m>>> = parts.collect();
        let (raw, shift) = (rest.pop().flatten(), rest.pop().flatten());
        let groups = rest.into_iter().flatten().map(Sig::as_signed).collect();
        Fields { main, second, groups, shift, raw }
    }

    /// Puts the fields side by side.
    pub(crate) fn join(&self, m: &'m ModuleBuilder) -> Sig<'m> {
        let parts = [self.main, self.second];
        let parts = parts.into_iter().flatten().chain(self.groups.iter().copied());
        let mut parts: Vec<Sig<'m>> = parts.chain(self.shift).chain(self.raw).collect();
        parts.reverse();
        m.cat(&parts)
    }
}

/// The operand of the modes that the lane has; zero in the modes that give none.
pub(crate) fn by_mode<'m>(
    m: &'m ModuleBuilder,
    plan: &LanePlan,
    mode: Sig<'m>,
    width: u32,
    value: impl Fn(Mode) -> Option<Sig<'m>>,
) -> Sig<'m> {
    let ty = bitladder_rtl::sint(width);
    let value = |mode: Mode| value(mode).unwrap_or_else(|| m.lit(ty, 0));
    let modes: Vec<Mode> = Mode::ALL.into_iter().filter(|mode| plan.has(*mode)).collect();
    match modes.split_last() {
        Some((last, others)) => {
            let arms: Vec<_> = others.iter().map(|mode| (mode.code(), value(*mode))).collect();
            m.case(mode, &arms, value(*last))
        }
        None => m.lit(ty, 0),
    }
}

/// Two small numbers in one operand, the first far enough up that the products keep apart.
pub(crate) fn pack<'m>(high: Sig<'m>, low: Sig<'m>, width: u32) -> Sig<'m> {
    let above = width - super::config::PACKED_FRACTION;
    let borrow = low.msb().repeat(above).as_signed();
    let top = high.sign_extend(above) + borrow;
    top.cat(low.sign_extend(super::config::PACKED_FRACTION).as_unsigned()).as_signed()
}
