//! Output stages over sixteen lanes at a time.
//!
//! Two forms of the same arithmetic: [`Narrow`] stays in 32 bits and shifts only, [`Wide`]
//! multiplies into 64 bits. The engine chooses by proof, per layer.

use bitladder_spec::{IntType, Rounding};

#[cfg(target_arch = "x86_64")]
use crate::kernels::x86_avx512;
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
    if rounding == Rounding::HalfUp {
        // The most frequent case has a shorter form: the last bit shifted out says where to go.
        let one = i32::from(shift != 0);
        let twice = value >> (shift - one);
        return (twice >> one) + (twice & one);
    }
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

/// `value / 2^shift`, rounded, in 64 bits; value within 62 bits, shifts up to 61. Sums and shifts
/// only: comparisons would keep the compiler from using whole registers.
#[inline(always)]
fn rounded_wide(rounding: Rounding, value: i64, shift: i64) -> i64 {
    let unit = 1i64 << shift;
    let floor = value >> shift;
    let negative = value >> 63;
    let tie_goes_up = match rounding {
        Rounding::HalfUp => return (value + (unit >> 1)) >> shift,
        Rounding::TowardZero => return (value + (negative & (unit - 1))) >> shift,
        Rounding::Floor => return floor,
        Rounding::HalfEven => floor & 1,
        Rounding::HalfAway => 1 + negative,
    };
    let twice_rest = 2 * (value & (unit - 1));
    // The difference is below zero, and its sign -1, where the value goes up.
    floor - ((unit - twice_rest - tie_goes_up) >> 63)
}

/// An output stage on the sixteen sums of a panel. A trait with `inline(always)` rather than a
/// closure, so that the loop is certain to be compiled for the caller's instruction set.
trait Lanes<T> {
    fn lanes(&self, panel: usize, sums: &[T; LANES]) -> [i32; LANES];
}

/// A stage whose rounding (by its place in [`Rounding::ALL`]) is known to the compiler.
struct Rounded<'a, S, const ROUNDING: usize>(&'a S);

impl<T: Copy + Into<i64>, const ROUNDING: usize> Lanes<T> for Rounded<'_, Narrow, ROUNDING> {
    #[inline(always)]
    fn lanes(&self, panel: usize, sums: &[T; LANES]) -> [i32; LANES] {
        let [lo, hi] = self.0.bounds;
        let shift = &self.0.shift[panel];
        let mut lanes = [0; LANES];
        for lane in 0..LANES {
            // Nothing is cut off: the sums are known to fit.
            let sum = sums[lane].into() as i32;
            let value = rounded_narrow(Rounding::ALL[ROUNDING], sum, shift[lane]);
            lanes[lane] = value.max(lo).min(hi).wrapping_add(self.0.zero_point);
        }
        lanes
    }
}

impl<T: Copy + Into<i64>, const ROUNDING: usize> Lanes<T> for Rounded<'_, Wide, ROUNDING> {
    #[inline(always)]
    fn lanes(&self, panel: usize, sums: &[T; LANES]) -> [i32; LANES] {
        let Wide { multiplier, shift, zero_point, wrap, bounds: [lo, hi], .. } = self.0;
        let (multiplier, shift) = (&multiplier[panel], &shift[panel]);
        // One loop per step: all in one, the compiler leaves some lanes to scalar instructions.
        let mut product = [0i64; LANES];
        for lane in 0..LANES {
            product[lane] = sums[lane].into() * i64::from(multiplier[lane]);
        }
        let shift = shift.map(i64::from);
        let mut placed = [0i64; LANES];
        for lane in 0..LANES {
            let rounding = Rounding::ALL[ROUNDING];
            placed[lane] = rounded_wide(rounding, product[lane], shift[lane]) + zero_point;
        }
        if let Some(ty) = wrap {
            placed.iter_mut().for_each(|value| *value = ty.wrap(*value));
        }
        let mut lanes = [0; LANES];
        for lane in 0..LANES {
            lanes[lane] = placed[lane].max(*lo).min(*hi) as i32;
        }
        lanes
    }
}

/// Writes the first lanes, as many as there is room for.
trait Store {
    fn store(lanes: &[i32; LANES], out: &mut [i32]);
}

/// In copies of fixed sizes, since a call per row of few outputs would cost more than the
/// arithmetic.
struct Pieces;

/// With one masked store; only for code compiled for AVX-512.
#[cfg(target_arch = "x86_64")]
struct Masked;

#[cfg(target_arch = "x86_64")]
impl Store for Masked {
    #[inline(always)]
    fn store(lanes: &[i32; LANES], out: &mut [i32]) {
        // SAFETY: only the AVX-512 variants of the functions below are made with this type.
        unsafe { x86_avx512::store(lanes, out) }
    }
}

impl Store for Pieces {
    #[inline(always)]
    fn store(lanes: &[i32; LANES], out: &mut [i32]) {
        store_pieces(lanes, out);
    }
}

#[inline(always)]
fn store_pieces(lanes: &[i32; LANES], out: &mut [i32]) {
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
fn tile<S: Store, T>(place: Place<'_>, sums: &[[T; LANES]], stage: &impl Lanes<T>) {
    let Place { out, stride, channels, panel, per_channel, panels } = place;
    for (row, sums) in sums.chunks_exact(panels).enumerate() {
        let out = &mut out[row * stride..][..channels];
        for (index, (sums, out)) in sums.iter().zip(out.chunks_mut(LANES)).enumerate() {
            let stage_panel = if per_channel { panel + index } else { panel };
            S::store(&stage.lanes(stage_panel, sums), out);
        }
    }
}

/// One loop per rounding, so that each is free of branches.
macro_rules! by_rounding {
    ($stage:ident, $sums:ident, $place:ident) => {
        match $stage.rounding {
            Rounding::HalfUp => tile::<S, _>($place, $sums, &Rounded::<_, 0>($stage)),
            Rounding::HalfEven => tile::<S, _>($place, $sums, &Rounded::<_, 1>($stage)),
            Rounding::HalfAway => tile::<S, _>($place, $sums, &Rounded::<_, 2>($stage)),
            Rounding::TowardZero => tile::<S, _>($place, $sums, &Rounded::<_, 3>($stage)),
            Rounding::Floor => tile::<S, _>($place, $sums, &Rounded::<_, 4>($stage)),
        }
    };
}

#[inline(always)]
fn narrow<S: Store, T: Copy + Into<i64>>(stage: &Narrow, sums: &[[T; LANES]], place: Place<'_>) {
    by_rounding!(stage, sums, place);
}

#[inline(always)]
fn wide<S: Store, T: Copy + Into<i64>>(stage: &Wide, sums: &[[T; LANES]], place: Place<'_>) {
    by_rounding!(stage, sums, place);
}

per_instruction_set! {
    /// Finishes a tile of 32-bit sums without multiplication.
    fn finish_narrow(stage: &Narrow, sums: &[[i32; LANES]], place: Place<'_>) =
        narrow::<Pieces, _>, avx512 = narrow::<Masked, _>;
}

per_instruction_set! {
    /// Finishes a tile of 64-bit sums that fit 32 bits, without multiplication.
    fn finish_narrow_64(stage: &Narrow, sums: &[[i64; LANES]], place: Place<'_>) =
        narrow::<Pieces, _>, avx512 = narrow::<Masked, _>;
}

per_instruction_set! {
    /// Finishes a tile of 32-bit sums.
    fn finish_wide(stage: &Wide, sums: &[[i32; LANES]], place: Place<'_>) =
        wide::<Pieces, _>, avx512 = wide::<Masked, _>;
}

per_instruction_set! {
    /// Finishes a tile of 64-bit sums.
    fn finish_wide_64(stage: &Wide, sums: &[[i64; LANES]], place: Place<'_>) =
        wide::<Pieces, _>, avx512 = wide::<Masked, _>;
}

#[cfg(test)]
#[path = "finish_tests.rs"]
mod tests;
