//! The cores that the tests build.

use bitladder_blocks::{
    ArrayConfig, Dataflow, Drain, Family, LaneConfig, Mode, Multiplier, WeightKind,
};
use bitladder_hdl_machine::fetch::FetchConfig;

pub(crate) fn core(
    [rows, columns]: [u32; 2],
    modes: &[Mode],
    weights: &[WeightKind],
    multiplier: Multiplier,
) -> FetchConfig {
    let lane = LaneConfig {
        family: Family::Generic,
        multiplier,
        modes: modes.to_vec(),
        weights: weights.to_vec(),
        reduction: 4096,
        accumulator_bits: None,
    };
    let (dataflow, drain) = (Dataflow::Broadcast, Drain::Chain);
    FetchConfig {
        array: ArrayConfig { lane, rows, columns, dataflow, drain },
        activation_groups: 1 << 10,
        weight_groups: 1 << 10,
        patch_words: 256,
        operand_bits: 12,
        extent_bits: 8,
        pass_bits: 16,
        batches: true,
        dense: true,
        counters: true,
        scalar_entries: None,
        nested: false,
        quality: false,
        gate: None,
        pass_cycles: 0,
    }
}

/// The three wide modes, every kind of weight.
pub(crate) fn full() -> FetchConfig {
    let modes = [Mode::Word16, Mode::Word8, Mode::Word4];
    let kinds = [WeightKind::Fixed, WeightKind::PowerOfTwo, WeightKind::Ternary];
    let config = core([4, 4], &modes, &kinds, Multiplier::TwoDsp);
    FetchConfig { scalar_entries: Some(1 << 10), nested: true, quality: true, ..config }
}

/// All modes, an odd number of rows.
pub(crate) fn binary() -> FetchConfig {
    core([3, 2], &Mode::ALL, &[WeightKind::Fixed, WeightKind::Ternary], Multiplier::TwoDsp)
}

/// One mode without packing, one row.
pub(crate) fn wide() -> FetchConfig {
    core([1, 8], &[Mode::Word16], &[WeightKind::Fixed], Multiplier::OneDsp)
}

/// One mode, operands from lane to lane.
pub(crate) fn systolic() -> FetchConfig {
    let config = core([3, 4], &[Mode::Word8], &[WeightKind::Fixed], Multiplier::TwoDsp);
    let array = ArrayConfig { dataflow: Dataflow::Systolic, ..config.array };
    FetchConfig { array, ..config }
}

/// The fewest columns, no mode as wide as a word, as few registers as can be.
pub(crate) fn narrow() -> FetchConfig {
    let config =
        core([5, 2], &[Mode::Word8, Mode::Word4], &[WeightKind::Fixed], Multiplier::Fabric);
    let array = ArrayConfig { drain: Drain::Short, ..config.array };
    FetchConfig { array, activation_groups: 1 << 12, weight_groups: 1 << 12, ..config }
}
