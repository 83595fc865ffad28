//! Golden traces against traces of the RTL.

use bitladder_device::{Device, Memory, Pins, rust_sim_of};
use bitladder_hdl_machine::top::machine;
use bitladder_machine::isa::Operation;
use bitladder_rtl::mutate::{FaultKind, faults};
use bitladder_verify::trace::Level;

use bitladder_wavediff::Report;
use bitladder_wavediff::report::Mismatch;

use crate::support::{config, diff, example, golden, simulate, text};

#[test]
fn the_rtl_shows_what_the_golden_trace_does() {
    for format in ["16", "8", "4"] {
        let example = example(format);
        let folder = tempfile::tempdir().unwrap();
        simulate(folder.path(), &example);
        for level in [Level::Transaction, Level::Tile, Level::Cycle] {
            let written = golden(folder.path(), level, &example);
            let report = diff(folder.path());
            assert_eq!(report.exit_code(), 0, "{format} {level:?}: {}", text(&report));
            assert_eq!(report.samples, written.transactions, "{format} {level:?}: all of them");
            assert!(report.samples > 100);
        }
    }
}

/// What docs/verification.md promises of the level `cycle`.
#[test]
fn layers_end_when_the_cycle_level_says_so() {
    for format in ["16", "8", "4"] {
        let (program, inputs) = example(format);
        let folder = tempfile::tempdir().unwrap();
        let written = golden(folder.path(), Level::Cycle, &(program.clone(), inputs.clone()));
        let mut device = rust_sim_of(&machine(&program.config).unwrap()).unwrap();
        device.load(&program).unwrap();
        device.set_inputs(&inputs).unwrap();
        device.start().unwrap();
        let mut ends = Vec::new();
        let mut cycle = 0;
        while device.bus().pins().sim().get("control.sequencer.program_done").unwrap() == 0 {
            if device.bus().pins().sim().get("control.sequencer.over").unwrap() == 1 {
                ends.push(cycle);
            }
            device.bus().pins().step(1).unwrap();
            cycle += 1;
        }
        assert_eq!(ends.len(), written.layer_ends.len());
        let mut before = (0, 0);
        for (found, golden) in ends.into_iter().zip(written.layer_ends) {
            let (took, model) = (found - before.0, golden - before.1);
            assert!(took >= model * 4 / 5 && took <= model + 32, "{format}: {took}, not {model}");
            before = (found, golden);
        }
    }
}

/// The signal that differs first, and how.
fn earliest(report: &Report) -> (&str, &Mismatch) {
    let all = report.signals.iter().map(|signal| (signal.name.as_str(), &signal.listed[0]));
    all.min_by_key(|(_, mismatch)| mismatch.golden_time).unwrap()
}

#[test]
fn a_broken_lane_is_found_by_layer_tile_lane_bit_and_cycle() {
    let example = example("8");
    let top = machine(&config()).unwrap();
    // A bit of what lane 1 of row 2 hands on.
    let all = faults(&top);
    let stuck = all.iter().filter(|fault| fault.kind() == FaultKind::Stuck);
    let mut lane = stuck.filter(|fault| fault.place().starts_with("lane_2_1_"));
    let fault = lane.next().unwrap();
    assert!(fault.to_string().contains(": bit 0 stuck at"), "{fault}");
    let folder = tempfile::tempdir().unwrap();
    let mut device = rust_sim_of(&fault.apply(&top)).unwrap();
    crate::support::trace_of(&mut device, folder.path(), &example);
    golden(folder.path(), Level::Transaction, &example);
    let report = diff(folder.path());
    let said = text(&report);
    assert_eq!(report.exit_code(), 1, "{said}");
    let (name, first) = earliest(&report);
    // Bit 0, in the row that leaves the array second, at a time in both traces.
    assert_eq!((name, first.position, first.bits.as_slice()), ("core.result_1_o", 1, &[0][..]));
    assert_eq!((first.golden_time, first.dut_time > 1000), (35, true), "{said}");
    assert!(said.contains("bit 0, layer conv1, tile 0, lane 9, note column 1"), "{said}");
}

#[test]
fn a_wrong_weight_is_found_in_its_column() {
    let example = example("8");
    let program = &example.0;
    let descriptors = program.descriptors().unwrap();
    let d = descriptors.iter().filter(|d| d.operation == Operation::Conv).nth(1).unwrap();
    let mut device = rust_sim_of(&machine(&config()).unwrap()).unwrap();
    device.load(program).unwrap();
    // Word 5 of pass 1 for column 2.
    let word = (d.weight_base as usize + d.patch_words as usize + 5) * 4 + 2;
    let old = &program.memories.weights[word..word + 2];
    let wrong = u32::from(old[0] ^ 0x4040) | u32::from(old[1]) << 16;
    device.poke(Memory::Weight, word / 2, &[wrong]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    crate::support::trace_of(&mut device, folder.path(), &example);
    golden(folder.path(), Level::Transaction, &example);
    let report = diff(folder.path());
    let said = text(&report);
    let (name, first) = earliest(&report);
    assert_eq!((report.exit_code(), name), (1, "core.result_2_o"), "{said}");
    assert!(first.bits.contains(&14), "the weight is wrong by 64 times an activation: {said}");
    assert!(said.contains("layer conv2") && said.contains("column 2"), "{said}");
}
