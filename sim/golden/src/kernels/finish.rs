//! Output stages over sixteen lanes at a time.
//!
//! Two forms of the same arithmetic: [`Narrow`] stays in 32 bits and shifts only, [`Wide`]
//! multiplies into 64 bits. The engine chooses by proof, per layer.

use bitladder_spec::{IntType, Rounding};

use crate::kernels::{LANES, per_instruction_set};

/// Shift-only stages on 32-bit sums.
#[derive(Debug, Clone)]
pub(crate) struct Narrow {
    /// The rounding.
    pub(crate) rounding: Rounding,
    /// Shift of each lane, 0 to 30, in panels.
    pub(crate) shift: Vec<[i32; LANES]>,
    /// Bounds of the rounded value before the zero point is added.
    pub(crate) bounds: [i32; 2],
    /// Added last.
    pub(crate) zero_point: i32,
}

/// Stages with a multiplier, whose products lie within 62 bits.
#[derive(Debug, Clone)]
pub(crate) struct Wide {
    /// The rounding.
    pub(crate) rounding: Rounding,
    /// Multiplier of each lane, in panels.
    pub(crate) multiplier: Vec<[i32; LANES]>,
    /// Shift of each lane, 0 to 61, in panels.
    pub(crate) shift: Vec<[i32; LANES]>,
    /// Added after the rounding.
    pub(crate) zero_point: i64,
    /// The type whose low bits are kept before the bounds apply, if the stage wraps.
    pub(crate) wrap: Option<IntType>,
    /// Bounds of the result.
    pub(crate) bounds: [i64; 2],
}

/// `value / 2^shift`, rounded, in 32 bits; shifts up to 30.
#[inline(always)]
fn rounded_narrow(rounding: Rounding, value: i32, shift: i32) -> i32 {
    let floor = value >> shift;
    let rest = value & ((1 << shift) - 1);
    // Without a shift there is no rest, and this bound is out of its reach.
    let half = if shift == 0 { 1 } else { (1 << shift) >> 1 };
    let up = match rounding {
        Rounding::HalfUp => rest >= half,
        Rounding::HalfEven => rest + (floor & 1) > half,
        Rounding::HalfAway => rest + i32::from(floor >= 0) > half,
        Rounding::TowardZero => rest > 0 && floor < 0,
        Rounding::Floor => false,
    };
    floor + i32::from(up)
}

/// `value / 2^shift`, rounded, in 64 bits; value within 62 bits, shifts up to 61.
#[inline(always)]
fn rounded_wide(rounding: Rounding, value: i64, shift: i64) -> i64 {
    let unit = 1i64 << shift;
    let half = unit >> 1;
    // Of the terms below only those that can reach the next integer are added.
    let some = i64::from(shift != 0);
    let bias = match rounding {
        Rounding::HalfUp => half,
        Rounding::HalfEven => half - some + ((value >> shift) & some),
        Rounding::HalfAway => half + ((value >> 63) & -some),
        Rounding::TowardZero => (value >> 63) & (unit - 1),
        Rounding::Floor => 0,
    };
    (value + bias) >> shift
}

/// Sums to outputs; the panels of `stage` that apply begin at the slices' first.
#[inline(always)]
fn narrow_lanes(stage: &Narrow, panel: usize, sums: &[i32; LANES]) -> [i32; LANES] {
    let [lo, hi] = stage.bounds;
    let shift = &stage.shift[panel];
    macro_rules! with {
        ($rounding:expr) => {
            std::array::from_fn(|lane| {
                let value = rounded_narrow($rounding, sums[lane], shift[lane]);
                value.max(lo).min(hi).wrapping_add(stage.zero_point)
            })
        };
    }
    // One loop per rounding, so that each is free of branches.
    match stage.rounding {
        Rounding::HalfUp => with!(Rounding::HalfUp),
        Rounding::HalfEven => with!(Rounding::HalfEven),
        Rounding::HalfAway => with!(Rounding::HalfAway),
        Rounding::TowardZero => with!(Rounding::TowardZero),
        Rounding::Floor => with!(Rounding::Floor),
    }
}

#[inline(always)]
fn wide_lanes<T: Copy + Into<i64>>(stage: &Wide, panel: usize, sums: &[T; LANES]) -> [i32; LANES] {
    let (multiplier, shift) = (&stage.multiplier[panel], &stage.shift[panel]);
    macro_rules! with {
        ($rounding:expr) => {
            std::array::from_fn(|lane| {
                let product = sums[lane].into() * i64::from(multiplier[lane]);
                rounded_wide($rounding, product, i64::from(shift[lane])) + stage.zero_point
            })
        };
    }
    let mut placed: [i64; LANES] = match stage.rounding {
        Rounding::HalfUp => with!(Rounding::HalfUp),
        Rounding::HalfEven => with!(Rounding::HalfEven),
        Rounding::HalfAway => with!(Rounding::HalfAway),
        Rounding::TowardZero => with!(Rounding::TowardZero),
        Rounding::Floor => with!(Rounding::Floor),
    };
    if let Some(ty) = stage.wrap {
        placed = placed.map(|value| ty.wrap(value));
    }
    let [lo, hi] = stage.bounds;
    placed.map(|value| value.max(lo).min(hi) as i32)
}

/// Writes the first lanes: copies of fixed sizes, since a call per row of few outputs would cost
/// more than the arithmetic.
#[inline(always)]
fn store(lanes: &[i32; LANES], out: &mut [i32]) {
    if let Some(out) = out.first_chunk_mut::<LANES>() {
        *out = *lanes;
        return;
    }
    let mut done = 0;
    macro_rules! piece {
        ($size:literal) => {
            if out.len() & $size != 0 {
                out[done..done + $size].copy_from_slice(&lanes[done..done + $size]);
                done += $size;
            }
        };
    }
    piece!(8);
    piece!(4);
    piece!(2);
    if out.len() & 1 != 0 {
        out[done] = lanes[done];
    }
}

/// Where a tile's outputs go.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    /// The outputs from the first row's first channel on.
    pub(crate) out: &'a mut [i32],
    /// Distance between rows.
    pub(crate) stride: usize,
    /// Channels to write, at most the lanes of all panels.
    pub(crate) channels: usize,
    /// The panel of the stage that the first panel uses.
    pub(crate) panel: usize,
    /// Whether the next panel uses the stage's next panel, or the same one again.
    pub(crate) per_channel: bool,
    /// Panels in the tile.
    pub(crate) panels: usize,
}

#[inline(always)]
fn tile<T>(
    place: Place<'_>,
    sums: &[[T; LANES]],
    lanes: impl Fn(usize, &[T; LANES]) -> [i32; LANES],
) {
    let Place { out, stride, channels, panel, per_channel, panels } = place;
    for (row, sums) in sums.chunks_exact(panels).enumerate() {
        let out = &mut out[row * stride..][..channels];
        for (index, (sums, out)) in sums.iter().zip(out.chunks_mut(LANES)).enumerate() {
            let stage_panel = if per_channel { panel + index } else { panel };
            store(&lanes(stage_panel, sums), out);
        }
    }
}

#[inline(always)]
fn narrow(stage: &Narrow, sums: &[[i32; LANES]], place: Place<'_>) {
    tile(place, sums, |panel, sums| narrow_lanes(stage, panel, sums));
}

#[inline(always)]
fn wide<T: Copy + Into<i64>>(stage: &Wide, sums: &[[T; LANES]], place: Place<'_>) {
    tile(place, sums, |panel, sums| wide_lanes(stage, panel, sums));
}

per_instruction_set! {
    /// Finishes a tile of 32-bit sums without multiplication.
    fn finish_narrow(stage: &Narrow, sums: &[[i32; LANES]], place: Place<'_>) = narrow;
}

per_instruction_set! {
    /// Finishes a tile of 32-bit sums.
    fn finish_wide(stage: &Wide, sums: &[[i32; LANES]], place: Place<'_>) = wide;
}

per_instruction_set! {
    /// Finishes a tile of 64-bit sums.
    fn finish_wide_64(stage: &Wide, sums: &[[i64; LANES]], place: Place<'_>) = wide;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edges() -> impl Strategy<Value = i32> {
        prop_oneof![any::<i32>(), -20i32..20, Just(i32::MIN), Just(i32::MAX)]
    }

    proptest! {
        #[test]
        fn both_forms_round_as_the_contract_says(value in edges(), shift in 0u8..=30) {
            for rounding in Rounding::ALL {
                let wanted = rounding.shift_right(i128::from(value), shift) as i64;
                let narrow = rounded_narrow(rounding, value, i32::from(shift));
                prop_assert_eq!(i64::from(narrow), wanted, "{:?}", rounding);
                let wide = rounded_wide(rounding, i64::from(value), i64::from(shift));
                prop_assert_eq!(wide, wanted, "{:?}", rounding);
            }
        }

        #[test]
        fn wide_products_round_as_the_contract_says(value in any::<i64>(), shift in 0u8..=61) {
            for value in [value >> 2, value >> 30, value >> 2 << shift] {
                let value = value.clamp(-(1 << 61), 1 << 61);
                for rounding in Rounding::ALL {
                    let wanted = rounding.shift_right(i128::from(value), shift) as i64;
                    let found = rounded_wide(rounding, value, i64::from(shift));
                    prop_assert_eq!(found, wanted, "{:?}", rounding);
                }
            }
        }
    }
}
