//! Exact ratios: rounded like the quotient they stand for.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::Reach;
use bitladder_hdl_machine::element::{
    ElementConfig, RatioConfig, WalkConfig, element_unit, ratio, walk,
};
use bitladder_machine::isa::Operation;
use bitladder_spec::{Rounding, SplitMix64};

use crate::layers;
use crate::support::{Bench, one_of, signed};

pub(crate) const CONFIGS: [RatioConfig; 3] = [
    RatioConfig { multiplier_bits: 17 },
    RatioConfig { multiplier_bits: 1 },
    RatioConfig { multiplier_bits: 6 },
];

#[test]
fn every_rounding_of_a_ratio_is_that_of_the_quotient() {
    for config in CONFIGS {
        let mut bench = Bench::new(&ratio(&config).unwrap(), 5);
        let mut noise = SplitMix64::new(config.multiplier_bits.into());
        for round in 0..300 {
            let divisor = one_of(&mut noise, &[1, 2, 3, 4, 7, 9, 49, 1000, (1 << 24) - 1]);
            // A mean of 17 bits at most.
            let mean = signed(&mut noise, 17).abs().min(65_535);
            let most = (mean * divisor).min((1 << 36) - 1);
            let sum = most - noise.below(most as u64 / 2 + 1) as i64;
            let sum = if round % 2 == 0 { sum } else { -sum };
            let largest = (1u64 << config.multiplier_bits) - 1;
            let factor = one_of(&mut noise, &[1, largest, largest / 2 + 1]) as i64;
            bench.set("sum", sum);
            bench.set("divisor", divisor);
            if config.multiplier_bits > 1 {
                bench.set("multiplier", factor);
            }
            bench.set("start", 1);
            bench.step();
            bench.set("start", 0);
            let mut cycles = 0;
            while bench.is("busy") {
                bench.step();
                cycles += 1;
            }
            assert_eq!(cycles, config.cycles());
            let value = bench.get("value");
            for (rounding, shift) in
                Rounding::ALL.into_iter().zip([0, 1, 2, 5, 20].into_iter().cycle().skip(round % 5))
            {
                let exact = i128::from(sum) * i128::from(factor);
                let wanted = rounding.divide(exact, i128::from(divisor) << shift);
                let found = rounding.shift_right(value, shift + 2);
                assert_eq!(found, wanted, "{sum} * {factor} / {divisor} >> {shift}, {rounding:?}");
            }
        }
    }
}

#[test]
fn bad_configurations_are_refused() {
    let bits = ratio(&RatioConfig { multiplier_bits: 18 }).unwrap_err().to_string();
    assert_eq!(bits, "`ratio.multiplier_bits` = 18 is out of range: 1 to 17");
    let (modes, reach) = (vec![Mode::Word8], Reach::FULL);
    let columns = walk(&WalkConfig {
        columns: 3,
        modes,
        activation_groups: 64,
        reach,
        pools_only: false,
        padding: true,
    });
    let columns = columns.unwrap_err();
    let wanted = "`walk.columns` = 3 is out of range: a power of two from 1 to 128";
    assert_eq!(columns.to_string(), wanted);
    let good = layers::configs().swap_remove(0).element;
    let text = |config: ElementConfig| element_unit(&config).unwrap_err().to_string();
    let modes = text(ElementConfig { modes: Mode::ALL.to_vec(), ..good.clone() });
    let wanted = "`element.modes` = 3 is out of range: modes of more than one bit: 0 to 2";
    assert_eq!(modes, wanted);
    let operations = text(ElementConfig { operations: vec![Operation::Conv], ..good.clone() });
    let wanted = "`element.operations` = 1 is out of range: operations without weights: 2 to 5";
    assert_eq!(operations, wanted);
    let dividers = text(ElementConfig { dividers: 3, ..good.clone() });
    let wanted = "`element.dividers` = 3 is out of range: 0, or a divisor of the 4 columns";
    assert_eq!(dividers, wanted);
    let groups = text(ElementConfig { activation_groups: 0, ..good });
    assert_eq!(groups, "`element.activation_groups` = 0 is out of range: 1 to 4194304");
}
