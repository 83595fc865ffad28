//! The last stages of a post lane: the type of what is stored, and the clamp.

use bitladder_rtl::{BIT, Sig, uint};

use super::lane::{PostLaneConfig, Stages};

impl<'m> Stages<'_, 'm> {
    /// The type's low bits, read with its sign.
    fn narrow(&self, value: Sig<'m>) -> Sig<'m> {
        let (m, width) = (self.m, self.config.value_bits);
        let mask = m.input("type_mask", uint(width), "a bit for each bit of the type");
        let top = m.input("type_top", uint(width), "the sign bit of a signed type");
        let bits = value.as_unsigned().truncate(width);
        let negative = (bits & top).reduce_or().repeat(width);
        ((bits & mask) | (negative & !mask)).as_signed().sign_extend(self.config.placed_bits())
    }

    /// What is stored within the clamp, whose bounds are narrow: what has more bits than they is
    /// beyond them, on the side of its sign. Results have no bounds but their width.
    pub(super) fn narrowly_clamped(&self, placed: Sig<'m>) -> Sig<'m> {
        let (m, config) = (self.m, self.config);
        let [lo, hi] = [("clamp_lo", "smallest value"), ("clamp_hi", "largest value")]
            .map(|(name, doc)| m.input(name, config.stored(), doc));
        let as_it_is = m.input("as_it_is", BIT, "a result");
        let (low, negative) = (placed.truncate(config.stored_bits), placed.msb());
        let upper = placed.slice(placed.width() - 1, config.stored_bits - 1);
        let far = upper.ne(negative.repeat(upper.width()));
        let below = far.mux(negative, low.lt(lo));
        let above = far.mux(!negative, low.gt(hi));
        let inside = below.mux(lo, above.mux(hi, low)).sign_extend(config.value_bits);
        let result = placed.resize(placed.width().max(config.value_bits));
        self.keep("value_q", as_it_is.mux(result.saturate(config.value_bits), inside))
    }

    /// The type and the clamp.
    pub(super) fn clamped(&self, placed: Sig<'m>, wrap: Option<Sig<'m>>) -> Sig<'m> {
        let (m, value, placed_bits) = (self.m, self.config.value(), self.config.placed_bits());
        let stored = match (self.config.wraps(), wrap) {
            ([_, false], _) => placed,
            (_, Some(wrap)) => self.keep("stored_q", wrap.mux(self.narrow(placed), placed)),
            (_, None) => self.keep("stored_q", self.narrow(placed)),
        };
        let lo = m.input("clamp_lo", value, "smallest value");
        let hi = m.input("clamp_hi", value, "largest value");
        // Both comparisons side by side: the lower bound is at most the upper one.
        let below = stored.lt(lo.sign_extend(placed_bits));
        let above = stored.gt(hi.sign_extend(placed_bits));
        self.keep("value_q", below.mux(lo, above.mux(hi, stored.truncate(value.width))))
    }
}

/// What lies far outside every type is brought near, to where the clamp still sees it as outside;
/// values that wrap keep their low bits.
pub(super) fn near<'m>(floor: Sig<'m>, config: &PostLaneConfig, wrap: Option<Sig<'m>>) -> Sig<'m> {
    let bits = config.near_bits();
    if config.wraps() == [false, true] || floor.width() <= bits {
        return floor.resize(bits);
    }
    let limited = floor.saturate(bits);
    match wrap {
        Some(wrap) => wrap.mux(floor.truncate(bits), limited),
        None => limited,
    }
}
