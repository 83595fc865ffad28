//! Compiled networks: for each convolution, the core must give the sums of the interpreter when it
//! finds memory as the interpreter left it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bitladder_blocks::{Mode, Multiplier, WeightKind};
use bitladder_golden::IntBatch;
use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_hdl_machine::fetch::FetchConfig;
use bitladder_machine::isa::description::Description;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, Descriptor, Operation};
use bitladder_machine::{LanePlace, Machine, MachineConfig, Memories, Observer, Program, compile};

use crate::bench::{Bench, PROMPT};
use crate::shapes;

/// The machine for simulations, with room for everything.
fn machine() -> MachineConfig {
    let text = include_str!("../../../../gen/configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    config.array.accumulator_bits = 48;
    config.memory.parameter_entries = 1 << 14;
    config
}

/// Its core.
fn core(config: &MachineConfig) -> FetchConfig {
    let (array, memory) = (&config.array, &config.memory);
    let shape = [array.rows as u32, array.columns as u32];
    let kinds = [WeightKind::Fixed, WeightKind::PowerOfTwo, WeightKind::Ternary];
    let core = shapes::core(shape, &Mode::ALL, &kinds, Multiplier::TwoDsp);
    FetchConfig {
        activation_groups: memory.activation_groups,
        weight_groups: memory.weight_groups,
        patch_words: memory.patch_words as u32,
        operand_bits: 16,
        scalar_entries: Some(memory.parameter_entries),
        ..core
    }
}

/// The sums that leave the array, in the machine's order.
#[derive(Default)]
struct Sums(Vec<i128>);

impl Observer for Sums {
    fn sum(&mut self, _: LanePlace, sum: i64) {
        self.0.push(sum.into());
    }
}

/// Runs a program, but only its first descriptors; gives its machine and its sums.
fn interpret(program: &Program, inputs: &[IntBatch], descriptors: usize) -> (Machine, Sums) {
    let mut memories = Memories::clone(&program.memories);
    let end = program.start + descriptors * DESCRIPTOR_WORDS;
    let stop = Descriptor::default().pack().unwrap();
    memories.program[end..end + DESCRIPTOR_WORDS].copy_from_slice(&stop);
    let mut machine = Machine::new(&program.config, Arc::new(memories));
    machine.load(program, inputs).unwrap();
    let mut sums = Sums::default();
    machine.run(program.start, &mut sums).unwrap();
    (machine, sums)
}

/// What is special about a convolution.
fn features(d: &Descriptor) -> Vec<String> {
    let mode = d.mode.name();
    let mut all = vec![format!("{} {mode}", d.weight_kind.name())];
    for (holds, what) in [
        (d.pixel_words == 0, "dense"),
        (d.flip, "flip"),
        (d.taps_apart, "taps apart"),
        (d.taps_apart && d.pixel_words == 0, "taps apart, dense"),
        (d.input_offset > 0, "offset"),
        (d.passes > 1 && d.tiles > 1, "passes and tiles"),
        (d.pad_left > 0, "padding"),
    ] {
        all.extend(holds.then(|| what.to_owned()));
    }
    all
}

/// Runs every convolution of a program on the core.
fn compare(bench: &mut Bench, program: &Program, inputs: &[IntBatch], seen: &mut BTreeSet<String>) {
    let fields = Description::built_in().unwrap().descriptor.fields;
    let columns = program.config.array.columns;
    for (to, group) in bench.weights.iter_mut().zip(program.memories.weights.chunks(columns)) {
        to[..group.len()].copy_from_slice(group);
    }
    bench.scalars[..program.memories.parameters.len()]
        .copy_from_slice(&program.memories.parameters);
    for (index, descriptor) in program.descriptors().unwrap().iter().enumerate() {
        if descriptor.operation != Operation::Conv {
            continue;
        }
        let (machine, before) = interpret(program, inputs, index);
        let (_, all) = interpret(program, inputs, index + 1);
        bench.memory.copy_from_slice(machine.activations());
        let words = descriptor.pack().unwrap();
        for field in &fields {
            let wide = u64::from(words[field.word as usize]);
            let value = wide >> field.bit & ((1 << field.width) - 1);
            bench.field(&field.name, value.into());
        }
        if descriptor.pixel_words == 0 {
            bench.field("tap_pixel_step", descriptor.tap_step.into());
        }
        let mut found = Vec::new();
        bench.run(PROMPT, 1 << 22, |row| {
            assert!(!row.saturated);
            found.extend(row.sums.into_iter().filter(|_| row.wanted));
        });
        assert_eq!(found, all.0[before.0.len()..], "descriptor {index}: {descriptor:?}");
        seen.extend(features(descriptor));
    }
}

#[test]
fn compiled_networks_give_the_interpreters_sums() {
    let config = machine();
    let mut bench = Bench::new(&core(&config));
    let widths = vec![16, 8, 8, 4, 4, 2, 1, 1, 12];
    let limits = Limits { layers: 4, channels: 12, side: 6, widths, ..Limits::default() };
    let (mut seen, mut accepted) = (BTreeSet::new(), 0);
    for seed in 0..240 {
        let network = random_network(seed, &limits);
        let inputs = random_inputs(&network, 1 + seed as usize % 4, seed).unwrap();
        let Ok(program) = compile(&network, &config, inputs[0].images()) else { continue };
        println!("seed {seed}");
        compare(&mut bench, &program, &inputs, &mut seen);
        accepted += 1;
    }
    println!("{accepted} networks: {seen:?}");
    let wanted = [
        "fixed word16",
        "fixed word8",
        "fixed word4",
        "power-of-two word16",
        "qsq word16",
        "ternary word16",
        "ternary word8",
        "ternary word4",
        "dense",
        "flip",
        "taps apart",
        "passes and tiles",
        "padding",
        "taps apart, dense",
        "fixed binary",
    ];
    let missing: Vec<&str> = wanted.into_iter().filter(|what| !seen.contains(*what)).collect();
    assert!(missing.is_empty(), "not exercised: {missing:?} among {seen:?}");
    assert!(accepted >= 40, "{accepted} networks");
}
