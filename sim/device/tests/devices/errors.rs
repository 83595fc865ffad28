//! What goes wrong has a name, ends in time, and does not last.

use bitladder_device::{Device, DeviceError, Fault, Memory, run};
use bitladder_golden::IntBatch;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, FieldPlace, field};
use bitladder_machine::{Outcome, Program, compile};

use crate::networks::ENOUGH;
use crate::{backends, digits};

/// A program, a batch, and what comes out.
fn example() -> (Program, Vec<IntBatch>, Outcome) {
    let package = digits::package(&["8"]);
    let network = &package.profiles[0].network;
    let program = compile(network, &backends::config(), 1).unwrap();
    let batch = vec![digits::images(network, 7..8)];
    let outcome = bitladder_machine::interpret(&program, &batch).unwrap();
    (program, batch, outcome)
}

/// Changes a field of a descriptor in the device's program memory; gives the old word.
fn corrupt<D: Device>(device: &mut D, index: usize, place: FieldPlace, value: i64) -> (usize, u32) {
    let first = index * DESCRIPTOR_WORDS;
    let mut words = [0; DESCRIPTOR_WORDS];
    device.peek(Memory::Program, first, &mut words).unwrap();
    let old = words[place.word as usize];
    place.insert(&mut words, value).unwrap();
    let at = first + place.word as usize;
    device.poke(Memory::Program, at, &words[place.word as usize..][..1]).unwrap();
    (at, old)
}

pub(crate) fn needs_a_program<D: Device>(device: &mut D) {
    let text = device.start().unwrap_err().to_string();
    assert_eq!(text, "no program is loaded: load one first");
    assert!(matches!(device.results(), Err(DeviceError::NotLoaded)));
    assert!(matches!(device.set_inputs(&[]), Err(DeviceError::NotLoaded)));
    assert!(matches!(device.wait(ENOUGH), Err(DeviceError::Stopped)));
    let (program, _, _) = example();
    device.load(&program).unwrap();
    let text = device.set_inputs(&[]).unwrap_err().to_string();
    assert_eq!(text, "program `digits-cnn` takes 1 input(s), 0 given");
}

pub(crate) fn refuses_programs_for_other_machines<D: Device>(device: &mut D) {
    let (mut program, batch, _) = example();
    let hash = program.config.hash();
    program.config.memory.decision_images += 1;
    let text = run(device, &program, &batch, ENOUGH).unwrap_err().to_string();
    let wanted = format!(
        "program `digits-cnn` was compiled for configuration {}, the device is {}: compile it for this \
         machine",
        &program.config.hash()[..8],
        &hash[..8],
    );
    assert_eq!(text, wanted);
}

pub(crate) fn refuses_what_memories_do_not_have<D: Device>(device: &mut D) {
    let mut words = [0; 3];
    let text = device.peek(Memory::Result, 4094, &mut words).unwrap_err().to_string();
    assert_eq!(text, "result memory has no transfers 4094 to 4096");
    let text = device.poke(Memory::Parameter, 4096, &[1]).unwrap_err().to_string();
    assert_eq!(text, "parameter memory has no transfers 4096 to 4096");
    device.poke(Memory::Parameter, 4095, &[0x1234]).unwrap();
    device.peek(Memory::Parameter, 4094, &mut words[..2]).unwrap();
    assert_eq!(words[..2], [0, 0x1234]);
}

pub(crate) fn broken_descriptors_are_named_and_recovered_from<D: Device>(device: &mut D) {
    let (program, batch, wanted) = example();
    for (index, place, value, fault) in [
        (0, field::OPERATION, 15, Fault::BadDescriptor),
        (0, field::ROUNDING, 7, Fault::BadDescriptor),
        (0, field::OUTPUT_BITS, 0, Fault::BadDescriptor),
        (0, field::INPUT_BASE, 1 << 20, Fault::Address),
        (0, field::WEIGHT_BASE, 1 << 20, Fault::Address),
        (0, field::PARAMETER_BASE, 1 << 20, Fault::Address),
        (0, field::OUTPUT_BASE, 1 << 20, Fault::Address),
    ] {
        device.load(&program).unwrap();
        device.set_inputs(&batch).unwrap();
        let (at, old) = corrupt(device, index, place, value);
        device.start().unwrap();
        match device.wait(ENOUGH).unwrap_err() {
            DeviceError::Failed { fault: found, layer: 0, name } => {
                assert_eq!((found, name.as_str()), (fault, "conv1"), "{}", place.name);
            }
            other => panic!("{}: {other}", place.name),
        }
        // Repaired, it runs at once.
        device.poke(Memory::Program, at, &[old]).unwrap();
        assert_eq!(run(device, &program, &batch, ENOUGH).unwrap(), wanted, "{}", place.name);
    }
}

pub(crate) fn corrupt_programs_end_with_an_error<D: Device>(device: &mut D) {
    let (program, batch, wanted) = example();
    device.load(&program).unwrap();
    device.set_inputs(&batch).unwrap();
    // Nothing but operations nobody knows, to the end of program memory.
    let size = backends::config().memory.program_descriptors * DESCRIPTOR_WORDS;
    device.poke(Memory::Program, 0, &vec![u32::MAX; size]).unwrap();
    device.start().unwrap();
    let failed = device.wait(ENOUGH).unwrap_err();
    let wrong = Fault::BadDescriptor;
    assert!(matches!(failed, DeviceError::Failed { fault, .. } if fault == wrong), "{failed}");
    // Layers, but no end: the last descriptors of memory are the first layer.
    let first = &program.memories.program[..DESCRIPTOR_WORDS];
    device.poke(Memory::Program, size - DESCRIPTOR_WORDS, first).unwrap();
    device.start_layer((size - DESCRIPTOR_WORDS) as u32).unwrap();
    assert!(matches!(device.wait(ENOUGH), Err(DeviceError::Stopped)), "one layer alone is good");
    device.start_layer((size - DESCRIPTOR_WORDS + 1) as u32).unwrap();
    match device.wait(ENOUGH).unwrap_err() {
        DeviceError::Failed { fault, .. } => assert_eq!(fault, Fault::Program),
        other => panic!("{other}"),
    }
    device.poke(Memory::Program, 0, &program.memories.program).unwrap();
    assert_eq!(run(device, &program, &batch, ENOUGH).unwrap(), wanted);
}

pub(crate) fn is_busy_while_it_runs<D: Device>(device: &mut D) {
    let (program, batch, wanted) = example();
    device.load(&program).unwrap();
    device.set_inputs(&batch).unwrap();
    device.start().unwrap();
    assert!(device.status().unwrap().busy);
    let text = device.start().unwrap_err().to_string();
    assert_eq!(text, "a program is running: wait for it, or reset the device");
    assert!(matches!(device.set_inputs(&batch), Err(DeviceError::Busy)));
    assert!(matches!(device.results(), Err(DeviceError::Busy)));
    device.wait(ENOUGH).unwrap();
    assert_eq!(device.results().unwrap(), wanted.results, "it was not disturbed");
}

pub(crate) fn reset_stops_a_run<D: Device>(device: &mut D) {
    let (program, batch, wanted) = example();
    device.load(&program).unwrap();
    device.set_inputs(&batch).unwrap();
    device.start().unwrap();
    if device.info().unwrap().timed {
        match device.wait(300).unwrap_err() {
            DeviceError::Timeout { cycles } => assert_eq!(cycles, 300),
            other => panic!("{other}"),
        }
    }
    device.reset().unwrap();
    assert!(!device.status().unwrap().busy);
    assert!(matches!(device.wait(ENOUGH), Err(DeviceError::Stopped)));
    assert_eq!(run(device, &program, &batch, ENOUGH).unwrap(), wanted);
}

pub(crate) fn watchdog_gives_up<D: Device>(device: &mut D) {
    let (program, batch, wanted) = example();
    device.load(&program).unwrap();
    device.set_inputs(&batch).unwrap();
    let (at, old) = corrupt(device, 0, field::WATCHDOG, 50);
    device.start().unwrap();
    match device.wait(ENOUGH) {
        Ok(()) => assert!(!device.info().unwrap().timed, "there was no watchdog"),
        Err(error) => {
            let text = error.to_string();
            let wanted = "layer 0 (`conv1`): it took more cycles than its watchdog allows";
            assert_eq!(text, wanted);
        }
    }
    device.poke(Memory::Program, at, &[old]).unwrap();
    assert_eq!(run(device, &program, &batch, ENOUGH).unwrap(), wanted);
}
