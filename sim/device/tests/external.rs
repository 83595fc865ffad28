//! Networks whose weights do not fit the machine, with memory outside of every kind.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod external_support;

use std::path::Path;

use bitladder_device::{
    Bus, BusDevice, Device, DeviceError, Fault, Golden, Memory, PinBus, Pins, RustSim,
    outside_model, run, rust_sim_with, verilator,
};
use bitladder_golden::generate::random_inputs;
use bitladder_golden::oracle;
use bitladder_machine::isa::Operation;
use bitladder_machine::{MachineConfig, Program, compile, cycles};
use bitladder_memory_models::Stalls;
use bitladder_verilated::BuildOptions;
use external_support::{ENOUGH, axi4, config, large_network, sdram, wishbone};

/// The machine in the Rust simulation, bus slaves stalling with chances of `eagerness` in 8.
fn simulated(config: &MachineConfig, eagerness: u64) -> BusDevice<PinBus<RustSim>> {
    rust_sim_with(config, outside_model(config, Stalls::new(7, eagerness))).unwrap()
}

/// A network of a width whose weights need loads, compiled.
fn program(config: &MachineConfig, bits: u8) -> Program {
    let program = compile(&large_network(bits), config, 2).unwrap();
    let loads = program.descriptors().unwrap();
    let loads = loads.iter().filter(|d| d.operation == Operation::Load).count();
    assert!(loads > 4, "{bits} bits: {loads} loads");
    program
}

fn equals_golden<D: Device>(device: &mut D, config: &MachineConfig) {
    for bits in [16, 8, 4] {
        let network = large_network(bits);
        let program = program(config, bits);
        let inputs = random_inputs(&network, 2, bits.into()).unwrap();
        let wanted = oracle::run(&network, &inputs, |_, _| ()).unwrap();
        let found = run(device, &program, &inputs, ENOUGH).unwrap();
        assert_eq!(found.results, wanted, "{bits} bits");
        assert_eq!(run(device, &program, &inputs, ENOUGH).unwrap(), found, "once more");
    }
}

#[test]
fn through_the_interpreter() {
    let config = config(sdram());
    equals_golden(&mut Golden::new(&config), &config);
}

#[test]
fn through_sdram() {
    let config = config(sdram());
    equals_golden(&mut simulated(&config, 8), &config);
}

#[test]
fn through_sdram_in_verilator() {
    let config = config(sdram());
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    let options = BuildOptions { trace: false, cache: Some(cache) };
    equals_golden(&mut verilator(&config, &options).unwrap(), &config);
}

#[test]
fn through_axi4_with_stalls() {
    for (data_bits, eagerness) in [(32, 3), (16, 6)] {
        let config = config(axi4(data_bits));
        equals_golden(&mut simulated(&config, eagerness), &config);
    }
}

#[test]
fn through_wishbone_with_stalls() {
    for (pipelined, eagerness) in [(false, 4), (true, 4)] {
        let config = config(wishbone(pipelined));
        equals_golden(&mut simulated(&config, eagerness), &config);
    }
}

#[test]
fn cycles_are_those_of_the_model() {
    for memory in [sdram(), axi4(32), wishbone(true)] {
        let config = config(memory);
        let mut device = simulated(&config, 8);
        for bits in [16, 8, 4] {
            let program = program(&config, bits);
            let inputs = random_inputs(&large_network(bits), 2, 1).unwrap();
            run(&mut device, &program, &inputs, ENOUGH).unwrap();
            let (found, model) = (device.counters().unwrap(), cycles(&program, &config).unwrap());
            let waits: u64 = model.layers.iter().map(|layer| layer.stalls.memory).sum();
            let near = |found: u64, wanted: u64, all: u64| found.abs_diff(wanted) * 50 <= all;
            let text = format!(
                "{bits} bits: {} cycles, the model says {}; {} for memory, the model says {waits}",
                found.cycles, model.cycles, found.stall_memory
            );
            assert!(near(found.cycles, model.cycles, model.cycles), "{text}");
            assert!(near(found.stall_memory.into(), waits, model.cycles), "{text}");
        }
    }
}

#[test]
fn the_window_reaches_memory_outside() {
    for memory in [sdram(), axi4(16), wishbone(false)] {
        let config = config(memory);
        let mut device = simulated(&config, 5);
        assert!(device.info().unwrap().external);
        let words: Vec<u32> = (0..100).map(|i| i * 0x0101_0203).collect();
        device.poke(Memory::External, 300, &words).unwrap();
        let mut read = vec![0; 100];
        device.peek(Memory::External, 300, &mut read).unwrap();
        assert_eq!(read, words);
        let size = config.external_memory.as_ref().unwrap();
        let last = size.words() * size.data_bits() / 32;
        device.poke(Memory::External, last - 1, &[5]).unwrap();
        let text = device.poke(Memory::External, last, &[5]).unwrap_err().to_string();
        assert_eq!(text, format!("external memory has no transfers {last} to {last}"));
    }
}

#[test]
fn corruption_is_named_with_its_region_and_mended_by_loading() {
    let config = config(sdram());
    let program = program(&config, 8);
    let inputs = random_inputs(&large_network(8), 2, 3).unwrap();
    let mut devices: [Box<dyn Device>; 2] =
        [Box::new(simulated(&config, 8)), Box::new(Golden::new(&config))];
    for device in &mut devices {
        let wanted = run(device.as_mut(), &program, &inputs, ENOUGH).unwrap();
        for (seed, sum) in program.memories.checksums().into_iter().enumerate() {
            let memory = Memory::from_code(sum.memory).unwrap();
            device.check(&sum).unwrap();
            let place = (seed * 7919 + 13) % sum.transfers;
            let mut word = [0];
            device.peek(memory, place, &mut word).unwrap();
            device.poke(memory, place, &[word[0] ^ 1 << (seed * 5 % 32)]).unwrap();
            let text = device.check(&sum).unwrap_err().to_string();
            let name = memory.name();
            let wanted = format!(
                "{name} memory does not hold what was loaded: its checksum is wrong; load it again"
            );
            assert_eq!(text, wanted);
            device.poke(memory, place, &word).unwrap();
            device.check(&sum).unwrap();
        }
        assert_eq!(run(device.as_mut(), &program, &inputs, ENOUGH).unwrap(), wanted);
    }
}

#[test]
fn weights_that_change_outside_stop_the_layer_they_belong_to() {
    let config = config(sdram());
    let program = program(&config, 8);
    let inputs = random_inputs(&large_network(8), 2, 3).unwrap();
    let mut device = simulated(&config, 8);
    let wanted = run(&mut device, &program, &inputs, ENOUGH).unwrap();
    let loads = program.descriptors().unwrap();
    let loads = loads.iter().filter(|d| d.operation == Operation::Load && d.total_pixels > 0);
    for load in loads.step_by(2) {
        let word = load.input_base as usize * config.array.columns + 3;
        let flip = |device: &mut BusDevice<PinBus<RustSim>>| {
            assert!(device.bus().pins().outside().unwrap().words().flip(word, 9));
        };
        flip(&mut device);
        device.set_inputs(&inputs).unwrap();
        device.start().unwrap();
        match device.wait(ENOUGH).unwrap_err() {
            DeviceError::Failed { fault, layer, .. } => {
                assert_eq!((fault, layer), (Fault::Checksum, load.layer));
            }
            other => panic!("{other}"),
        }
        flip(&mut device);
        assert_eq!(run(&mut device, &program, &inputs, ENOUGH).unwrap(), wanted, "mended");
    }
}

#[test]
fn resets_in_the_middle_of_loads_leave_nothing_behind() {
    for memory in [sdram(), axi4(32), wishbone(true)] {
        let config = config(memory);
        let program = program(&config, 16);
        let inputs = random_inputs(&large_network(16), 2, 3).unwrap();
        let mut device = simulated(&config, 5);
        let wanted = run(&mut device, &program, &inputs, ENOUGH).unwrap();
        for after in [60, 61, 75, 90, 400, 1200] {
            device.set_inputs(&inputs).unwrap();
            device.start().unwrap();
            device.bus().pins().step(after).unwrap();
            device.reset().unwrap();
            assert_eq!(run(&mut device, &program, &inputs, ENOUGH).unwrap(), wanted, "{after}");
        }
    }
}

#[test]
fn loads_beyond_a_memory_and_missing_memory_are_named() {
    use bitladder_machine::isa::field;
    let config = config(axi4(32));
    let program = program(&config, 8);
    let inputs = random_inputs(&large_network(8), 2, 3).unwrap();
    let mut device = simulated(&config, 8);
    let wanted = run(&mut device, &program, &inputs, ENOUGH).unwrap();
    let last = config.external_memory.as_ref().unwrap().groups(4) as i64 - 1;
    for (place, value) in [
        (field::INPUT_BASE, last),
        (field::INPUT_BASE, last + 20),
        (field::WEIGHT_BASE, config.memory.weight_groups as i64 - 1),
    ] {
        let mut words = program.memories.program.clone();
        place.insert(&mut words, value).unwrap();
        device.poke(Memory::Program, 0, &words).unwrap();
        device.start().unwrap();
        match device.wait(ENOUGH).expect_err(&format!("{} = {value}", place.name)) {
            DeviceError::Failed { fault, .. } => assert_eq!(fault, Fault::Address, "{value}"),
            other => panic!("{other}"),
        }
    }
    device.poke(Memory::Program, 0, &program.memories.program).unwrap();
    assert_eq!(run(&mut device, &program, &inputs, ENOUGH).unwrap(), wanted);
    // A slave that is smaller than the machine was told.
    let small = bitladder_memory_models::Axi4Memory::new(16, 32, Stalls::new(1, 8));
    let mut device = rust_sim_with(&config, Some(Box::new(small))).unwrap();
    assert!(device.load(&program).is_err(), "the window tells of it");
    let refused = device.bus().write32(bitladder_machine::isa::register::WINDOW_DATA, 1);
    assert!(refused.is_err());
}
