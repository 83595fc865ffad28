//! The end of the output stage: rounding, zero point, saturation, clamp, as far as configured.

use bitladder_rtl::{ModuleBuilder, Sig, address_width, sint, uint};
use bitladder_spec::{IntType, Rounding, Saturation, Span};

use super::rounding::{Rest, choose};
use crate::BlockError;
use crate::check::distinct;

/// What an output stage can do at run time. Each list with several entries gives a selector
/// port (`rounding`, `saturation`, `ty`: the entry's number); each list of one costs nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputConfig {
    /// The roundings to choose from.
    pub roundings: Vec<Rounding>,
    /// The saturation kinds to choose from.
    pub saturations: Vec<Saturation>,
    /// The stored types to choose from.
    pub types: Vec<IntType>,
    /// Adds the `zero_point` port, and one adder.
    pub zero_point: bool,
    /// Adds the `clamp_lo` and `clamp_hi` ports, and two comparators.
    pub clamp: bool,
}

impl OutputConfig {
    /// One type with the default rounding and saturation, without zero point, clamped: ReLU and
    /// Clip live in the clamp.
    pub fn plain(ty: IntType) -> OutputConfig {
        OutputConfig {
            roundings: vec![Rounding::HalfUp],
            saturations: vec![Saturation::Saturate],
            types: vec![ty],
            zero_point: false,
            clamp: true,
        }
    }

    /// Width of the signed number that holds every value of every type.
    pub fn value_bits(&self) -> u32 {
        let bits = |ty: &IntType| u32::from(ty.bits()) + u32::from(!ty.is_signed());
        self.types.iter().map(bits).max().unwrap_or(1)
    }

    pub(super) fn validate(&self) -> Result<(), BlockError> {
        distinct("output.roundings", &self.roundings)?;
        distinct("output.saturations", &self.saturations)?;
        distinct("output.types", &self.types)
    }

    /// A short text that differs for different configurations, for module names.
    pub(super) fn tag(&self) -> String {
        let letter = |rounding: &Rounding| match rounding {
            Rounding::HalfUp => 'u',
            Rounding::HalfEven => 'e',
            Rounding::HalfAway => 'a',
            Rounding::TowardZero => 'z',
            Rounding::Floor => 'f',
        };
        let kind = |saturation: &Saturation| match saturation {
            Saturation::Saturate => 's',
            Saturation::Symmetric => 'y',
            Saturation::Wrap => 'w',
        };
        let roundings: String = self.roundings.iter().map(letter).collect();
        let kinds: String = self.saturations.iter().map(kind).collect();
        let types: String = self.types.iter().map(ToString::to_string).collect();
        let zero = if self.zero_point { "z" } else { "" };
        let clamp = if self.clamp { "c" } else { "" };
        format!("{roundings}_{kinds}_{types}_{zero}{clamp}").trim_end_matches('_').to_owned()
    }

    pub(super) fn controls<'m>(&self, m: &'m ModuleBuilder) -> Controls<'m> {
        let value = sint(self.value_bits());
        let selector = |name: &str, entries: usize, doc: &str| {
            (entries > 1).then(|| m.input(name, uint(address_width(entries)), doc))
        };
        let port = |wanted: bool, name: &str, doc: &str| wanted.then(|| m.input(name, value, doc));
        Controls {
            rounding: selector("rounding", self.roundings.len(), "which rounding"),
            saturation: selector("saturation", self.saturations.len(), "which saturation"),
            ty: selector("ty", self.types.len(), "which stored type"),
            zero_point: port(self.zero_point, "zero_point", "added after rounding"),
            clamp: port(self.clamp, "clamp_lo", "smallest value").zip(port(
                self.clamp,
                "clamp_hi",
                "largest value",
            )),
        }
    }

    /// The bit by which the floor goes up, in the selected rounding.
    pub(super) fn goes_up<'m>(
        &self,
        m: &'m ModuleBuilder,
        controls: &Controls<'m>,
        floor: Sig<'m>,
        rest: &Rest<'m>,
    ) -> Sig<'m> {
        let ups: Vec<Sig<'m>> =
            self.roundings.iter().map(|rounding| rest.goes_up(m, *rounding, floor)).collect();
        choose(m, controls.rounding, &ups)
    }

    /// Pipeline stages of [`OutputConfig::finish`].
    pub(super) fn stages(&self) -> u32 {
        2 + u32::from(self.zero_point) + u32::from(self.clamp)
    }

    /// From the floor and its rounding bit to the stored integer. `stage` registers the end of
    /// each stage under names.
    pub(super) fn finish<'m>(
        &self,
        m: &'m ModuleBuilder,
        controls: &Controls<'m>,
        [floor, up]: [Sig<'m>; 2],
        mut stage: impl FnMut(&[(&str, Sig<'m>)]) -> Vec<Sig<'m>>,
    ) -> Sig<'m> {
        let wide = floor.width() + 1;
        let mut placed = floor.sign_extend(wide) + up.zero_extend(wide).as_signed();
        if let Some(zero_point) = controls.zero_point {
            let rounded = stage(&[("rounded_q", self.near(placed))])[0];
            let width = rounded.width().max(zero_point.width());
            placed = rounded.sign_extend(width).widening_add(zero_point.sign_extend(width));
        }
        let placed = self.near(placed);
        let value = placed.sign_extend(placed.width().max(self.value_bits()));
        let mut ends = Vec::new();
        if self.saturates() {
            ends.push(("placed_q", value.saturate(self.value_bits())));
        }
        if self.wraps() {
            ends.push(("wrapped_q", self.wrapped(m, controls, value)));
        }
        let ends = stage(&ends);
        let stored = stage(&[("saturated_q", self.saturated(m, controls, &ends))])[0];
        match controls.clamp {
            Some((lo, hi)) => stage(&[("clamped_q", between(stored, lo, hi))])[0],
            None => stored,
        }
    }

    fn wraps(&self) -> bool {
        self.saturations.contains(&Saturation::Wrap)
    }

    fn saturates(&self) -> bool {
        self.saturations.iter().any(|kind| *kind != Saturation::Wrap)
    }

    /// What lies far outside every type, brought near to where saturation still sees it as
    /// outside; wrapping needs the contract's 64 bits.
    fn near<'m>(&self, value: Sig<'m>) -> Sig<'m> {
        let bits = if self.wraps() { 64 } else { self.value_bits() + 2 };
        value.saturate(bits.min(value.width()))
    }

    /// The low bits, read as the selected type.
    fn wrapped<'m>(&self, m: &'m ModuleBuilder, by: &Controls<'m>, value: Sig<'m>) -> Sig<'m> {
        let wrap = |ty: &IntType| {
            let low = value.truncate(ty.bits().into());
            let low = if ty.is_signed() { low } else { low.as_unsigned() };
            low.extend(self.value_bits()).as_signed()
        };
        let wrapped: Vec<Sig<'m>> = self.types.iter().map(wrap).collect();
        choose(m, by.ty, &wrapped)
    }

    /// The value within the selected type: saturated, wrapped, or as selected.
    fn saturated<'m>(
        &self,
        m: &'m ModuleBuilder,
        by: &Controls<'m>,
        candidates: &[Sig<'m>],
    ) -> Sig<'m> {
        if !self.saturates() {
            return candidates[0];
        }
        let value = sint(self.value_bits());
        let ends = |end: fn(&Span) -> i64| {
            let of_kind = |kind: &Saturation| {
                let ends = self.types.iter().map(|ty| m.lit(value, end(&kind.span(*ty))));
                choose(m, by.ty, &ends.collect::<Vec<_>>())
            };
            choose(m, by.saturation, &self.saturations.iter().map(of_kind).collect::<Vec<_>>())
        };
        let inside = between(candidates[0], ends(|span| span.lo), ends(|span| span.hi));
        let pick = |kind: &Saturation| match kind {
            Saturation::Wrap => candidates[candidates.len() - 1],
            _ => inside,
        };
        choose(m, by.saturation, &self.saturations.iter().map(pick).collect::<Vec<_>>())
    }
}

/// The nearest value between two bounds, both looked at side by side; `lo` is at most `hi`.
fn between<'m>(value: Sig<'m>, lo: Sig<'m>, hi: Sig<'m>) -> Sig<'m> {
    value.lt(lo).mux(lo, value.gt(hi).mux(hi, value))
}

/// The run-time side of an output stage: the ports its configuration asks for.
pub(super) struct Controls<'m> {
    rounding: Option<Sig<'m>>,
    saturation: Option<Sig<'m>>,
    ty: Option<Sig<'m>>,
    zero_point: Option<Sig<'m>>,
    clamp: Option<(Sig<'m>, Sig<'m>)>,
}
