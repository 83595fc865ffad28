//! ReLU, adder trees, tiles and max pooling.

use bitladder_blocks::arith::{
    AdderTreeConfig, MaxPoolConfig, ReluConfig, ResidualAddConfig, TileConfig, TileWeights,
    adder_tree, max_pool, relu, residual_add, tile,
};
use bitladder_rtl::cosim::Plan;
use bitladder_spec::{IntType, Span, SplitMix64, pool, weight_code};

use crate::support::{Bench, Port, Word};
use crate::verilog::{Case, after_reset};

fn tile_of(weights: TileWeights, inputs: u32, relu: bool) -> TileConfig {
    let (neurons, activation_bits, accumulator_bits) = (2, 8, 40);
    TileConfig {
        neurons,
        inputs,
        activation_bits,
        weights,
        accumulator_bits,
        levels_per_stage: 2,
        relu,
    }
}

const WEIGHTS: [TileWeights; 4] = [
    TileWeights::Fixed { bits: 8 },
    TileWeights::PowerOfTwo,
    TileWeights::Ternary,
    TileWeights::Binary,
];

fn trees() -> Vec<AdderTreeConfig> {
    let tree = |inputs, bits, signed, levels_per_stage| AdderTreeConfig {
        inputs,
        bits,
        signed,
        levels_per_stage,
    };
    vec![tree(16, 32, true, 2), tree(5, 1, false, 1), tree(2, 64, true, 7), tree(37, 9, false, 3)]
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> =
        trees().iter().map(|c| (adder_tree(c).unwrap(), Plan::random(200, 5))).collect();
    for (weights, inputs) in WEIGHTS.into_iter().zip([4, 3, 9, 16]) {
        let module = tile(&tile_of(weights, inputs, inputs % 2 == 1)).unwrap();
        cases.push(after_reset(module, 300));
    }
    for (zero_point, upper) in [(false, false), (true, true)] {
        let config = ReluConfig { bits: 9, zero_point, upper };
        cases.push((relu(&config).unwrap(), Plan::random(200, 6)));
    }
    for (bits, signed) in [(8, true), (1, false)] {
        let ty = IntType::new(bits, signed).unwrap();
        cases.push(after_reset(max_pool(&MaxPoolConfig { ty }).unwrap(), 300));
        let (inputs, zero_points) = ([ty, IntType::new(16, false).unwrap()], signed);
        let config = ResidualAddConfig { inputs, zero_points, multiplier_bits: u32::from(bits) };
        cases.push(after_reset(residual_add(&config).unwrap(), 300));
    }
    cases
}

#[test]
fn relu_is_the_clamp_of_the_contract() {
    let mut plain =
        Bench::new(&relu(&ReluConfig { bits: 5, zero_point: false, upper: false }).unwrap());
    let mut full =
        Bench::new(&relu(&ReluConfig { bits: 5, zero_point: true, upper: true }).unwrap());
    for value in -16i64..16 {
        for bench in [&mut plain, &mut full] {
            bench.set("enable", 0);
            bench.set("value", value.into());
            assert_eq!(bench.get("result"), i128::from(value));
            bench.set("enable", 1);
        }
        assert_eq!(plain.get("result"), i128::from(value.max(0)));
        for (lo, hi) in [(0, 6), (-16, 15), (-3, -3), (9, 15)] {
            full.set("zero_point", lo.into());
            full.set("upper", hi.into());
            assert_eq!(full.get("result"), i128::from(Span::new(lo, hi).clamp(value)));
        }
    }
}

#[test]
fn trees_sum_exactly_after_their_latency() {
    let mut noise = SplitMix64::new(12);
    for config in trees() {
        let mut bench = Bench::new(&adder_tree(&config).unwrap());
        bench.set("enable", 1);
        for round in 0..40 {
            let operand = |noise: &mut SplitMix64| {
                let bits = match round {
                    0 => 1u64 << (config.bits - 1),
                    1 => u64::MAX,
                    _ => noise.next_u64(),
                };
                let spare = 64 - config.bits;
                match config.signed {
                    true => i128::from((bits << spare) as i64 >> spare),
                    false => i128::from(bits << spare >> spare),
                }
            };
            let operands: Vec<i128> = (0..config.inputs).map(|_| operand(&mut noise)).collect();
            for (index, operand) in operands.iter().enumerate() {
                bench.set(&format!("x_{index}"), *operand);
            }
            (0..config.latency()).for_each(|_| bench.step());
            assert_eq!(bench.get("sum"), operands.iter().sum::<i128>(), "{config:?}");
        }
    }
}

fn decode(weights: TileWeights, code: u16) -> i64 {
    let value = match weights {
        TileWeights::Fixed { bits } => Some(weight_code::fixed_decode(code, bits as u8)),
        TileWeights::PowerOfTwo => weight_code::power_decode(code),
        TileWeights::Ternary => weight_code::ternary_decode(code),
        TileWeights::Binary => weight_code::binary_decode(code),
    };
    value.unwrap_or(0).into()
}

fn code_bits(weights: TileWeights) -> u32 {
    match weights {
        TileWeights::Fixed { bits } => bits,
        TileWeights::PowerOfTwo => 6,
        TileWeights::Ternary => 2,
        TileWeights::Binary => 1,
    }
}

#[test]
fn tiles_sum_products_over_several_words() {
    let mut noise = SplitMix64::new(77);
    let sizes = |w| [(w, 4, true), (w, 7, false), (w, 16, true)];
    for (weights, inputs, relu) in WEIGHTS.into_iter().flat_map(sizes) {
        let config = tile_of(weights, inputs, relu);
        let (mut words, mut wanted): (Vec<Word>, Vec<Word>) = Default::default();
        for sum in 0..40u64 {
            let mut totals = [0i64; 2];
            let length = 1 + noise.below(4);
            for at in 0..length {
                let x: Vec<i64> = match sum {
                    0 => vec![-128; inputs as usize],
                    _ => (0..inputs).map(|_| noise.below(256) as i64 - 128).collect(),
                };
                let mut word: Word = x.iter().map(|x| i128::from(*x)).collect();
                for total in &mut totals {
                    for x in &x {
                        let code = noise.below(1 << code_bits(weights)) as u16;
                        let weight = decode(weights, code);
                        *total += weight * x;
                        let signed = matches!(weights, TileWeights::Fixed { .. });
                        word.push(if signed { weight.into() } else { code.into() });
                    }
                }
                word.push(i128::from(at + 1 == length));
                words.push(word);
            }
            let end = |total: i64| if relu { total.max(0) } else { total };
            wanted.push(totals.into_iter().map(|total| end(total).into()).collect());
        }
        let mut names: Vec<String> = (0..inputs).map(|i| format!("x_{i}")).collect();
        names.extend((0..2).flat_map(|n| (0..inputs).map(move |i| format!("w_{n}_{i}"))));
        names.push("last".to_owned());
        let fields: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut bench = Bench::new(&tile(&config).unwrap());
        let out = Port::new("out", &["y_0", "y_1"], 4);
        let found = bench.run(&Port::new("in", &fields, 6), &words, &out, wanted.len());
        assert_eq!(found, wanted, "{config:?}");
    }
}

#[test]
fn windows_give_their_largest_value() {
    let mut noise = SplitMix64::new(2);
    for (bits, signed) in [(8, true), (8, false), (16, true), (1, false)] {
        let ty = IntType::new(bits, signed).unwrap();
        let span = ty.span();
        let (mut words, mut wanted) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            let count = 1 + noise.below(9);
            let pick = |_| (span.lo + noise.below((span.hi - span.lo + 1) as u64) as i64) as i32;
            let window: Vec<i32> = (0..count).map(pick).collect();
            for (at, value) in window.iter().enumerate() {
                words.push(vec![i128::from(*value), i128::from(at + 1 == window.len())]);
            }
            wanted.push(vec![i128::from(pool::max(window).unwrap())]);
        }
        let mut bench = Bench::new(&max_pool(&MaxPoolConfig { ty }).unwrap());
        let input = Port::new("in", &["value", "last"], 6);
        assert_eq!(bench.run(&input, &words, &Port::new("out", &["value"], 5), 100), wanted);
    }
}

#[test]
fn bad_configurations_are_refused() {
    let relu = relu(&ReluConfig { bits: 1, zero_point: false, upper: false }).unwrap_err();
    assert_eq!(relu.to_string(), "`relu.bits` = 1 is out of range: 2 to 64");
    let tree = AdderTreeConfig { inputs: 129, bits: 8, signed: true, levels_per_stage: 1 };
    let tree = adder_tree(&tree).unwrap_err().to_string();
    assert_eq!(tree, "`adder_tree.inputs` = 129 is out of range: 2 to 128");
    let narrow = TileConfig { accumulator_bits: 17, ..tile_of(WEIGHTS[0], 4, true) };
    let narrow = tile(&narrow).unwrap_err().to_string();
    assert_eq!(narrow, "`tile.accumulator_bits` = 17 is out of range: 18 to 64");
}
