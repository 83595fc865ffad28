//! Weights in external memory: what the compiler puts there, and what comes of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;

use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_golden::oracle;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, Operation};
use bitladder_machine::{
    BusMemory, ExternalMemory, MachineConfig, Program, compile, cycles, interpret,
};

/// The machine for simulation with little weight memory and plenty outside.
fn config(weight_groups: usize) -> MachineConfig {
    let text = include_str!("../../configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    config.array.accumulator_bits = 48;
    config.memory.weight_groups = weight_groups;
    config.memory.program_descriptors = 1 << 12;
    config.memory.activation_groups = 1 << 14;
    config.external_memory =
        Some(ExternalMemory::Axi4(BusMemory { data_bits: 32, words: 1 << 20 }));
    config
}

fn loads(program: &Program) -> usize {
    program.descriptors().unwrap().iter().filter(|d| d.operation == Operation::Load).count()
}

/// A program whose weights do not fit inside.
fn example() -> Program {
    let limits = Limits { layers: 4, channels: 12, side: 6, widths: vec![8], accumulator_bits: 40 };
    let mut programs =
        (0..200).filter_map(|seed| compile(&random_network(seed, &limits), &config(120), 2).ok());
    programs.find(|program| loads(program) > 3).unwrap()
}

#[test]
fn networks_compute_the_same_wherever_their_weights_are() {
    let widths = vec![16, 8, 8, 4, 4, 1, 3];
    let limits = Limits { layers: 4, channels: 12, side: 6, widths, accumulator_bits: 40 };
    let (mut ran, mut all_loads) = (0, 0);
    for seed in 0..150 {
        let network = random_network(seed, &limits);
        let roomy = config(1 << 16);
        let Ok(inside) = compile(&network, &roomy, 2) else { continue };
        let (columns, used) = (roomy.array.columns, inside.memories.weights.len());
        assert_eq!((loads(&inside), inside.memories.external.len()), (0, 0), "it fits");
        let Ok(program) = compile(&network, &config((used / columns / 2).max(4)), 2) else {
            continue;
        };
        let inputs = random_inputs(&network, 2, seed).unwrap();
        let outcome = interpret(&program, &inputs).unwrap();
        assert_eq!(outcome.results, oracle::run(&network, &inputs, |_, _| ()).unwrap(), "{seed}");
        assert_eq!(outcome, interpret(&inside, &inputs).unwrap(), "seed {seed}");
        ran += 1;
        all_loads += loads(&program);
        let placed = program.placement().unwrap();
        let groups: usize = placed.iter().map(|place| place.inside + place.outside).sum();
        assert_eq!(groups * columns, used, "seed {seed}: every weight has one place");
    }
    assert!(ran >= 60 && all_loads >= 50, "{ran} networks, {all_loads} loads");
}

#[test]
fn every_load_is_waited_for_by_the_next() {
    let program = example();
    let config = &program.config;
    let descriptors = program.descriptors().unwrap();
    let mut pages: Vec<u32> = Vec::new();
    let mut pending = None;
    let columns = config.array.columns;
    let inside = program.memories.weights.len() / columns;
    for d in &descriptors {
        match d.operation {
            Operation::Load => {
                // What was pending is there from now on.
                pages.extend(pending.take());
                pages.retain(|page| d.total_pixels == 0 || *page != d.weight_base);
                pending = (d.total_pixels > 0).then_some(d.weight_base);
            }
            Operation::Conv if d.weight_base as usize >= inside => {
                assert!(pages.contains(&d.weight_base), "{d:?} has no weights");
            }
            _ => {}
        }
    }
    assert_eq!(pending, None, "nothing is under way at the end");
}

#[test]
fn waiting_for_memory_is_its_own_cause() {
    let program = example();
    let report = cycles(&program, &program.config).unwrap();
    let waits: u64 = report.layers.iter().map(|layer| layer.stalls.memory).sum();
    assert!(waits >= loads(&program) as u64, "{waits}");
    assert!(report.to_string().contains("| memory |"));
    assert_eq!(report.cycles, report.frame + report.layers.iter().map(|l| l.cycles).sum::<u64>());
}

#[test]
fn corrupt_weights_outside_are_found_by_their_layer() {
    let mut program = example();
    let first = program.descriptors().unwrap()[0].clone();
    assert_eq!(first.operation, Operation::Load);
    let mut memories = (*program.memories).clone();
    memories.external[first.input_base as usize * 4 + 1] ^= 0x10;
    program.memories = Arc::new(memories);
    let mut machine = bitladder_machine::Machine::new(&program.config, program.memories.clone());
    let error = machine.run(program.start, &mut bitladder_machine::Blind).unwrap_err().to_string();
    let wanted = format!("layer {}: weights from external memory have the checksum", first.layer);
    assert!(error.starts_with(&wanted), "{error}");
}

#[test]
fn what_does_not_fit_outside_either_is_refused() {
    let limits = Limits { layers: 4, channels: 12, side: 6, widths: vec![8], accumulator_bits: 40 };
    let mut small = config(120);
    small.external_memory = Some(ExternalMemory::Axi4(BusMemory { data_bits: 32, words: 16 }));
    let refused = (0..100).find_map(|seed| {
        let error = compile(&random_network(seed, &limits), &small, 2).err()?.to_string();
        error.contains("`external_memory` is 8").then_some(error)
    });
    assert!(
        refused.unwrap().ends_with("use narrower weights, fewer precisions, or a larger memory")
    );
    // A pass larger than a page stays a refusal of weight memory.
    let refused = (0..100).find_map(|seed| {
        let error = compile(&random_network(seed, &limits), &config(3), 2).err()?.to_string();
        error.contains("`memory.weight_groups` is 3").then_some(error)
    });
    assert!(refused.is_some());
}

#[test]
fn programs_of_a_package_share_what_is_outside() {
    let program = example();
    let used = program.memory_use();
    let external = used.iter().find(|used| used.key == "external_memory").unwrap();
    assert_eq!(external.used * program.config.array.columns, program.memories.external.len());
    assert_eq!(external.size, 1 << 19);
    let descriptors = program.memories.program.len() / DESCRIPTOR_WORDS;
    assert_eq!(program.descriptors().unwrap().len(), descriptors);
    let codes: Vec<u32> = program.memories.checksums().iter().map(|sum| sum.memory).collect();
    assert_eq!(codes, [0, 2, 3, 6]);
}
