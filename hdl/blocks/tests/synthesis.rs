//! What Yosys makes of the modules: blocks where blocks are meant, none elsewhere, and no more
//! LUTs than stated.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, ClockSwitchConfig, Dataflow, Drain, Family, LaneConfig, LanePlan, Mode,
    Multiplier, SwitchCell, WeightKind, array, clock_switch, lane,
};
use bitladder_rtl::Module;
use bitladder_rtl::cosim;

mod support;

const FULL: [Mode; 3] = [Mode::Word16, Mode::Word8, Mode::Word4];

fn config_of(family: Family, multiplier: Multiplier, modes: &[Mode]) -> LaneConfig {
    LaneConfig {
        family,
        multiplier,
        modes: modes.to_vec(),
        weights: vec![WeightKind::Fixed],
        reduction: 500,
        accumulator_bits: None,
    }
}

fn lane_of(family: Family, multiplier: Multiplier, modes: &[Mode]) -> Arc<Module> {
    let plan = LanePlan::new(&config_of(family, multiplier, modes)).unwrap();
    lane(&plan, Drain::Chain).unwrap()
}

#[test]
fn ecp5_lanes_use_their_blocks_and_few_luts() {
    for (multiplier, blocks, most) in [
        (Multiplier::TwoDsp, 2, 160),
        (Multiplier::OneDsp, 1, 240),
        (Multiplier::HalfWord, 1, 130),
        (Multiplier::Fabric, 0, 460),
    ] {
        let cells = cosim::cells(&lane_of(Family::Ecp5, multiplier, &FULL), "synth_ecp5").unwrap();
        assert_eq!(cells.of(&["MULT18X18D"]), blocks, "{}", multiplier.name());
        let luts = cells.luts();
        assert!(luts <= most, "{}: {luts} LUTs, at most {most} are stated", multiplier.name());
    }
}

/// What a row or a column adds to an array, its lanes aside, stays small: there is nothing to
/// choose from in a single row, and no result waits beside it.
#[test]
fn a_row_of_lanes_takes_little_more_than_its_lanes() {
    let config = ArrayConfig {
        lane: config_of(Family::Ecp5, Multiplier::OneDsp, &FULL),
        rows: 1,
        columns: 4,
        dataflow: Dataflow::Broadcast,
        drain: Drain::Chain,
    };
    let module = array(&ArrayPlan::new(&config).unwrap()).unwrap();
    let luts = cosim::cells(&module, "synth_ecp5").unwrap().luts();
    assert!(luts <= 4 * 300, "{luts} LUTs for four lanes");
}

/// Synthesis must not turn the fabric's small products into blocks.
#[test]
fn fabric_products_stay_in_fabric_without_primitives_too() {
    let module = lane_of(Family::Generic, Multiplier::Fabric, &FULL);
    assert_eq!(cosim::cells(&module, "synth_ecp5").unwrap().of(&["MULT18X18D"]), 0);
    assert_eq!(cosim::cells(&module, "synth_ice40 -dsp").unwrap().of(&["SB_MAC16"]), 0);
    let module = lane_of(Family::Generic, Multiplier::OneDsp, &FULL);
    assert_eq!(cosim::cells(&module, "synth_ecp5").unwrap().of(&["MULT18X18D"]), 1);
}

#[test]
fn other_families_use_theirs() {
    let blocks = |modes: &[Mode]| {
        let module = lane_of(Family::Ice40, Multiplier::Mac16, modes);
        cosim::cells(&module, "synth_ice40 -dsp").unwrap().of(&["SB_MAC16"])
    };
    assert_eq!(blocks(&FULL), 2);
    assert_eq!(blocks(&FULL[1..]), 1);
    // As many LUTs as stated: synthesis must not take the rows of cells apart.
    for (multiplier, modes, blocks, most) in [
        (Multiplier::OneDsp, &FULL[..], 1, 270),
        (Multiplier::Fabric, &FULL, 0, 480),
        (Multiplier::Fabric, &FULL[1..], 0, 255),
    ] {
        let module = lane_of(Family::Ice40, multiplier, modes);
        let cells = cosim::cells(&module, "synth_ice40 -dsp").unwrap();
        assert_eq!(cells.of(&["SB_MAC16"]), blocks, "{}", multiplier.name());
        let luts = cells.luts();
        assert!(luts <= most, "{}: {luts} LUTs, at most {most} are stated", multiplier.name());
    }
    let module = lane_of(Family::Gowin, Multiplier::TwoDsp, &FULL);
    assert_eq!(cosim::cells(&module, "synth_gowin").unwrap().of(&["MULT18X18"]), 2);
}

#[test]
fn clock_switches_use_clock_cells() {
    let cells = |family, clocks, cell, command: &str| {
        let module = clock_switch(&ClockSwitchConfig { family, clocks, cell }).unwrap();
        cosim::cells(&module, command).unwrap()
    };
    let ecp5 = cells(Family::Ecp5, 3, SwitchCell::Interlock, "synth_ecp5");
    assert_eq!(ecp5.of(&["DCCA"]), 3);
    let ecp5 = cells(Family::Ecp5, 2, SwitchCell::Vendor, "synth_ecp5");
    assert_eq!(ecp5.of(&["DCSC"]), 1);
    let ice40 = cells(Family::Ice40, 2, SwitchCell::Interlock, "synth_ice40");
    assert_eq!(ice40.of(&["SB_GB"]), 2);
    assert_eq!(ice40.of(&["SB_DFFN"]), 2, "the gates' falling-edge registers");
    let gowin = cells(Family::Gowin, 4, SwitchCell::Vendor, "synth_gowin");
    assert_eq!(gowin.of(&["DCS"]), 1);
}
