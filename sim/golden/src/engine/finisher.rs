//! Choosing the cheapest exact form of an output stage.

use bitladder_spec::{OutputStage, Saturation, Span};

use crate::kernels::{
    Kernel, LANES, Narrow, Place, Wide, finish_narrow, finish_narrow_64, finish_wide,
    finish_wide_64,
};

/// Largest product a [`Wide`] stage takes: leaves room for rounding and zero point.
const MAX_PRODUCT: i128 = 1 << 61;

/// An output stage, laid out in panels.
#[derive(Debug, Clone)]
pub(super) struct Finisher {
    form: Form,
    /// Whether each panel has numbers of its own, or all share the first's.
    per_channel: bool,
}

#[derive(Debug, Clone)]
enum Form {
    Narrow(Narrow),
    Wide(Wide),
    /// By the definition, one by one: sums too large for the other forms, and divisors that are no
    /// power of two.
    Exact {
        stage: OutputStage,
        divisor: u32,
        channels: Vec<[usize; LANES]>,
    },
}

impl Finisher {
    /// `span` holds every sum; `channels` names the channel of each panel's lanes. The divisor is
    /// a pooling window's element count, and 1 elsewhere.
    pub(super) fn new(
        stage: &OutputStage,
        span: Span,
        channels: &[[usize; LANES]],
        divisor: u32,
    ) -> Self {
        let per_channel = stage.requant.len() > 1;
        let used = if per_channel { channels } else { &channels[..1.min(channels.len())] };
        let exact = || Form::Exact { stage: stage.clone(), divisor, channels: used.to_vec() };
        let form = if divisor.is_power_of_two() {
            let extra = divisor.trailing_zeros() as u8;
            narrow(stage, span, used, extra)
                .map(Form::Narrow)
                .or_else(|| wide(stage, span, used, extra).map(Form::Wide))
                .unwrap_or_else(exact)
        } else {
            exact()
        };
        Self { form, per_channel }
    }

    /// Whether a tensor may be treated as one long row.
    pub(super) fn is_uniform(&self) -> bool {
        !self.per_channel
    }

    /// A place for a tile whose first panel is `panel`.
    pub(super) fn place<'a>(
        &self,
        out: &'a mut [i32],
        stride: usize,
        channels: usize,
        panel: usize,
    ) -> Place<'a> {
        let (per_channel, panels) = (self.per_channel, channels.div_ceil(LANES));
        let panel = if per_channel { panel } else { 0 };
        Place { out, stride, channels, panel, per_channel, panels }
    }

    /// Finishes 32-bit sums, `[row][panel]`.
    pub(super) fn finish(&self, kernel: Kernel, sums: &[[i32; LANES]], mut place: Place<'_>) {
        match &self.form {
            Form::Narrow(stage) => finish_narrow(kernel, stage, sums, place),
            Form::Wide(stage) => finish_wide(kernel, stage, sums, place),
            Form::Exact { stage, divisor, channels } => {
                exact(stage, *divisor, channels, sums, &mut place);
            }
        }
    }

    /// Finishes 64-bit sums, `[row][panel]`.
    pub(super) fn finish_64(&self, kernel: Kernel, sums: &[[i64; LANES]], mut place: Place<'_>) {
        match &self.form {
            Form::Narrow(stage) => finish_narrow_64(kernel, stage, sums, place),
            Form::Wide(stage) => finish_wide_64(kernel, stage, sums, place),
            Form::Exact { stage, divisor, channels } => {
                exact(stage, *divisor, channels, sums, &mut place);
            }
        }
    }
}

fn exact<T: Copy + Into<i64>>(
    stage: &OutputStage,
    divisor: u32,
    channels: &[[usize; LANES]],
    sums: &[[T; LANES]],
    place: &mut Place<'_>,
) {
    for (row, sums) in sums.chunks_exact(place.panels).enumerate() {
        let out = &mut place.out[row * place.stride..][..place.channels];
        for (index, out) in out.iter_mut().enumerate() {
            let (panel, lane) = (index / LANES, index % LANES);
            let own = if place.per_channel { place.panel + panel } else { place.panel };
            let sum = sums[panel][lane].into();
            *out = stage.finish(sum, channels[own][lane], divisor);
        }
    }
}

/// The range of results: saturation and activation in one clamp.
fn bounds(stage: &OutputStage) -> Span {
    let kept = stage.saturation.span(stage.ty);
    Span::new(stage.clamp.clamp(kept.lo), stage.clamp.clamp(kept.hi))
}

fn narrow(
    stage: &OutputStage,
    span: Span,
    channels: &[[usize; LANES]],
    extra: u8,
) -> Option<Narrow> {
    let shifts_only =
        stage.requant.iter().all(|r| r.is_shift_only() && r.shift_amount() + extra <= 30);
    let bounds = bounds(stage).minus(i64::from(stage.zero_point));
    let word = Span::new(i64::from(i32::MIN), i64::from(i32::MAX));
    let reachable = bounds.lo <= word.hi && bounds.hi >= word.lo;
    if !shifts_only || !word.covers(span) || !reachable || stage.saturation == Saturation::Wrap {
        return None;
    }
    let shift = |channel: &usize| i32::from(stage.requant_of(*channel).shift_amount() + extra);
    Some(Narrow {
        rounding: stage.rounding,
        shift: panels(channels, shift),
        bounds: [bounds.lo, bounds.hi].map(|bound| word.clamp(bound) as i32),
        zero_point: stage.zero_point,
    })
}

fn wide(stage: &OutputStage, span: Span, channels: &[[usize; LANES]], extra: u8) -> Option<Wide> {
    let largest = i128::from(span.lo).abs().max(i128::from(span.hi).abs());
    let suits = stage.requant.iter().all(|r| {
        largest * i128::from(r.multiplier()) <= MAX_PRODUCT && r.shift_amount() + extra <= 61
    });
    if !suits {
        return None;
    }
    let wraps = stage.saturation == Saturation::Wrap;
    let bounds = bounds(stage);
    let of = |channel: &usize| stage.requant_of(*channel);
    Some(Wide {
        rounding: stage.rounding,
        multiplier: panels(channels, |channel| of(channel).multiplier() as i32),
        shift: panels(channels, |channel| i32::from(of(channel).shift_amount() + extra)),
        zero_point: i64::from(stage.zero_point),
        wrap: wraps.then_some(stage.ty),
        bounds: [bounds.lo, bounds.hi],
    })
}

fn panels(channels: &[[usize; LANES]], of: impl Fn(&usize) -> i32) -> Vec<[i32; LANES]> {
    channels.iter().map(|lanes| std::array::from_fn(|lane| of(&lanes[lane]))).collect()
}

/// The channel of each lane when panels follow each other; lanes beyond the last repeat it.
pub(super) fn channel_panels(channels: usize) -> Vec<[usize; LANES]> {
    let last = channels.saturating_sub(1);
    let lane = |panel: usize, lane: usize| (panel * LANES + lane).min(last);
    (0..channels.div_ceil(LANES)).map(|p| std::array::from_fn(|l| lane(p, l))).collect()
}
