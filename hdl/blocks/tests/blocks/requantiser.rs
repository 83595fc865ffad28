//! The requantiser against `OutputStage::finish`.

use bitladder_blocks::arith::{OutputConfig, RequantiserConfig, ScaleConfig, requantiser};
use bitladder_spec::{OutputStage, Requant, Rounding, Saturation, SplitMix64};

use crate::stage::{everything, factors, fields, number, requant, select, stages, ty};
use crate::support::{Bench, Port, Word};
use crate::verilog::{Case, after_reset};

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
        make(
            16,
            scale(1, 8),
            OutputConfig {
                // The same for unsigned types: the selector has nothing to select.
                saturations: vec![Saturation::Saturate, Saturation::Symmetric],
                ..plain(ty(8, false))
            },
        ),
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

pub(crate) fn cases() -> Vec<Case> {
    configs().iter().map(|config| after_reset(requantiser(config).unwrap(), 400)).collect()
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
}
