//! Output stages of the contract, and the ports that ask a module for them.

use bitladder_blocks::arith::{OutputConfig, ScaleConfig};
use bitladder_spec::{IntType, OutputStage, Requant, Rounding, Saturation, SplitMix64};

use crate::support::{Bench, Word};

pub(crate) const SATURATIONS: [Saturation; 3] =
    [Saturation::Saturate, Saturation::Symmetric, Saturation::Wrap];

pub(crate) fn ty(bits: u8, signed: bool) -> IntType {
    IntType::new(bits, signed).unwrap()
}

/// Every choice there is, for a handful of types.
pub(crate) fn everything(types: &[IntType]) -> OutputConfig {
    OutputConfig {
        roundings: Rounding::ALL.to_vec(),
        saturations: SATURATIONS.to_vec(),
        types: types.to_vec(),
        zero_point: true,
        clamp: true,
    }
}

/// Runs one stage's settings on a bench: selects what the stage asks for.
pub(crate) fn select(bench: &mut Bench, config: &OutputConfig, stage: &OutputStage) {
    let at = |found: Option<usize>| found.unwrap() as i128;
    if config.roundings.len() > 1 {
        bench.set("rounding", at(config.roundings.iter().position(|r| *r == stage.rounding)));
    }
    if config.saturations.len() > 1 {
        bench.set("saturation", at(config.saturations.iter().position(|s| *s == stage.saturation)));
    }
    if config.types.len() > 1 {
        bench.set("ty", at(config.types.iter().position(|t| *t == stage.ty)));
    }
    if config.zero_point {
        bench.set("zero_point", i128::from(stage.zero_point));
    }
    if config.clamp {
        bench.set("clamp_lo", i128::from(stage.clamp.lo));
        bench.set("clamp_hi", i128::from(stage.clamp.hi));
    }
}

/// All stages that differ in a choice, with varying zero points and clamps.
pub(crate) fn stages(config: &OutputConfig, noise: &mut SplitMix64) -> Vec<OutputStage> {
    let mut stages = Vec::new();
    for ty in &config.types {
        for (rounding, saturation) in config
            .roundings
            .iter()
            .flat_map(|rounding| config.saturations.iter().map(move |s| (*rounding, *s)))
        {
            let span = ty.span();
            let mut pick = || span.lo + noise.below((span.hi - span.lo + 1) as u64) as i64;
            let (a, b, zero) = (pick(), pick(), pick());
            let clamp = match (config.clamp, a % 3) {
                (true, 0) => bitladder_spec::Span::new(a.min(b), a.max(b)),
                (true, 1) => bitladder_spec::Span::new(span.lo, span.lo),
                _ => span,
            };
            let zero_point =
                if config.zero_point { zero.clamp(-(1 << 31), (1 << 31) - 1) as i32 } else { 0 };
            let base = OutputStage::raw();
            stages.push(OutputStage { rounding, saturation, zero_point, ty: *ty, clamp, ..base });
        }
    }
    stages
}

/// Corners and random numbers of a width.
pub(crate) fn number(noise: &mut SplitMix64, bits: u32, index: usize) -> i64 {
    let (least, most) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
    match index {
        0 => least,
        1 => most,
        2..=7 => (index as i64 - 4).clamp(least, most),
        // Small and large magnitudes alike.
        _ => (noise.next_u64() as i64 >> (64 - bits)) >> noise.below(u64::from(bits)),
    }
}

pub(crate) fn requant(noise: &mut SplitMix64, scale: ScaleConfig, index: usize) -> Requant {
    let most = (1u64 << scale.multiplier_bits) - 1;
    let multiplier = match index % 4 {
        0 => 1,
        1 => most,
        _ => 1 + noise.below(most),
    };
    let shift = match index % 5 {
        0 => 0,
        1 => scale.max_shift as u8,
        2 => 1,
        _ => noise.below(u64::from(scale.max_shift) + 1) as u8,
    };
    Requant::new(multiplier as u32, shift).unwrap()
}

pub(crate) fn factors(scale: ScaleConfig, requant: Requant) -> Word {
    let shift = i128::from(requant.shift_amount());
    if scale.multiplier_bits > 1 { vec![requant.multiplier().into(), shift] } else { vec![shift] }
}

pub(crate) fn fields(first: &[&'static str], scale: ScaleConfig) -> Vec<&'static str> {
    let more: &[&str] =
        if scale.multiplier_bits > 1 { &["multiplier", "shift"] } else { &["shift"] };
    [first, more].concat()
}
