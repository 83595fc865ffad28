//! Running programs: what is shown on the way, and what stops a run.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/nets.rs"]
mod nets;
mod support;
#[path = "support/weights.rs"]
mod weights;

use std::collections::BTreeMap;
use std::sync::Arc;

use bitladder_golden::IntBatch;
use bitladder_golden::generate::random_inputs;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, Descriptor, WeightKind};
use bitladder_machine::{
    Blind, LanePlace, Machine, Memories, Observer, Program, Step, compile, interpret,
    interpret_observed,
};
use bitladder_network::{QuantNetwork, QuantOp, Window};
use nets::{format, network, push, stage};
use weights::linear;

/// A padded convolution and a pool.
fn net() -> QuantNetwork {
    let mut net = network(&[3, 5, 6], format(8, false));
    let kernel = linear(2, 8, [6, 3, 3, 3], stage(format(8, false), 6));
    let window = Window::square(3).padding(1);
    let conv = QuantOp::Conv { window, groups: 1, linear: kernel };
    push(&mut net, "conv", conv, &[0], &[6, 5, 6]);
    let pool = QuantOp::MaxPool { window: Window::square(2).stride(2) };
    push(&mut net, "pool", pool, &[1], &[6, 2, 3]);
    net
}

#[derive(Default)]
struct Recorder {
    patches: BTreeMap<(usize, usize), Vec<u16>>,
    steps: BTreeMap<(usize, usize, usize, usize), Vec<Step>>,
    sums: Vec<(LanePlace, i64)>,
    stored: BTreeMap<(u32, usize, usize), Vec<i32>>,
}

impl Observer for Recorder {
    fn wants_steps(&self, layer: u32) -> bool {
        layer == 0
    }
    fn patch(&mut self, _: u32, tile: usize, row: usize, words: &[u16]) {
        self.patches.insert((tile, row), words.to_vec());
    }
    fn step(&mut self, step: Step) {
        let LanePlace { tile, pass, row, column, .. } = step.place;
        self.steps.entry((tile, pass, row, column)).or_default().push(step);
    }
    fn sum(&mut self, place: LanePlace, sum: i64) {
        self.sums.push((place, sum));
    }
    fn stored(&mut self, layer: u32, pixel: usize, pass: usize, values: &[i32]) {
        self.stored.insert((layer, pixel, pass), values.to_vec());
    }
}

#[test]
fn an_observer_sees_every_lane_and_word() {
    let net = net();
    let program = compile(&net, &support::roomy(4, 4), 2).unwrap();
    let inputs = random_inputs(&net, 2, 3).unwrap();
    let mut recorder = Recorder::default();
    interpret_observed(&program, &inputs, &mut recorder).unwrap();
    let (pixels, passes) = (2 * 5 * 6, 2);
    assert_eq!(recorder.patches.len(), pixels);
    assert_eq!(recorder.sums.len(), pixels * passes * 4);
    for (place, sum) in &recorder.sums {
        let steps = &recorder.steps[&(place.tile, place.pass, place.row, place.column)];
        let patch = &recorder.patches[&(place.tile, place.row)];
        assert!(steps.iter().map(|step| step.k).eq(0..patch.len()), "{place:?}");
        assert!(steps.iter().map(|step| step.activations).eq(patch.iter().copied()));
        assert_eq!(steps.last().unwrap().sum, *sum);
    }
    assert_eq!(recorder.sums[0].0.row, 3, "the last row leaves first");
    // 27 operands of 8 bits; the last word is half empty, and flipped padding is -128.
    let corner = &recorder.patches[&(0, 0)];
    assert_eq!((corner.len(), corner[0], corner[13] >> 8), (14, 0x8080, 0));
    let pools = recorder.stored.keys().filter(|(layer, ..)| *layer == 1).count();
    assert_eq!(pools, 2 * 2 * 3, "a group holds all eight channels");
}

#[test]
fn descriptors_can_be_executed_one_by_one() {
    let net = net();
    let program = compile(&net, &support::roomy(4, 4), 2).unwrap();
    let inputs = random_inputs(&net, 2, 5).unwrap();
    let mut machine = Machine::new(&program.config, program.memories.clone());
    let layout = program.inputs[0].as_ref().unwrap();
    let words = program.input_words(0, &inputs[0]).unwrap();
    machine.activations_mut()[layout.base..][..words.len()].copy_from_slice(&words);
    for descriptor in program.descriptors().unwrap() {
        machine.execute(&descriptor, &mut Blind).unwrap();
    }
    let whole = interpret(&program, &inputs).unwrap();
    assert_eq!(machine.outcome(&program).unwrap(), whole);
    assert!(whole.results.data().iter().any(|value| *value != whole.results.data()[0]));
}

/// The program with its first descriptor changed.
fn changed(program: &Program, change: impl Fn(&mut Descriptor)) -> Program {
    let mut memories = Memories::clone(&program.memories);
    let mut descriptor = program.descriptors().unwrap().swap_remove(0);
    change(&mut descriptor);
    memories.program[..DESCRIPTOR_WORDS].copy_from_slice(&descriptor.pack().unwrap());
    Program { memories: Arc::new(memories), ..program.clone() }
}

#[test]
fn faults_stop_a_run_and_say_where() {
    let net = net();
    let program = compile(&net, &support::roomy(4, 4), 1).unwrap();
    let inputs = random_inputs(&net, 1, 3).unwrap();
    let fault = |change: &dyn Fn(&mut Descriptor)| {
        interpret(&changed(&program, change), &inputs).unwrap_err().to_string()
    };
    assert_eq!(
        fault(&|d| d.output_base = (1 << 19) - 2),
        "layer 0: address 524298 lies outside activation memory of 524288"
    );
    assert_eq!(
        fault(&|d| d.weight_base = 500),
        "layer 0: address 2000 lies outside weight memory of 112"
    );
    assert_eq!(fault(&|d| d.take = 8), "layer 0, tile 0, row 0: a patch of 12 words, not 14");
    let mut plain = changed(&program, |d| d.quality = 3);
    plain.config.array.quality = false;
    assert_eq!(
        interpret(&plain, &inputs).unwrap_err().to_string(),
        "layer 0: descriptor field `quality` is 3, which the machine cannot take"
    );
    let code = fault(&|d| d.weight_kind = WeightKind::Ternary);
    assert_eq!(code, "layer 0: weight code 0b10 in pass 0, word 0 has no meaning");
    assert_eq!(
        fault(&|d| d.output_bits = 0),
        "layer 0: descriptor field `output_bits` is 0, which the machine cannot take"
    );
    assert_eq!(
        fault(&|d| d.divisor = 0),
        "layer 0: descriptor field `divisor` is 0, which the machine cannot take"
    );
    assert_eq!(
        fault(&|d| d.output_width = 0),
        "layer 0: descriptor field `output_width` is 0, which the machine cannot take"
    );
    let mut narrow = program.clone();
    narrow.config.array.accumulator_bits = 10;
    let sum = interpret(&narrow, &inputs).unwrap_err().to_string();
    assert!(
        sum.starts_with("layer 0: the sum ") && sum.ends_with(" does not fit 10 bits"),
        "{sum}"
    );
}

#[test]
fn programs_must_be_whole() {
    let net = net();
    let program = compile(&net, &support::roomy(4, 4), 1).unwrap();
    let mut memories = Memories::clone(&program.memories);
    memories.program.truncate(DESCRIPTOR_WORDS);
    let mut machine = Machine::new(&program.config, Arc::new(memories));
    let message = machine.run(0, &mut Blind).unwrap_err().to_string();
    assert_eq!(message, "program memory ends at word 41 without an `end`: load the whole program");
    let mut memories = Memories::clone(&program.memories);
    memories.program[DESCRIPTOR_WORDS] |= 15;
    let mut machine = Machine::new(&program.config, Arc::new(memories));
    let message = machine.run(0, &mut Blind).unwrap_err().to_string();
    assert_eq!(
        message,
        "program memory word 41: descriptor field `operation` holds 15, which has no meaning"
    );
}

#[test]
fn inputs_and_results_must_suit_the_program() {
    let net = net();
    let program = compile(&net, &support::roomy(4, 4), 2).unwrap();
    let refused = |inputs: &[IntBatch]| interpret(&program, inputs).unwrap_err().to_string();
    assert_eq!(refused(&[]), "program `net` takes 1 input(s), 0 given");
    let batch = |images: usize, value: i32| {
        IntBatch::new(images, vec![3, 5, 6], vec![value; images * 90]).unwrap()
    };
    assert_eq!(
        refused(&[batch(1, 0)]),
        "input `image`: 1 image(s) of shape [3, 5, 6] given, the program was compiled for 2 of 90 \
         values"
    );
    assert_eq!(refused(&[batch(2, 256)]), "input `image` holds 256 at position 0, outside u8");
    assert_eq!(
        program.read_results(&[0; 7]).unwrap_err().to_string(),
        "results: 7 words read, 72 are needed"
    );
    assert_eq!(program.read_decisions(&[]).unwrap(), [], "images are not decided on");
}

#[test]
fn one_class_leaves_no_doubt() {
    let mut net = network(&[4], format(8, true));
    let fc = linear(1, 8, [1, 4, 1, 1], bitladder_spec::OutputStage::raw());
    push(&mut net, "fc", QuantOp::Dense { linear: fc }, &[0], &[1]);
    let program = compile(&net, &support::roomy(2, 4), 1).unwrap();
    let inputs = [IntBatch::new(1, vec![4], vec![1, -2, 3, -4]).unwrap()];
    let outcome = interpret(&program, &inputs).unwrap();
    let top = outcome.decisions[0];
    assert_eq!((top.first, top.first_logit, top.second), (0, -2, None));
    let short = program.read_decisions(&[0; 3]).unwrap_err().to_string();
    assert_eq!(short, "decisions: 3 words read, 4 are needed");
}
