//! What is the same for all lanes during a layer, from the descriptor's fields.

use bitladder_machine::isa::{Destination, FieldPlace, SaturationCode, field};
use bitladder_rtl::{Sig, address_width, uint};
use bitladder_spec::{Rounding, Saturation};

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
    /// A constant of the layer, behind a register where it comes to several lanes.
    fn constant(&self, name: &str, value: Sig<'m>) -> Sig<'m> {
        match self.config.lanes {
            1 => value,
            _ => self.m.pipe(name, value, self.clk),
        }
    }

    /// A field as wide as what is stored.
    fn value(&self, place: FieldPlace) -> Sig<'m> {
        self.fields.get(place).truncate(self.config.stored_bits)
    }

    /// The highest bit of the result's type.
    fn type_top(&self) -> Sig<'m> {
        let one = self.m.lit(uint(self.config.value_bits), 1);
        let top = one.shift_left_by(self.fields.get(field::OUTPUT_BITS) - 1);
        self.constant("type_width_q", top)
    }

    /// The bits of the result's type, and its sign bit.
    fn output_type(&self, top: Sig<'m>) -> [Sig<'m>; 2] {
        let signed = self.fields.get(field::OUTPUT_SIGNED);
        let sign = signed.mux(top, self.m.lit(top.ty(), 0));
        [top.shift_left(1) - 1, sign]
    }

    /// The least value that may come out. Each step has a register of its own: there is time until
    /// the first row comes to the clamp, and in one cycle this would be the longest path of all.
    fn least(&self, top: Sig<'m>) -> Sig<'m> {
        let [lo, hi] = [field::CLAMP_LO, field::CLAMP_HI].map(|place| self.value(place));
        let symmetric = SaturationCode::Symmetric.code();
        let symmetric = self.fields.get(field::SATURATION).eq(symmetric);
        let least = self.m.lit(top.as_signed().ty(), 1) - top.as_signed();
        let least = self.constant("least_q", least).max(lo);
        let least = self.constant("least_inside_q", least).min(hi);
        (symmetric & self.fields.get(field::OUTPUT_SIGNED)).mux(least, lo)
    }

    /// Which of the lanes' roundings is meant.
    fn rounding(&self, built: &[Rounding]) -> Sig<'m> {
        let (m, ty) = (self.m, uint(address_width(built.len())));
        let code = |rounding| Rounding::ALL.iter().position(|known| *known == rounding);
        let others = built.iter().enumerate().skip(1);
        let arm =
            |(at, known): (usize, &Rounding)| Some((code(*known)? as u128, m.lit(ty, at as u32)));
        let arms: Vec<_> = others.filter_map(arm).collect();
        m.case(self.fields.get(field::ROUNDING), &arms, m.lit(ty, 0))
    }

    /// The lanes' constants by port.
    pub(super) fn constants(&self) -> Vec<(&'static str, Sig<'m>)> {
        let (m, lane) = (self.m, self.config.lane());
        for place in [field::ROUNDING, field::SATURATION, field::OUTPUT_SIGNED, field::OUTPUT_BITS]
        {
            // Which of them matter depends on the configuration.
            m.ignore(self.fields.get(place));
        }
        let symmetric = lane.saturations.contains(&Saturation::Symmetric);
        let wraps = lane.wraps()[1];
        let top = (symmetric || wraps).then(|| self.type_top());
        let lo = self.value(field::CLAMP_LO);
        let least = top.filter(|_| symmetric).map_or(lo, |top| self.least(top));
        let mut all = vec![
            ("zero_point", self.value(field::OUTPUT_ZERO_POINT)),
            ("clamp_lo", least),
            ("clamp_hi", self.value(field::CLAMP_HI)),
        ];
        if let Some(top) = top.filter(|_| wraps) {
            let [bits, sign] = self.output_type(top);
            all.extend([("type_mask", bits), ("type_top", sign)]);
        }
        if lane.clamps_stored_only() {
            let results = self.fields.get(field::DESTINATION).eq(Destination::Results.code());
            all.push(("as_it_is", results));
        }
        if lane.wraps() == [true, true] {
            let wrap = SaturationCode::Wrap.code();
            all.push(("wrap", self.fields.get(field::SATURATION).eq(wrap)));
        }
        if lane.roundings.len() > 1 {
            all.push(("rounding", self.rounding(&lane.roundings)));
        }
        all.into_iter()
            .map(|(name, value)| (name, self.constant(&format!("{name}_q"), value)))
            .collect()
    }
}
