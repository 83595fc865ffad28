//! Post lanes against `OutputStage::finish`.

use std::collections::VecDeque;

use bitladder_hdl_machine::post::{PostLaneConfig, post_lane};
use bitladder_spec::{IntType, OutputStage, Requant, Rounding, Saturation, Span, SplitMix64};

use crate::support::{Bench, SATURATIONS, one_of, roundings, signed};

pub(crate) fn configs() -> Vec<PostLaneConfig> {
    let make = |sum_bits, multiplier_bits, roundings, saturations: &[Saturation]| PostLaneConfig {
        sum_bits,
        multiplier_bits,
        shift_bits: 6,
        bias_bits: 40,
        value_bits: 32,
        stored_bits: 32,
        roundings,
        saturations: saturations.to_vec(),
    };
    let narrow = |stored_bits, config| PostLaneConfig { stored_bits, ..config };
    vec![
        make(38, 16, roundings(), &SATURATIONS),
        make(48, 17, vec![Rounding::HalfEven, Rounding::HalfUp], &SATURATIONS[..2]),
        make(20, 1, vec![Rounding::HalfAway], &SATURATIONS[2..]),
        make(37, 1, vec![Rounding::TowardZero, Rounding::Floor], &SATURATIONS[..1]),
        make(38, 9, vec![Rounding::HalfUp], &SATURATIONS[..2]),
        make(2, 2, vec![Rounding::Floor], &SATURATIONS),
        narrow(17, make(35, 1, vec![Rounding::HalfUp], &SATURATIONS[..1])),
        narrow(17, make(38, 9, roundings(), &SATURATIONS[..1])),
    ]
}

/// Whether bounds are too narrow for some stages, which then pass as they are.
fn is_narrow(config: &PostLaneConfig) -> bool {
    config.stored_bits < config.value_bits
}

fn stage(noise: &mut SplitMix64, config: &PostLaneConfig) -> OutputStage {
    let stored = one_of(noise, &[1u8, 2, 4, 5, 8, 15, 16, 31, 32]);
    let bits = if is_narrow(config) && stored == 31 { 32 } else { stored };
    let ty = IntType::new(bits, bits == 32 || (bits > 1 && noise.below(2) == 0)).unwrap();
    let span = ty.span();
    let pick =
        |noise: &mut SplitMix64| span.lo + noise.below((span.hi - span.lo + 1) as u64) as i64;
    let clamp = match noise.below(3) {
        0 => span,
        1 => Span::new(0, span.hi),
        _ => {
            let (a, b) = (pick(noise), pick(noise));
            Span::new(a.min(b), a.max(b))
        }
    };
    let result = is_narrow(config) && bits == 32;
    let (clamp, zero_point) = if result { (span, 0) } else { (clamp, pick(noise) as i32) };
    OutputStage {
        requant: vec![],
        rounding: one_of(noise, &config.roundings),
        zero_point,
        ty,
        saturation: one_of(noise, &config.saturations),
        clamp,
    }
}

/// Sets what is constant in a layer, as the post unit does.
fn select(bench: &mut Bench, config: &PostLaneConfig, stage: &OutputStage) {
    let mut optional = |port: &str, value: i64| {
        if bench.sim.input(port).is_ok() {
            bench.set(port, value);
        }
    };
    let rounding = config.roundings.iter().position(|known| *known == stage.rounding);
    optional("rounding", rounding.unwrap() as i64);
    optional("as_it_is", i64::from(stage.ty.bits() == 32));
    optional("wrap", i64::from(stage.saturation == Saturation::Wrap));
    let (bits, signed) = (stage.ty.bits(), stage.ty.is_signed());
    optional("type_mask", (1i64 << bits) - 1);
    optional("type_top", if signed { 1i64 << (bits - 1) } else { 0 });
    bench.set("zero_point", stage.zero_point);
    let reachable = stage.saturation.span(stage.ty).lo;
    let [lo, hi] = match is_narrow(config) && stage.ty.bits() == 32 {
        true => [0, 0],
        false => [stage.clamp.lo.max(reachable).min(stage.clamp.hi), stage.clamp.hi],
    };
    bench.set("clamp_lo", lo);
    bench.set("clamp_hi", hi);
}

/// A sum and its bias, multiplier and shift.
type Entry = (i64, i64, Requant);

fn entry(noise: &mut SplitMix64, config: &PostLaneConfig) -> Entry {
    // Both together fit the widest accumulator of the contract.
    let sum = signed(noise, config.sum_bits.min(47));
    let bias = signed(noise, 40);
    let most = (1u64 << config.multiplier_bits) - 1;
    let multiplier = match noise.below(4) {
        0 => 1,
        1 => most,
        _ => 1 + noise.below(most),
    };
    let shift = one_of(noise, &[0, 1, 2, 7, 16, 30, 40, 62]).min(62);
    (sum, bias, Requant::new(multiplier as u32, shift).unwrap())
}

fn check(config: &PostLaneConfig, bench: &mut Bench, stage: &OutputStage, count: usize) {
    select(bench, config, stage);
    let mut noise = SplitMix64::new(count as u64);
    let entries: Vec<Entry> = (0..count).map(|_| entry(&mut noise, config)).collect();
    let (mut waiting, mut found) = (entries.iter().collect::<VecDeque<_>>(), Vec::new());
    let (eager, takes) = (3 + bench.noise.below(6), 3 + bench.noise.below(6));
    for _ in 0..40 * count {
        let offered = waiting.front().filter(|_| bench.chance(eager)).copied();
        bench.set("in_valid", i128::from(offered.is_some()));
        if let Some((sum, bias, requant)) = offered {
            bench.set("in_sum", *sum);
            bench.set("in_bias", *bias);
            bench.set("in_shift", requant.shift_amount());
            if config.multiplier_bits > 1 {
                bench.set("in_multiplier", requant.multiplier());
            }
        }
        let ready = bench.chance(takes);
        bench.set("out_ready", i128::from(ready));
        if ready && bench.is("out_valid") {
            found.push(bench.get("out_data"));
        }
        if offered.is_some() && bench.is("in_ready") {
            waiting.pop_front();
        }
        bench.step();
        if found.len() == count {
            break;
        }
    }
    assert_eq!(found.len(), count, "values are missing");
    for ((sum, bias, requant), found) in entries.iter().zip(found) {
        let stage = OutputStage { requant: vec![*requant], ..stage.clone() };
        let wanted = stage.finish(sum + bias, 0, 1);
        assert_eq!(found, i128::from(wanted), "{sum} + {bias}, {stage:?}");
    }
}

#[test]
fn values_are_those_of_the_contract() {
    for (seed, config) in (1..).zip(configs()) {
        let mut bench = Bench::new(&post_lane(&config).unwrap(), seed);
        let mut noise = SplitMix64::new(seed);
        for _ in 0..60 {
            let stage = stage(&mut noise, &config);
            check(&config, &mut bench, &stage, 50);
        }
    }
}

#[test]
fn the_latency_is_as_stated() {
    for config in configs() {
        let mut bench = Bench::new(&post_lane(&config).unwrap(), 1);
        bench.set("in_valid", 1);
        for _ in 0..config.latency() {
            assert!(!bench.is("out_valid"));
            bench.step();
        }
        assert!(bench.is("out_valid"), "{} edges", config.latency());
    }
}

#[test]
fn bad_configurations_are_refused() {
    let good = configs().swap_remove(0);
    let text = |config: PostLaneConfig| post_lane(&config).unwrap_err().to_string();
    let wide = text(PostLaneConfig { sum_bits: 49, ..good.clone() });
    assert_eq!(wide, "`post_lane.sum_bits` = 49 is out of range: 2 to 48");
    let multiplier = text(PostLaneConfig { multiplier_bits: 18, ..good.clone() });
    assert_eq!(multiplier, "`post_lane.multiplier_bits` = 18 is out of range: 1 to 17");
    let none = text(PostLaneConfig { roundings: vec![], ..good.clone() });
    assert!(none.starts_with("`post_lane.roundings` = 0 is out of range: one or more"), "{none}");
    let narrow = text(PostLaneConfig { stored_bits: 17, ..good.clone() });
    assert!(narrow.starts_with("`post_lane.stored_bits` = 17"), "{narrow}");
    assert!(narrow.ends_with("values that wrap are as wide as results"), "{narrow}");
    let twice = text(PostLaneConfig { saturations: vec![Saturation::Wrap; 2], ..good });
    assert!(twice.starts_with("`post_lane.saturations` = 2 is out of range"), "{twice}");
}
