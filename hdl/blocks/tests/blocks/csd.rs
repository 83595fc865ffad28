//! Canonic signed digits against the golden arithmetic.

use bitladder_blocks::Family;
use bitladder_blocks::csd::{
    CsdMultiplierConfig, CsdRecoderConfig, CsdSerialConfig, CsdTruncateConfig, Gating,
    csd_multiplier, csd_recoder, csd_serial, csd_truncate,
};
use bitladder_rtl::cosim::Plan;
use bitladder_spec::SplitMix64;
use bitladder_spec::csd::{Csd, Quality, max_digits, truncate};

use crate::support::{Bench, Port, Word};
use crate::verilog::{Case, after_reset};

const GATINGS: [Gating; 4] = [
    Gating::None,
    Gating::Enables,
    Gating::ClockCell(Family::Ecp5),
    Gating::ClockCell(Family::Gowin),
];

fn parallel(weight_bits: u32, activation_bits: u32, gating: Gating) -> CsdMultiplierConfig {
    CsdMultiplierConfig { weight_bits, activation_bits, gating }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [2, 8, 16, 31]
        .map(|weight_bits| csd_recoder(&CsdRecoderConfig { weight_bits }).unwrap())
        .map(|module| (module, Plan::random(200, 2)))
        .to_vec();
    cases.extend([2, 4, 8, 16].map(|weight_bits| {
        (csd_truncate(&CsdTruncateConfig { weight_bits }).unwrap(), Plan::random(400, 5))
    }));
    for (weight_bits, activation_bits) in [(8, 8), (16, 16), (5, 3), (2, 32)] {
        let gatings = GATINGS.iter().take(if weight_bits == 8 { 4 } else { 2 });
        for gating in gatings {
            let config = parallel(weight_bits, activation_bits, *gating);
            cases.push(after_reset(csd_multiplier(&config).unwrap(), 400));
        }
        let serial = csd_serial(&CsdSerialConfig { weight_bits, activation_bits }).unwrap();
        cases.push(after_reset(serial, 600));
    }
    cases
}

fn kept(weight: i32, bits: u32, quality: Quality) -> Csd {
    Csd::recode(weight, bits as u8).unwrap().keep(quality)
}

fn qualities(bits: u32, drops: &[u8]) -> Vec<Quality> {
    let digits = 0..=max_digits(bits as u8);
    let each = digits.flat_map(|digits| drops.iter().map(move |drop| (digits, *drop)));
    each.map(|(digits, dropped_lsbs)| Quality { digits, dropped_lsbs }).collect()
}

#[test]
fn digits_are_dropped_as_the_contract_says() {
    for bits in [2u32, 4, 5, 8, 16] {
        let config = CsdTruncateConfig { weight_bits: bits };
        let mut bench = Bench::new(&csd_truncate(&config).unwrap());
        let step = if bits == 16 { 7 } else { 1 };
        let half = 1i32 << (bits - 1);
        let weights = (-half..half).step_by(step).chain([half - 1]);
        for (weight, digits) in
            weights.flat_map(|w| (0..=max_digits(bits as u8)).map(move |d| (w, d)))
        {
            bench.set("weight", weight.into());
            bench.set("digits", digits.into());
            let wanted = if digits == 0 { weight } else { truncate(weight, bits as u8, digits) };
            assert_eq!(bench.get("kept"), wanted.into(), "{weight} in {bits} bits, {digits}");
        }
    }
    let text = csd_truncate(&CsdTruncateConfig { weight_bits: 17 }).unwrap_err().to_string();
    assert_eq!(text, "`csd_truncate.weight_bits` = 17 is out of range: 2 to 16");
}

#[test]
fn every_weight_of_8_and_16_bits_is_recoded() {
    for bits in [2u32, 3, 8, 16] {
        let mut bench = Bench::new(&csd_recoder(&CsdRecoderConfig { weight_bits: bits }).unwrap());
        for weight in -(1i32 << (bits - 1))..1 << (bits - 1) {
            bench.set("weight", weight.into());
            let (positive, negative) = (bench.get("positive"), bench.get("negative"));
            let digits = Csd::recode(weight, bits as u8).unwrap();
            for (position, digit) in digits.digits().iter().enumerate() {
                let found = (positive >> position & 1) - (negative >> position & 1);
                assert_eq!(found, i128::from(*digit), "{weight} at {position}");
            }
        }
    }
}

/// Weights with activations: all weights of 8 bits, corners and random ones of 16.
fn pairs(bits: u32, activation_bits: u32) -> Vec<(i32, i64)> {
    let mut noise = SplitMix64::new(21);
    let half = 1i64 << (activation_bits - 1);
    let corner = [-half, half - 1, -1, 1];
    let activation = |noise: &mut SplitMix64, index: usize| match index % 8 {
        at @ 0..4 => corner[at],
        _ => noise.below(2 * half as u64) as i64 - half,
    };
    let weights: Vec<i32> = match bits {
        16 => {
            let mut some = vec![-32_768, 32_767, 0x5555, -0x5555, 0, 1, -1, 21_845, -21_846];
            some.extend((0..250).map(|_| noise.below(65_536) as i32 - 32_768));
            some
        }
        _ => (-(1 << (bits - 1))..1 << (bits - 1)).collect(),
    };
    let enumerated = weights.into_iter().enumerate();
    enumerated.map(|(index, weight)| (weight, activation(&mut noise, index / 3 + index))).collect()
}

fn check(bench: &mut Bench, bits: u32, activation_bits: u32, drops: &[u8], eager: u64) {
    let pairs = pairs(bits, activation_bits);
    let words: Vec<Word> = pairs.iter().map(|(w, x)| vec![(*w).into(), (*x).into()]).collect();
    for quality in qualities(bits, drops) {
        bench.set("digits", quality.digits.into());
        bench.set("dropped_lsbs", quality.dropped_lsbs.into());
        let input = Port::new("in", &["weight", "activation"], eager);
        let found = bench.run(&input, &words, &Port::new("out", &["product"], 6), words.len());
        for ((weight, x), found) in pairs.iter().zip(found) {
            let wanted = kept(*weight, bits, quality).times(*x);
            assert_eq!(found[0], i128::from(wanted), "{weight} * {x} at {quality:?}");
            let bound = i128::from(quality.error_bound(bits as u8)) * i128::from(x.abs());
            let exact = i128::from(*weight) * i128::from(*x);
            assert!((found[0] - exact).abs() <= bound, "{weight} * {x} at {quality:?}");
        }
    }
}

#[test]
fn parallel_products_are_the_golden_ones() {
    for gating in GATINGS {
        for (bits, activation_bits) in [(8, 8), (5, 4), (16, 16)] {
            let module = csd_multiplier(&parallel(bits, activation_bits, gating)).unwrap();
            let drops: &[u8] = if bits == 16 { &[0, 9] } else { &[0, 1, 4] };
            check(&mut Bench::new(&module), bits, activation_bits, drops, 7);
        }
    }
}

#[test]
fn serial_products_are_the_golden_ones() {
    for (weight_bits, activation_bits) in [(8, 8), (5, 4), (16, 16)] {
        let module = csd_serial(&CsdSerialConfig { weight_bits, activation_bits }).unwrap();
        check(&mut Bench::new(&module), weight_bits, activation_bits, &[0, 3], 6);
    }
}

#[test]
fn a_serial_product_takes_a_cycle_for_each_kept_digit() {
    let config = CsdSerialConfig { weight_bits: 8, activation_bits: 8 };
    let mut bench = Bench::new(&csd_serial(&config).unwrap());
    bench.set("out_ready", 1);
    for quality in qualities(8, &[0, 2]) {
        for weight in -128..128 {
            assert_eq!(bench.get("in_ready"), 1);
            bench.set("in_valid", 1);
            bench.set("in_weight", weight.into());
            bench.set("digits", quality.digits.into());
            bench.set("dropped_lsbs", quality.dropped_lsbs.into());
            bench.step();
            bench.set("in_valid", 0);
            let mut cycles = 0;
            while bench.get("out_valid") == 0 {
                bench.step();
                cycles += 1;
            }
            assert_eq!(cycles, kept(weight, 8, quality).non_zero(), "{weight} {quality:?}");
            bench.step();
        }
    }
}

#[test]
fn only_slots_with_a_kept_digit_work_and_the_others_keep_their_operands() {
    let mut bench = Bench::new(&csd_multiplier(&parallel(8, 8, Gating::Enables)).unwrap());
    bench.set("in_valid", 1);
    bench.set("out_ready", 1);
    let mut noise = SplitMix64::new(4);
    for quality in qualities(8, &[0, 3]) {
        bench.set("digits", quality.digits.into());
        bench.set("dropped_lsbs", quality.dropped_lsbs.into());
        for weight in -128..128 {
            bench.set("in_weight", weight.into());
            let x = i128::from(noise.below(256)) - 128;
            bench.set("in_activation", x);
            let names = [0, 1, 2, 3].map(|slot| format!("x_{slot}_q"));
            let before = names.clone().map(|name| bench.get(&name));
            bench.step();
            let digits = kept(weight, 8, quality);
            assert_eq!(bench.get("working"), digits.non_zero() as i128);
            for (slot, (name, before)) in names.iter().zip(before).enumerate() {
                let used = digits.digits()[2 * slot..2 * slot + 2].iter().any(|digit| *digit != 0);
                assert_eq!(bench.get(name), if used { x } else { before }, "{weight} {slot}");
            }
        }
    }
}

#[test]
fn bad_widths_are_refused() {
    let text = csd_multiplier(&parallel(17, 8, Gating::None)).unwrap_err().to_string();
    assert_eq!(text, "`csd_multiplier.weight_bits` = 17 is out of range: 2 to 16");
    let serial = CsdSerialConfig { weight_bits: 8, activation_bits: 33 };
    let text = csd_serial(&serial).unwrap_err().to_string();
    assert_eq!(text, "`csd_serial.activation_bits` = 33 is out of range: 2 to 32");
    let text = csd_recoder(&CsdRecoderConfig { weight_bits: 1 }).unwrap_err().to_string();
    assert_eq!(text, "`csd_recoder.weight_bits` = 1 is out of range: 2 to 31");
}
