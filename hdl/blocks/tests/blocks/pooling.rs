//! Average pooling and residual sums against the contract.

use bitladder_blocks::arith::{
    AveragePoolConfig, OutputConfig, RequantiserConfig, ResidualAddConfig, ScaleConfig,
    average_pool, requantiser, residual_add,
};
use bitladder_spec::{OutputStage, Requant, Span, SplitMix64, pool};

use crate::stage::{everything, factors, fields, requant, select, stages, ty};
use crate::support::{Bench, Port, Word};
use crate::verilog::{Case, after_reset};

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
    average_configs().iter().map(|c| after_reset(average_pool(c).unwrap(), 900)).collect()
}

/// A random value of a span.
fn within(span: Span, noise: &mut SplitMix64) -> i32 {
    (span.lo + noise.below((span.hi - span.lo + 1) as u64) as i64) as i32
}

/// Window number `index`: the first two are full of the extremes.
fn window(config: &AveragePoolConfig, index: usize, noise: &mut SplitMix64) -> Vec<i32> {
    let (span, longest) = (config.input.span(), config.max_count);
    match index {
        0 => vec![span.lo as i32; longest as usize],
        1 => vec![span.hi as i32; longest as usize],
        _ => (0..=noise.below(longest.into())).map(|_| within(span, noise)).collect(),
    }
}

#[test]
fn averages_are_the_contract_to_the_bit() {
    for config in average_configs() {
        let mut noise = SplitMix64::new(9);
        let mut bench = Bench::new(&average_pool(&config).unwrap());
        let fields = fields(&["value", "last"], config.scale);
        for (round, stage) in stages(&config.output, &mut noise).into_iter().enumerate() {
            select(&mut bench, &config.output, &stage);
            let mut zero = 0;
            if config.input_zero_point {
                zero = within(config.input.span(), &mut noise);
                bench.set("input_zero_point", zero.into());
            }
            let (mut words, mut wanted) = (Vec::new(), Vec::new());
            for index in 0..24 {
                let requant = requant(&mut noise, config.scale, index + round);
                let stage = OutputStage { requant: vec![requant], ..stage.clone() };
                let window = window(&config, index, &mut noise);
                for (at, value) in window.iter().enumerate() {
                    let word = vec![i128::from(*value), i128::from(at + 1 == window.len())];
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
    let mut add = Bench::new(&residual_add(&config).unwrap());
    let mut end = Bench::new(&requantiser(&behind).unwrap());
    let requant = vec![Requant::shift(14).unwrap()];
    let stage = OutputStage { requant, ty: u8, clamp: u8.span(), ..OutputStage::raw() };
    select(&mut end, &behind.output, &stage);
    let mut noise = SplitMix64::new(31);
    for (zero_a, zero_b, m0, m1) in [(0, 0, 4095, 4095), (128, -32_768, 1, 4095), (255, 5, 77, 900)]
    {
        let settings =
            [("zero_a", zero_a), ("zero_b", zero_b), ("multiplier_a", m0), ("multiplier_b", m1)];
        settings.into_iter().for_each(|(name, value)| add.set(name, value.into()));
        let random = |_| (noise.below(256) as i64, noise.below(65_536) as i64 - 32_768);
        let corners = [(0, -32_768), (255, 32_767)];
        let pairs: Vec<(i64, i64)> = corners.into_iter().chain((2..200).map(random)).collect();
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
    let pool = AveragePoolConfig { max_count: 0, ..average_configs().swap_remove(0) };
    let pool = average_pool(&pool).unwrap_err().to_string();
    assert_eq!(pool, "`average_pool.max_count` = 0 is out of range: 1 to 65535");
    let add = ResidualAddConfig {
        inputs: [ty(8, true), ty(17, true)],
        zero_points: false,
        multiplier_bits: 1,
    };
    let add = residual_add(&add).unwrap_err().to_string();
    assert_eq!(add, "`residual_add.inputs (bits)` = 17 is out of range: 1 to 16");
}
