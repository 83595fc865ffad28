//! Configurations that are refused, and what they are told; sizes that follow from good ones.

#![allow(clippy::unwrap_used, reason = "a test")]

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, Family, LaneConfig, LanePlan, Mode, Multiplier, WeightKind,
};

mod support;
use support::{full, single};

fn refused(config: &LaneConfig) -> String {
    LanePlan::new(config).unwrap_err().to_string()
}

#[test]
fn a_narrow_accumulator_is_refused_with_the_range() {
    let mut config = full(Family::Generic, Multiplier::Fabric);
    config.weights = vec![WeightKind::Fixed];
    config.reduction = 800;
    assert_eq!(LanePlan::new(&config).unwrap().accumulator_bits(), 41);
    config.accumulator_bits = Some(40);
    let text = "`lane.accumulator_bits` = 40 is out of range: 41 to 48 for sums of 800 products";
    assert_eq!(refused(&config), text);
    config.accumulator_bits = Some(49);
    assert!(refused(&config).contains("41 to 48"));
    config.accumulator_bits = Some(48);
    assert_eq!(LanePlan::new(&config).unwrap().accumulator_bits(), 48);
}

#[test]
fn a_reduction_beyond_the_contract_is_refused() {
    let mut config = full(Family::Generic, Multiplier::Fabric);
    for reduction in [0, 1 << 18] {
        config.reduction = reduction;
        let text = format!(
            "`lane.reduction` = {reduction} is out of range: 1 up to what fits an accumulator of \
             48 bits"
        );
        assert_eq!(refused(&config), text);
    }
}

#[test]
fn contradictions_name_both_keys_and_the_remedy() {
    let mut config = full(Family::Ice40, Multiplier::Mac16);
    config.weights.push(WeightKind::PowerOfTwo);
    let text = "`lane.multiplier` = mac16 does not go with `lane.weights` = power-of-two: +2^15 \
                does not fit its 16-bit operand: choose fabric or shifter";
    assert_eq!(refused(&config), text);
    let told = |family, multiplier| refused(&full(family, multiplier));
    assert!(told(Family::Ecp5, Multiplier::Mac16).contains("SB_MAC16 exists on iCE40 UltraPlus"));
    assert!(told(Family::Ice40, Multiplier::TwoDsp).contains("choose mac16 or dsp1"));
    let mut config = full(Family::Ice40, Multiplier::OneDsp);
    config.weights.push(WeightKind::PowerOfTwo);
    assert!(refused(&config).starts_with("`lane.multiplier` = dsp1 does not go with"));

    let mut config = full(Family::Generic, Multiplier::Shifter);
    config.weights.push(WeightKind::Fixed);
    assert!(refused(&config).contains("only power-of-two, ternary and qsq weights are shifts"));
    config.weights.pop();
    config.modes.push(Mode::Word8);
    assert!(refused(&config).contains("it shifts 16-bit activations only"));

    let mut config = full(Family::Generic, Multiplier::Fabric);
    config.modes = vec![Mode::Word8, Mode::Word4];
    let text = "`lane.weights` = power-of-two does not go with `lane.modes` = 2x8, 4x4: \
                power-of-two weights need 1x16, ternary and qsq weights 1x16, 2x8 or 4x4";
    assert_eq!(refused(&config), text);
}

#[test]
fn empty_lists_are_refused() {
    let mut config = full(Family::Generic, Multiplier::Fabric);
    config.weights.clear();
    assert!(refused(&config).contains("`lane.weights`"), "{}", refused(&config));
    config.modes.clear();
    let text = "`lane.modes` = 0 is out of range: a list with at least one mode";
    assert_eq!(refused(&config), text);
}

#[test]
fn an_array_has_up_to_128_rows_and_columns() {
    let mut config = single(full(Family::Generic, Multiplier::Fabric));
    config.columns = 129;
    let error = ArrayPlan::new(&config).unwrap_err().to_string();
    assert_eq!(error, "`array.columns` = 129 is out of range: 1 to 128");
    config = ArrayConfig { columns: 1, rows: 0, ..config };
    let error = ArrayPlan::new(&config).unwrap_err().to_string();
    assert_eq!(error, "`array.rows` = 0 is out of range: 1 to 128");
}

#[test]
fn sizes_follow_from_what_is_asked_for() {
    let blocks = |multiplier, modes: &[Mode]| {
        let mut config = full(Family::Generic, multiplier);
        config.weights = vec![WeightKind::Fixed];
        config.modes = modes.to_vec();
        LanePlan::new(&config).unwrap().dsp_blocks()
    };
    let wide = [Mode::Word16, Mode::Word8, Mode::Word4];
    assert_eq!(blocks(Multiplier::TwoDsp, &wide), 2);
    assert_eq!(blocks(Multiplier::TwoDsp, &wide[..1]), 1);
    assert_eq!(blocks(Multiplier::OneDsp, &wide), 1);
    assert_eq!(blocks(Multiplier::HalfWord, &wide), 1);
    assert_eq!(blocks(Multiplier::Mac16, &wide), 2);
    assert_eq!(blocks(Multiplier::Mac16, &wide[1..]), 1);
    assert_eq!(blocks(Multiplier::Fabric, &wide), 0);
    assert_eq!(blocks(Multiplier::OneDsp, &[Mode::Binary]), 0);

    let half = LanePlan::new(&full(Family::Generic, Multiplier::HalfWord)).unwrap();
    assert_eq!(Mode::ALL.map(|mode| half.parts(mode)), [1, 1, 2, 16]);
    let packed = LanePlan::new(&full(Family::Ecp5, Multiplier::TwoDsp)).unwrap();
    assert_eq!((packed.fraction(Mode::Word16), packed.fraction(Mode::Word4)), (0, 9));
    assert_eq!(packed.result_bits(Mode::Word8), packed.accumulator_bits() - 9);
}
