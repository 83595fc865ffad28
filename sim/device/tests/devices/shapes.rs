//! Random networks on arrays of other shapes and makes, in the Rust simulation.

use bitladder_device::rust_sim;
use bitladder_machine::{ArrayGate, Dataflow, Family, MachineConfig, Multiplier};

use crate::backends;
use crate::networks::run_random;

fn runs(rows: usize, columns: usize, change: impl Fn(&mut MachineConfig)) {
    let mut config = backends::config();
    config.name = format!("sim-{rows}x{columns}");
    (config.array.rows, config.array.columns) = (rows, columns);
    config.post.lanes = columns;
    change(&mut config);
    let mut device = rust_sim(&config).unwrap();
    let (ran, _) = run_random(&mut device, &config, 200..230);
    assert!(ran >= 15, "only {ran} networks fit {}", config.name);
    // Block RAM gives anything for a word that is written at the same edge.
    assert_eq!(device.bus().pins().sim().collisions(), 0);
}

#[test]
fn wide_and_packed() {
    runs(3, 8, |config| {
        config.array.multiplier = Multiplier::Dsp2;
        config.array.accumulator_bits = 48;
    });
}

#[test]
fn tall_and_systolic() {
    runs(8, 2, |config| config.array.dataflow = Dataflow::Systolic);
}

#[test]
fn a_clock_cell_stops_the_array() {
    for family in [Family::Ecp5, Family::Ice40] {
        runs(3, 4, |config| {
            config.family = family;
            config.clock.array_gate = ArrayGate::Cell;
        });
    }
}

#[test]
fn a_single_row() {
    runs(1, 16, |config| {
        config.array.multiplier = Multiplier::Dsp1;
        config.array.accumulator_bits = 48;
    });
}

#[test]
fn memories_that_are_no_powers_of_two() {
    runs(5, 4, |config| {
        config.memory.activation_groups = 3000;
        config.memory.weight_groups = 9999;
        config.memory.parameter_entries = 1500;
        config.memory.patch_words = 1000;
        config.memory.result_words = 3333;
    });
}

#[test]
fn fewer_post_lanes_than_columns() {
    runs(3, 4, |config| config.post.lanes = 2);
    runs(2, 4, |config| config.post.lanes = 1);
}
