//! Weight blocks: every code of every format.

use std::sync::Arc;

use bitladder_blocks::weights::{
    QsqDecoderConfig, QsqVectorConfig, WeightBlockConfig, XnorConfig, binary_block, power_block,
    qsq_decoder, qsq_vector, ternary_block, xnor_popcount,
};
use bitladder_rtl::Module;
use bitladder_rtl::cosim::Plan;
use bitladder_spec::{SplitMix64, weight_code};

use crate::support::{Bench, Port};
use crate::verilog::{Case, after_reset};

type Blocks = [(Arc<Module>, fn(u16) -> Option<i32>, u32); 3];

fn blocks(activation_bits: u32) -> Blocks {
    let config = WeightBlockConfig { activation_bits };
    [
        (power_block(&config).unwrap(), weight_code::power_decode, 6),
        (ternary_block(&config).unwrap(), weight_code::ternary_decode, 2),
        (binary_block(&config).unwrap(), weight_code::binary_decode, 1),
    ]
}

pub(crate) fn cases() -> Vec<Case> {
    let free = |module| (module, Plan::random(300, 8));
    let mut cases: Vec<Case> =
        [5, 16].into_iter().flat_map(blocks).map(|(module, ..)| free(module)).collect();
    for (lanes, masked) in [(2, false), (64, false), (33, true), (48, true)] {
        cases.push(free(xnor_popcount(&XnorConfig { lanes, masked }).unwrap()));
    }
    cases.push(free(qsq_decoder(&QsqDecoderConfig { scalar_bits: 13 }).unwrap()));
    let vector = QsqVectorConfig { activation_bits: 8, scalar_bits: 8, max_length: 64 };
    cases.push(after_reset(qsq_vector(&vector).unwrap(), 500));
    cases
}

#[test]
fn every_code_times_every_activation() {
    for (module, decode, code_bits) in blocks(6) {
        let mut bench = Bench::new(&module);
        for code in 0..1u16 << code_bits {
            bench.set("code", i128::from(code));
            // Codes without a meaning: the block must not be relied on, but drops them.
            let weight = i128::from(decode(code).unwrap_or(0));
            for activation in -32..32 {
                bench.set("activation", activation);
                assert_eq!(bench.get("product"), weight * activation, "{code:b}");
            }
        }
    }
}

#[test]
fn the_extremes_of_wide_activations_do_not_overflow() {
    for (module, decode, code_bits) in blocks(16) {
        let mut bench = Bench::new(&module);
        for code in 0..1u16 << code_bits {
            bench.set("code", i128::from(code));
            for activation in [-32_768, -32_767, -1, 0, 1, 32_767] {
                bench.set("activation", activation);
                let weight = i128::from(decode(code).unwrap_or(0));
                assert_eq!(bench.get("product"), weight * activation, "{code:b}");
            }
        }
    }
}

#[test]
fn every_3_bit_code_times_every_scalar() {
    let mut bench = Bench::new(&qsq_decoder(&QsqDecoderConfig { scalar_bits: 13 }).unwrap());
    for code in 0..8u16 {
        bench.set("code", i128::from(code));
        let factor = i128::from(weight_code::qsq_decode(code).unwrap());
        for scalar in 0..1 << 13 {
            bench.set("scalar", scalar);
            assert_eq!(bench.get("weight"), factor * scalar);
        }
        assert_eq!(bench.get("skip"), i128::from(factor == 0));
        let idle = code == weight_code::QSQ_NO_OPERATION;
        assert_eq!(bench.get("no_operation"), i128::from(idle));
    }
}

#[test]
fn scaling_once_per_vector_gives_the_sum_of_the_products() {
    let config = QsqVectorConfig { activation_bits: 8, scalar_bits: 8, max_length: 8 };
    let mut noise = SplitMix64::new(17);
    let (mut words, mut wanted) = (Vec::new(), Vec::new());
    for vector in 0..200u64 {
        let scalar = if vector < 4 { 255 } else { noise.below(256) as i32 };
        let length = if vector < 4 { 8 } else { 1 + noise.below(8) };
        let mut sum = 0i128;
        for index in 0..length {
            let code = if vector < 4 { 6 } else { noise.below(8) as u16 };
            let x = if vector < 4 { -128 } else { noise.below(256) as i32 - 128 };
            sum += i128::from(weight_code::qsq_decode(code).unwrap() * scalar * x);
            let last = i128::from(index + 1 == length);
            words.push(vec![i128::from(code), i128::from(x), last, i128::from(scalar)]);
        }
        wanted.push(vec![sum]);
    }
    assert_eq!(wanted[0][0], 8 * 4 * 128 * 255, "the extreme of the format");
    let fields = ["code", "activation", "last", "scalar"];
    for (offered, taken) in [(8, 8), (4, 3)] {
        let mut bench = Bench::new(&qsq_vector(&config).unwrap());
        let out = Port::new("out", &["sum"], taken);
        assert_eq!(bench.run(&Port::new("in", &fields, offered), &words, &out, 200), wanted);
    }
}

#[test]
fn binary_dot_products_count_equal_bits() {
    for lanes in [2u32, 5, 8] {
        let mut plain = Bench::new(&xnor_popcount(&XnorConfig { lanes, masked: false }).unwrap());
        let mut masked = Bench::new(&xnor_popcount(&XnorConfig { lanes, masked: true }).unwrap());
        let all = (1u32 << lanes) - 1;
        let dot = |w: u32, x: u32, mask: u32| -> i128 {
            let value = |word: u32, lane: u32| {
                i128::from(weight_code::binary_decode((word >> lane & 1) as u16).unwrap())
            };
            let used = (0..lanes).filter(|lane| mask >> lane & 1 == 1);
            used.map(|lane| value(w, lane) * value(x, lane)).sum()
        };
        for (w, x) in (0..=all).flat_map(|w| (0..=all).map(move |x| (w, x))) {
            let mask = (w * 7 + x * 3) & all;
            for bench in [&mut plain, &mut masked] {
                bench.set("weights", i128::from(w));
                bench.set("activations", i128::from(x));
            }
            masked.set("mask", i128::from(mask));
            assert_eq!(plain.get("dot"), dot(w, x, all), "{w:b} {x:b}");
            assert_eq!(masked.get("dot"), dot(w, x, mask), "{w:b} {x:b} {mask:b}");
        }
    }
}

#[test]
fn bad_sizes_are_refused() {
    let bits = power_block(&WeightBlockConfig { activation_bits: 33 }).unwrap_err();
    assert_eq!(bits.to_string(), "`power_block.activation_bits` = 33 is out of range: 2 to 32");
    let scalar = qsq_decoder(&QsqDecoderConfig { scalar_bits: 14 }).unwrap_err();
    assert_eq!(scalar.to_string(), "`qsq_decoder.scalar_bits` = 14 is out of range: 1 to 13");
    let lanes = xnor_popcount(&XnorConfig { lanes: 1, masked: true }).unwrap_err();
    assert_eq!(lanes.to_string(), "`xnor_popcount.lanes` = 1 is out of range: 2 to 128");
    let length = QsqVectorConfig { activation_bits: 8, scalar_bits: 8, max_length: 0 };
    let length = qsq_vector(&length).unwrap_err().to_string();
    assert_eq!(length, "`qsq_vector.max_length` = 0 is out of range: 1 to 65536");
}
