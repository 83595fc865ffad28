//! The requantiser and average pooling against `OutputStage::finish`.

use bitladder_blocks::arith::{
    AveragePoolConfig, OutputConfig, RequantiserConfig, ResidualAddConfig, ScaleConfig,
    average_pool, requantiser, residual_add,
};
use bitladder_spec::{IntType, OutputStage, Requant, Rounding, Saturation, SplitMix64, pool};

use crate::support::{Bench, Port, Word};
use crate::verilog::{Case, after_reset};

pub(crate) const SATURATIONS: [Saturation; 3] =
    [Saturation::Saturate, Saturation::Symmetric, Saturation::Wrap];

fn ty(bits: u8, signed: bool) -> IntType {
    IntType::new(bits, signed).unwrap()
}

/// Every choice there is, for a handful of types.
fn everything(types: &[IntType]) -> OutputConfig {
    OutputConfig {
        roundings: Rounding::ALL.to_vec(),
        saturations: SATURATIONS.to_vec(),
        types: types.to_vec(),
        zero_point: true,
        clamp: true,
    }
}

fn configs() -> Vec<RequantiserConfig> {
    let scale = |multiplier_bits, max_shift| ScaleConfig { multiplier_bits, max_shift };
    let plain = OutputConfig::plain;
    let hardware = [ty(16, true), ty(8, true), ty(8, false), ty(4, true), ty(2, true)];
    let wide = [ty(32, true), ty(32, false), ty(1, false)];
    let one = |rounding, saturation| OutputConfig {
        roundings: vec![rounding],
        saturations: vec![saturation],
        ..plain(ty(8, true))
    };
    let make =
        |accumulator_bits, scale, output| RequantiserConfig { accumulator_bits, scale, output };
    vec![
        make(32, scale(1, 31), plain(ty(8, true))),
        make(48, scale(31, 62), everything(&wide)),
        make(40, scale(16, 40), everything(&hardware)),
        make(20, scale(18, 1), one(Rounding::HalfEven, Saturation::Wrap)),
        make(9, scale(1, 62), one(Rounding::HalfAway, Saturation::Symmetric)),
        make(24, scale(8, 20), one(Rounding::TowardZero, Saturation::Saturate)),
        make(
            24,
            scale(17, 20),
            OutputConfig { clamp: false, ..one(Rounding::Floor, Saturation::Wrap) },
        ),
    ]
}

fn average_configs() -> Vec<AveragePoolConfig> {
    let make = |input, zero, max_count, multiplier_bits, max_shift, output| AveragePoolConfig {
        input,
        input_zero_point: zero,
        max_count,
        scale: ScaleConfig { multiplier_bits, max_shift },
        output,
    };
    let i8 = ty(8, true);
    vec![
        make(i8, false, 49, 1, 8, OutputConfig::plain(i8)),
        make(ty(8, false), true, 9, 16, 31, everything(&[ty(8, false), i8])),
        make(ty(16, true), true, 100, 31, 40, everything(&[ty(16, true), ty(4, true)])),
        make(ty(1, false), false, 1, 1, 1, OutputConfig::plain(i8)),
    ]
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> =
        configs().iter().map(|config| after_reset(requantiser(config).unwrap(), 400)).collect();
    cases.extend(average_configs().iter().map(|c| after_reset(average_pool(c).unwrap(), 900)));
    cases
}

/// Runs one stage's settings on a bench: selects what the stage asks for.
fn select(bench: &mut Bench, config: &OutputConfig, stage: &OutputStage) {
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
fn stages(config: &OutputConfig, noise: &mut SplitMix64) -> Vec<OutputStage> {
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
fn number(noise: &mut SplitMix64, bits: u32, index: usize) -> i64 {
    let (least, most) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
    match index {
        0 => least,
        1 => most,
        2..=7 => (index as i64 - 4).clamp(least, most),
        // Small and large magnitudes alike.
        _ => (noise.next_u64() as i64 >> (64 - bits)) >> noise.below(u64::from(bits)),
    }
}

fn requant(noise: &mut SplitMix64, scale: ScaleConfig, index: usize) -> Requant {
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

fn factors(scale: ScaleConfig, requant: Requant) -> Word {
    let shift = i128::from(requant.shift_amount());
    if scale.multiplier_bits > 1 { vec![requant.multiplier().into(), shift] } else { vec![shift] }
}

fn fields(first: &[&'static str], scale: ScaleConfig) -> Vec<&'static str> {
    let more: &[&str] =
        if scale.multiplier_bits > 1 { &["multiplier", "shift"] } else { &["shift"] };
    [first, more].concat()
}

#[test]
fn requantisation_is_the_contract_to_the_bit() {
    for config in configs() {
        let mut noise = SplitMix64::new(3);
        let mut bench = Bench::new(&requantiser(&config).unwrap());
        let fields = fields(&["accumulator"], config.scale);
        for stage in stages(&config.output, &mut noise) {
            assert_eq!(stage.validate(1), Ok(()));
            select(&mut bench, &config.output, &stage);
            let (mut words, mut wanted) = (Vec::new(), Vec::new());
            for index in 0..160 {
                let accumulator = number(&mut noise, config.accumulator_bits, index % 40);
                let requant = requant(&mut noise, config.scale, index);
                let stage = OutputStage { requant: vec![requant], ..stage.clone() };
                words.push([vec![accumulator.into()], factors(config.scale, requant)].concat());
                wanted.push(i128::from(stage.finish(accumulator, 0, 1)));
            }
            let out = Port::new("out", &["value"], 6);
            let found = bench.run(&Port::new("in", &fields, 7), &words, &out, words.len());
            for ((word, wanted), found) in words.iter().zip(wanted).zip(found) {
                // `finish` hands out unsigned 32-bit values by their bits.
                assert_eq!(i128::from(found[0] as i32), wanted, "{word:?} {stage:?}");
            }
        }
    }
}

#[test]
fn exact_halves_round_by_name() {
    let config = RequantiserConfig {
        accumulator_bits: 8,
        scale: ScaleConfig { multiplier_bits: 1, max_shift: 3 },
        output: OutputConfig { clamp: false, zero_point: false, ..everything(&[ty(8, true)]) },
    };
    let mut bench = Bench::new(&requantiser(&config).unwrap());
    for rounding in Rounding::ALL {
        let base = OutputStage { rounding, ty: ty(8, true), ..OutputStage::raw() };
        select(&mut bench, &config.output, &base);
        let pairs = (-128i64..128).flat_map(|a| (0..=3u8).map(move |shift| (a, shift)));
        let words: Vec<Word> =
            pairs.clone().map(|(a, shift)| vec![a.into(), shift.into()]).collect();
        let out = Port::new("out", &["value"], 8);
        let input = Port::new("in", &["accumulator", "shift"], 8);
        let found = bench.run(&input, &words, &out, words.len());
        for ((a, shift), found) in pairs.zip(found) {
            let wanted = Requant::shift(shift).unwrap().apply(a, 1, rounding);
            assert_eq!(found[0], i128::from(wanted), "{a} >> {shift} {rounding:?}");
        }
    }
}

#[test]
fn the_latency_is_as_stated() {
    for config in configs() {
        let mut bench = Bench::new(&requantiser(&config).unwrap());
        bench.set("in_valid", 1);
        for _ in 0..config.latency() {
            assert_eq!(bench.get("out_valid"), 0);
            bench.step();
        }
        assert_eq!(bench.get("out_valid"), 1, "{} stages", config.latency());
    }
}

#[test]
fn averages_are_the_contract_to_the_bit() {
    for config in average_configs() {
        let mut noise = SplitMix64::new(9);
        let mut bench = Bench::new(&average_pool(&config).unwrap());
        let fields = fields(&["value", "last"], config.scale);
        let span = config.input.span();
        for (round, stage) in stages(&config.output, &mut noise).into_iter().enumerate() {
            select(&mut bench, &config.output, &stage);
            let zero = match config.input_zero_point {
                true => (span.lo + noise.below((span.hi - span.lo) as u64) as i64) as i32,
                false => 0,
            };
            if config.input_zero_point {
                bench.set("input_zero_point", zero.into());
            }
            let (mut words, mut wanted) = (Vec::new(), Vec::new());
            for index in 0..24 {
                let requant = requant(&mut noise, config.scale, index + round);
                let stage = OutputStage { requant: vec![requant], ..stage.clone() };
                let count = if index < 2 {
                    config.max_count.into()
                } else {
                    1 + noise.below(config.max_count.into())
                };
                let value = |noise: &mut SplitMix64| match index {
                    0 => span.lo as i32,
                    1 => span.hi as i32,
                    _ => (span.lo + noise.below((span.hi - span.lo + 1) as u64) as i64) as i32,
                };
                let window: Vec<i32> = (0..count).map(|_| value(&mut noise)).collect();
                for (at, value) in window.iter().enumerate() {
                    let last = i128::from(at + 1 == window.len());
                    let word = vec![i128::from(*value), last];
                    words.push([word, factors(config.scale, requant)].concat());
                }
                let (sum, count) = pool::sum(window, zero);
                wanted.push(vec![i128::from(stage.finish(sum, 0, count))]);
            }
            let out = Port::new("out", &["value"], 5);
            let found = bench.run(&Port::new("in", &fields, 8), &words, &out, wanted.len());
            assert_eq!(found, wanted, "{stage:?}");
        }
    }
}

#[test]
fn a_residual_sum_goes_through_the_output_stage() {
    let u8 = ty(8, false);
    let config =
        ResidualAddConfig { inputs: [u8, ty(16, true)], zero_points: true, multiplier_bits: 12 };
    let behind = RequantiserConfig {
        accumulator_bits: config.sum_bits(),
        scale: ScaleConfig { multiplier_bits: 1, max_shift: 16 },
        output: OutputConfig::plain(u8),
    };
    let (mut add, mut end) =
        (Bench::new(&residual_add(&config).unwrap()), Bench::new(&requantiser(&behind).unwrap()));
    let stage = OutputStage {
        requant: vec![Requant::shift(14).unwrap()],
        ty: u8,
        clamp: u8.span(),
        ..OutputStage::raw()
    };
    select(&mut end, &behind.output, &stage);
    let mut noise = SplitMix64::new(31);
    for (zero_a, zero_b, m0, m1) in [(0, 0, 4095, 4095), (128, -32_768, 1, 4095), (255, 5, 77, 900)]
    {
        let settings =
            [("zero_a", zero_a), ("zero_b", zero_b), ("multiplier_a", m0), ("multiplier_b", m1)];
        settings.into_iter().for_each(|(name, value)| add.set(name, value.into()));
        let pick = |noise: &mut SplitMix64, index| match index {
            0 => (0i64, -32_768i64),
            1 => (255, 32_767),
            _ => (noise.below(256) as i64, noise.below(65_536) as i64 - 32_768),
        };
        let pairs: Vec<(i64, i64)> = (0..200).map(|index| pick(&mut noise, index)).collect();
        let words: Vec<Word> = pairs.iter().map(|(a, b)| vec![(*a).into(), (*b).into()]).collect();
        let sums =
            add.run(&Port::new("in", &["a", "b"], 7), &words, &Port::new("out", &["sum"], 5), 200);
        let shifted: Vec<Word> = sums.iter().map(|sum| vec![sum[0], 14]).collect();
        let input = Port::new("in", &["accumulator", "shift"], 8);
        let found = end.run(&input, &shifted, &Port::new("out", &["value"], 8), 200);
        for (((a, b), sum), found) in pairs.iter().zip(sums).zip(found) {
            let wanted =
                i64::from(m0) * (a - i64::from(zero_a)) + i64::from(m1) * (b - i64::from(zero_b));
            assert_eq!(sum[0], i128::from(wanted), "{a} {b}");
            assert_eq!(found[0], i128::from(stage.finish(wanted, 0, 1)), "{a} {b}");
        }
    }
}

#[test]
fn bad_configurations_are_refused() {
    let good = configs().swap_remove(0);
    let text = |config: RequantiserConfig| requantiser(&config).unwrap_err().to_string();
    let wide = text(RequantiserConfig { accumulator_bits: 49, ..good.clone() });
    assert_eq!(wide, "`requantiser.accumulator_bits` = 49 is out of range: 2 to 48");
    let scale = ScaleConfig { multiplier_bits: 32, max_shift: 1 };
    let multiplier = text(RequantiserConfig { scale, ..good.clone() });
    assert_eq!(multiplier, "`scale.multiplier_bits` = 32 is out of range: 1 to 31");
    let scale = ScaleConfig { multiplier_bits: 1, max_shift: 63 };
    let shift = text(RequantiserConfig { scale, ..good.clone() });
    assert_eq!(shift, "`scale.max_shift` = 63 is out of range: 1 to 62");
    let output = OutputConfig { roundings: vec![], ..good.output.clone() };
    let none = text(RequantiserConfig { output, ..good.clone() });
    assert!(none.starts_with("`output.roundings` = 0 is out of range: one or more"), "{none}");
    let i8 = ty(8, true);
    let output = OutputConfig { types: vec![i8, i8], ..good.output.clone() };
    let twice = text(RequantiserConfig { output, ..good });
    assert!(twice.starts_with("`output.types` = 2 is out of range"), "{twice}");
    let pool = AveragePoolConfig { max_count: 0, ..average_configs().swap_remove(0) };
    let pool = average_pool(&pool).unwrap_err().to_string();
    assert_eq!(pool, "`average_pool.max_count` = 0 is out of range: 1 to 65535");
    let add =
        ResidualAddConfig { inputs: [i8, ty(17, true)], zero_points: false, multiplier_bits: 1 };
    let add = residual_add(&add).unwrap_err().to_string();
    assert_eq!(add, "`residual_add.inputs (bits)` = 17 is out of range: 1 to 16");
}
