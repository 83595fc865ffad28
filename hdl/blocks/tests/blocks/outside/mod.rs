//! Memory ports in front of models of memory that know the rules.

mod buses;
mod rig;
mod sdram;

use bitladder_blocks::io::WishboneMode;
use bitladder_blocks::memory::{
    MemoryPortConfig, SdramConfig, SdramTimes, axi4_master, sdram as controller_of, wishbone_master,
};
use bitladder_memory_models::{ChipSpec, WishboneKind};

use crate::verilog::{Case, after_reset};

const MODES: [(WishboneMode, WishboneKind); 2] = [
    (WishboneMode::Classic, WishboneKind::Classic),
    (WishboneMode::Pipelined, WishboneKind::Pipelined),
];

/// What the controller is told of a chip.
fn times(spec: &ChipSpec) -> SdramTimes {
    let t = &spec.times;
    SdramTimes {
        activate: t.activate,
        precharge: t.precharge,
        row_active: t.row_active,
        row_cycle: t.row_cycle,
        refresh: t.refresh,
        write_recovery: t.write_recovery,
        mode: t.mode,
        refresh_interval: t.refresh_interval,
        power_up: t.power_up,
    }
}

fn controller(spec: &ChipSpec, khz: u32, cas_latency: u32, inverted_clock: bool) -> SdramConfig {
    SdramConfig {
        row_bits: spec.row_bits,
        column_bits: spec.column_bits,
        data_bits: spec.data_bits,
        cas_latency,
        inverted_clock,
        times: times(spec),
        fastest_khz: khz,
        slowest_khz: khz,
    }
}

/// A small chip that wakes up soon, with times that differ from each other.
fn small() -> ChipSpec {
    let mut spec = ChipSpec { row_bits: 11, column_bits: 8, ..ChipSpec::W9825G6KH_6 };
    spec.times.power_up = 1_000_000;
    spec
}

fn port() -> MemoryPortConfig {
    MemoryPortConfig { data_bits: 32, address_bits: 12 }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> =
        MODES.map(|(mode, _)| after_reset(wishbone_master(&port(), mode).unwrap(), 800)).to_vec();
    cases.push(after_reset(axi4_master(&port()).unwrap(), 800));
    for inverted in [false, true] {
        let config = controller(&small(), 100_000, 2 + u32::from(inverted), inverted);
        cases.push(after_reset(controller_of(&config).unwrap(), 3000));
    }
    cases
}
