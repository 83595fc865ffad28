//! Random networks: the machine's results are the oracle's, to the bit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use bitladder_golden::generate::{Limits, random_inputs, random_network, with_weight_views};
use bitladder_golden::{IntBatch, classify, oracle};
use bitladder_machine::isa::description::Description;
use bitladder_machine::isa::{Descriptor, Destination, Operation, field};
use bitladder_machine::{CompileError, Program, compile, interpret};
use bitladder_network::QuantNetwork;

/// Array sizes with chunks of a word, of several words, and of less than a word.
const SIZES: [(usize, usize); 6] = [(4, 4), (3, 8), (1, 2), (7, 2), (2, 16), (8, 32)];

fn refusal(error: &CompileError) -> String {
    let text = format!("{error:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

/// What a program uses of the machine.
fn features(program: &Program) -> impl Iterator<Item = String> {
    let of = |d: Descriptor| {
        let (operation, mode) = (d.operation.name(), d.mode.name());
        let conv = operation == "conv";
        let mut seen = vec![format!("{operation} {mode}")];
        let mut note = |holds: bool, what: String| seen.extend(holds.then_some(what));
        note(conv, format!("{} {mode}", d.weight_kind.name()));
        note(conv && d.flip, format!("flip {mode}"));
        note(conv && d.pixel_words == 0, format!("dense {mode}"));
        note(conv && d.pixel_words == 0 && d.pad_left > 0, "dense padding".into());
        note(d.nested, format!("nested {mode}"));
        note(d.quality > 0, format!("quality {mode}"));
        note(d.taps_apart, "taps apart".into());
        note(d.input_offset > 0, "offset".into());
        note(d.destination == Destination::Results && !conv, format!("{operation} to results"));
        note(d.divisor > 1, "divisor".into());
        note(d.padding_value > 0, "padding value".into());
        note(conv && d.passes > 1 && d.tiles > 1, "passes and tiles".into());
        seen
    };
    program.descriptors().unwrap().into_iter().flat_map(of)
}

/// Fields that an operation does not use are zero, as the reference says.
fn unused_fields_are_zero(program: &Program, isa: &Description) {
    for descriptor in program.descriptors().unwrap() {
        let initial = match descriptor.operation {
            Operation::End => 'E',
            Operation::Conv => 'C',
            Operation::MaxPool => 'M',
            Operation::AveragePool => 'A',
            Operation::Add => 'S',
            Operation::Rescale => 'R',
            Operation::Load => 'L',
        };
        let words = descriptor.pack().unwrap();
        for (field, place) in isa.descriptor.fields.iter().zip(field::ALL) {
            let used = field.uses.contains(initial);
            let value = place.extract(&words);
            assert!(used || value == 0, "{} of {descriptor:?} is {value}", field.name);
        }
    }
}

fn compare(
    network: &QuantNetwork,
    inputs: &[IntBatch],
    seed: u64,
) -> Result<Program, CompileError> {
    let (rows, columns) = SIZES[seed as usize % SIZES.len()];
    let program = compile(network, &support::roomy(rows, columns), inputs[0].images())?;
    let outcome = interpret(&program, inputs).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    let wanted = oracle::run(network, inputs, |_, _| ()).unwrap();
    assert_eq!(outcome.results, wanted, "seed {seed}, {rows} x {columns}");
    if program.result.decided {
        let decisions: Vec<_> = outcome.decisions.into_iter().map(Some).collect();
        assert_eq!(decisions, classify(&wanted), "seed {seed}");
    }
    Ok(program)
}

/// Everything random networks must have exercised.
const WANTED: [&str; 42] = [
    "conv word16",
    "conv word8",
    "conv word4",
    "conv binary",
    "max-pool word16",
    "max-pool word8",
    "max-pool word4",
    "average-pool word16",
    "average-pool word8",
    "average-pool word4",
    "add word16",
    "add word8",
    "add word4",
    "rescale word16",
    "rescale word8",
    "rescale word4",
    "fixed word16",
    "fixed word8",
    "fixed word4",
    "fixed binary",
    "power-of-two word16",
    "ternary word16",
    "ternary word8",
    "ternary word4",
    "qsq word16",
    "flip word16",
    "flip word8",
    "flip word4",
    "dense word16",
    "dense word8",
    "dense word4",
    "dense padding",
    "taps apart",
    "offset",
    "rescale to results",
    "passes and tiles",
    "nested word16",
    "nested word8",
    "nested word4",
    "quality word16",
    "quality word8",
    "quality word4",
];

#[test]
fn random_networks_equal_the_oracle() {
    let widths = vec![16, 8, 8, 8, 4, 4, 2, 2, 1, 1, 3, 12, 16];
    let limits = Limits { layers: 4, channels: 20, side: 7, widths, ..Limits::default() };
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let isa = Description::built_in().unwrap();
    let mut accepted = 0;
    for seed in 0..900 {
        let mut network = random_network(seed, &limits);
        if seed % 3 == 0 {
            network = with_weight_views(network, seed, &limits);
        }
        let inputs = random_inputs(&network, 1 + seed as usize % 4, seed).unwrap();
        match compare(&network, &inputs, seed) {
            Ok(program) => {
                accepted += 1;
                unused_fields_are_zero(&program, &isa);
                seen.extend(features(&program));
            }
            Err(error) => *refused.entry(refusal(&error)).or_default() += 1,
        }
    }
    let missing: Vec<&str> = WANTED.into_iter().filter(|want| !seen.contains(*want)).collect();
    assert!(missing.is_empty(), "not exercised: {missing:?} among {seen:?}");
    assert!(accepted >= 200, "{accepted} accepted, refused: {refused:?}");
}
