//! The emitted Verilog against the Rust simulation, and the linters' opinion of it.

#![allow(clippy::unwrap_used, reason = "a test")]

use bitladder_blocks::{
    ArrayConfig, ArrayPlan, Dataflow, Drain, Family, Mode, Multiplier, WeightKind, array,
};
use bitladder_rtl::Design;
use bitladder_rtl::cosim::{self, Plan};

mod support;
use support::{full, single, variants};

fn design(config: &ArrayConfig) -> Design {
    let plan = ArrayPlan::new(config).unwrap();
    Design::elaborate(&array(&plan).unwrap()).unwrap()
}

/// Every kind of lane; arrays of both dataflows and drains; some pruned ones.
fn designs() -> Vec<Design> {
    let lanes = variants();
    let mut configs: Vec<ArrayConfig> =
        lanes.iter().map(|(family, multiplier)| single(full(*family, *multiplier))).collect();
    for (dataflow, drain) in [
        (Dataflow::Broadcast, Drain::Bus),
        (Dataflow::Systolic, Drain::Chain),
        (Dataflow::Broadcast, Drain::Short),
    ] {
        let lane = full(Family::Ecp5, Multiplier::TwoDsp);
        configs.push(ArrayConfig { lane, rows: 2, columns: 3, dataflow, drain });
    }
    for modes in [vec![Mode::Word16], vec![Mode::Word8], vec![Mode::Word4, Mode::Binary]] {
        for (family, multiplier) in [
            (Family::Ecp5, Multiplier::Fabric),
            (Family::Ice40, Multiplier::Fabric),
            (Family::Ecp5, Multiplier::OneDsp),
            (Family::Ice40, Multiplier::HalfWord),
            (Family::Generic, Multiplier::TwoDsp),
            (Family::Ice40, Multiplier::Mac16),
        ] {
            let mut lane = full(family, multiplier);
            lane.modes.clone_from(&modes);
            lane.weights = vec![WeightKind::Fixed];
            configs.push(single(lane));
        }
    }
    let mut lane = full(Family::Generic, Multiplier::Fabric);
    lane.modes = vec![Mode::Binary];
    lane.weights = vec![WeightKind::Fixed];
    configs.push(single(lane));
    configs.iter().map(design).collect()
}

#[test]
fn verilog_and_rust_agree_in_every_cycle() {
    let designs = designs();
    // Few resets: a random one in every second cycle would keep the sums near zero.
    let plan = Plan::random(1500, 11).reset("rst_i", 2);
    let batch: Vec<(&Design, &Plan)> = designs.iter().map(|design| (design, &plan)).collect();
    cosim::verilator(&batch).unwrap();
}

#[test]
fn every_linter_is_content() {
    for design in designs() {
        cosim::lint(&design).unwrap();
    }
}
