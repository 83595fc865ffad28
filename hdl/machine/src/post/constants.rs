//! What is the same for all lanes during a layer, from the descriptor's fields.

use bitladder_machine::isa::{FieldPlace, SaturationCode, field};
use bitladder_rtl::{Sig, address_width, uint};
use bitladder_spec::{Rounding, Saturation};

use super::lane::VALUE;
use super::unit::Unit;

/// The descriptor fields the lanes read.
pub(super) const FIELDS: &[FieldPlace] = &[
    field::ROUNDING,
    field::SATURATION,
    field::OUTPUT_SIGNED,
    field::OUTPUT_BITS,
    field::OUTPUT_ZERO_POINT,
    field::CLAMP_LO,
    field::CLAMP_HI,
];

impl<'m> Unit<'_, 'm> {
    /// A constant of the layer, behind a register: it comes to all lanes.
    fn constant(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        self.m.pipe(name, value, self.clk)
    }

    /// The bits of the result's type, its sign bit, and the least value that may come out.
    fn output_type(&self) -> [Sig<'m>; 3] {
        let m = self.m;
        let one = m.lit(uint(VALUE.width), 1);
        let top = one.shift_left_by(self.fields.get(field::OUTPUT_BITS) - 1);
        let bits = top.shift_left(1) - 1;
        let signed = self.fields.get(field::OUTPUT_SIGNED);
        let sign = signed.mux(top, m.lit(top.ty(), 0));
        let (lo, hi) = (self.fields.get(field::CLAMP_LO), self.fields.get(field::CLAMP_HI));
        let least = match self.config.saturations.contains(&Saturation::Symmetric) {
            true => {
                let saturation = self.fields.get(field::SATURATION);
                let symmetric = saturation.eq(SaturationCode::Symmetric.code()) & signed;
                let least = (m.lit(VALUE, 1) - top.as_signed()).max(lo).min(hi);
                symmetric.mux(least, lo)
            }
            false => lo,
        };
        [bits, sign, least]
    }

    /// The lanes' constants by port.
    pub(super) fn constants(&self) -> Vec<(&'static str, Sig<'m>)> {
        let (m, lane) = (self.m, self.config.lane());
        for place in [field::ROUNDING, field::SATURATION, field::OUTPUT_SIGNED, field::OUTPUT_BITS]
        {
            // Which of them matter depends on the configuration.
            m.ignore(self.fields.get(place));
        }
        let [bits, sign, least] = self.output_type();
        let mut all = vec![
            ("zero_point", self.fields.get(field::OUTPUT_ZERO_POINT)),
            ("clamp_lo", least),
            ("clamp_hi", self.fields.get(field::CLAMP_HI)),
        ];
        if lane.wraps()[1] {
            all.extend([("type_mask", bits), ("type_top", sign)]);
        }
        if lane.wraps() == [true, true] {
            let wrap = SaturationCode::Wrap.code();
            all.push(("wrap", self.fields.get(field::SATURATION).eq(wrap)));
        }
        if lane.roundings.len() > 1 {
            let ty = uint(address_width(lane.roundings.len()));
            let code = |rounding| Rounding::ALL.iter().position(|known| *known == rounding);
            let others = lane.roundings.iter().enumerate().skip(1);
            let arm = |(at, known): (usize, &Rounding)| {
                Some((code(*known)? as u128, m.lit(ty, at as u32)))
            };
            let arms: Vec<_> = others.filter_map(arm).collect();
            all.push(("rounding", m.case(self.fields.get(field::ROUNDING), &arms, m.lit(ty, 0))));
        }
        all.into_iter()
            .map(|(name, value)| (name, self.constant(&format!("{name}_q"), value)))
            .collect()
    }
}
