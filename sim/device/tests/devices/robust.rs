//! Nothing that a host does leaves the machine stuck: it ends by itself, says why, and the next
//! program runs.

use bitladder_device::{Device, DeviceError, Memory, Pins, Status, run};
use bitladder_golden::IntBatch;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, field};
use bitladder_machine::{Outcome, Program, compile};
use bitladder_spec::SplitMix64;

use crate::networks::ENOUGH;
use crate::{backends, digits};

/// A program of several layers that takes some thousand cycles, its inputs and what it gives.
fn example() -> (Program, Vec<IntBatch>, Outcome) {
    let network = digits::package(&["4"]).profiles.remove(0).network;
    let program = compile(&network, &backends::config(), 1).unwrap();
    let inputs = vec![digits::images(&network, 3..4)];
    let outcome = bitladder_machine::interpret(&program, &inputs).unwrap();
    (program, inputs, outcome)
}

#[test]
fn resets_at_any_cycle() {
    let (program, inputs, wanted) = example();
    let mut device = backends::verilated();
    run(&mut device, &program, &inputs, ENOUGH).unwrap();
    let whole = device.counters().unwrap().cycles;
    let mut draw = SplitMix64::new(11);
    for round in 0..120 {
        device.load(&program).unwrap();
        device.set_inputs(&inputs).unwrap();
        device.start().unwrap();
        let cycle = draw.below(whole) as u32;
        device.bus().pins().step(cycle).unwrap();
        device.reset().unwrap();
        assert_eq!(device.status().unwrap(), Status::default(), "reset after {cycle} cycles");
        if round % 4 == 0 {
            assert_eq!(run(&mut device, &program, &inputs, ENOUGH).unwrap(), wanted, "{cycle}");
        }
    }
}

#[test]
fn broken_bits_end_in_an_error_or_a_result() {
    let (program, inputs, wanted) = example();
    let mut device = backends::verilated();
    run(&mut device, &program, &inputs, ENOUGH).unwrap();
    let words = program.memories.program.len() as u64;
    let watchdog = u64::from(field::WATCHDOG.word);
    let mut draw = SplitMix64::new(12);
    let (mut failed, mut ran) = (0, 0);
    for round in 0..400 {
        let at = draw.below(words);
        if at % DESCRIPTOR_WORDS as u64 == watchdog {
            continue;
        }
        let good = program.memories.program[at as usize];
        let bad = good ^ 1 << draw.below(32);
        device.poke(Memory::Program, at as usize, &[bad]).unwrap();
        device.set_inputs(&inputs).unwrap();
        device.start().unwrap();
        match device.wait(ENOUGH) {
            Ok(()) => ran += 1,
            Err(DeviceError::Failed { .. }) => failed += 1,
            Err(other) => panic!("word {at}, {good:#010x} as {bad:#010x}: {other}"),
        }
        device.poke(Memory::Program, at as usize, &[good]).unwrap();
        if round % 8 == 0 {
            let again = run(&mut device, &program, &inputs, ENOUGH).unwrap();
            assert_eq!(again, wanted, "after word {at} was {bad:#010x}");
        }
    }
    assert!(failed >= 50 && ran >= 50, "{failed} failed, {ran} ran");
}
