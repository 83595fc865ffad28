//! What a host may and may not do, and what becomes of broken programs.

use bitladder_device::{Bus, BusError, Device, DeviceError, Fault, Memory, Pins};
use bitladder_hdl_machine::top::field_value;
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::{DESCRIPTOR_WORDS, FieldPlace, field, register};

use super::case::{Case, Measure};
use super::{Dut, Seen, programs};

type Scenario = fn(&mut Dut, &MachineConfig, &Case) -> Result<(), String>;

const ALL: [(&str, Scenario); 13] = [
    ("identity", identity),
    ("refused requests", refusals),
    ("memory windows", windows),
    ("broken descriptors", broken),
    ("descriptor fields", fields),
    ("limits of fields", programs::limits),
    ("numbers of layers", programs::numbers),
    ("places of programs", programs::places),
    ("watchdog", watchdog),
    ("single layers", layers),
    ("stop", stop),
    ("reset while it runs", reset),
    ("clock level", level),
];

/// Everything, on the suite's longest program.
pub(super) fn all(device: &mut Dut, config: &MachineConfig, cases: &[Case]) -> Result<(), Seen> {
    let longest = cases.iter().max_by_key(|case| case.program.layers.len());
    let Some(case) = longest else { return Ok(()) };
    for (name, scenario) in ALL {
        let seen = |what| Seen { by: format!("host: {name}"), what };
        scenario(device, config, case).map_err(seen)?;
    }
    Ok(())
}

pub(super) fn must(good: bool, what: &str) -> Result<(), String> {
    if good { Ok(()) } else { Err(what.to_owned()) }
}

pub(super) fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn identity(device: &mut Dut, config: &MachineConfig, _case: &Case) -> Result<(), String> {
    let info = device.info().map_err(text)?;
    let array = &config.array;
    let shape = (info.rows as usize, info.columns as usize);
    must(shape == (array.rows, array.columns), "another shape")?;
    must(info.modes.len() == array.modes.len(), "other modes")?;
    must(format!("{:08x}", info.config_hash) == config.hash()[..8], "another hash")
}

fn refusals(device: &mut Dut, _config: &MachineConfig, _case: &Case) -> Result<(), String> {
    for address in [0xf0, 0xfc] {
        let refused = matches!(device.bus().read32(address), Err(BusError::Refused { .. }));
        must(refused, "a register that does not exist is read")?;
    }
    let refused = matches!(device.bus().write32(register::ID, 1), Err(BusError::Refused { .. }));
    must(refused, "the identity is written")
}

fn windows(device: &mut Dut, config: &MachineConfig, case: &Case) -> Result<(), String> {
    let memory = &config.memory;
    let groups = |groups: usize| groups * config.array.columns / 2;
    for (what, size) in [
        (Memory::Program, memory.program_descriptors * DESCRIPTOR_WORDS),
        (Memory::Activation, groups(memory.activation_groups)),
        (Memory::Weight, groups(memory.weight_groups)),
        (Memory::Parameter, 2 * memory.parameter_entries),
    ] {
        let mut old = [0];
        device.peek(what, size - 1, &mut old).map_err(text)?;
        device.poke(what, size - 1, &[0x5a5a_a5a5]).map_err(text)?;
        let mut word = [0];
        device.peek(what, size - 1, &mut word).map_err(text)?;
        must(word == [0x5a5a_a5a5], "the last word does not keep what is written")?;
        device.poke(what, size - 1, &old).map_err(text)?;
        let beyond = device.peek(what, size, &mut word);
        must(matches!(beyond, Err(DeviceError::Outside { .. })), "a memory is too long")?;
    }
    device.load(&case.program).map_err(text)
}

/// Changes a field of a descriptor; gives the place and the word that was there.
pub(super) fn corrupt(
    device: &mut Dut,
    first: usize,
    place: FieldPlace,
    value: i64,
) -> Result<(usize, u32), String> {
    let mut words = [0; DESCRIPTOR_WORDS];
    device.peek(Memory::Program, first, &mut words).map_err(text)?;
    let old = words[place.word as usize];
    place.insert(&mut words, value).map_err(text)?;
    let at = first + place.word as usize;
    device.poke(Memory::Program, at, &[words[place.word as usize]]).map_err(text)?;
    Ok((at, old))
}

/// Loads a case's program and inputs.
pub(super) fn prepare(device: &mut Dut, case: &Case) -> Result<usize, String> {
    device.load(&case.program).map_err(text)?;
    device.set_inputs(&case.inputs).map_err(text)?;
    Ok(case.program.start)
}

fn broken(device: &mut Dut, config: &MachineConfig, case: &Case) -> Result<(), String> {
    let beyond = (config.memory.activation_groups * config.array.columns) as i64;
    for (place, value, fault) in [
        (field::OPERATION, 15, Fault::BadDescriptor),
        (field::ROUNDING, 7, Fault::BadDescriptor),
        (field::IMAGES, 0, Fault::BadDescriptor),
        (field::INPUT_BASE, beyond, Fault::Address),
    ] {
        let first = prepare(device, case)?;
        let (at, old) = corrupt(device, first, place, value)?;
        device.start().map_err(text)?;
        let failed = device.wait(case.counters.cycles + 1000);
        device.poke(Memory::Program, at, &[old]).map_err(text)?;
        let expected =
            matches!(failed, Err(DeviceError::Failed { fault: found, .. }) if found == fault);
        must(expected, place.name)?;
    }
    // A program that never ends is one that memory ends before.
    let size = config.memory.program_descriptors * DESCRIPTOR_WORDS;
    device.start_layer((size - 1) as u32).map_err(text)?;
    let failed = device.wait(1000);
    let program = matches!(failed, Err(DeviceError::Failed { fault: Fault::Program, .. }));
    must(program, "a program beyond memory")?;
    case.run(device, Measure::Cycles).map(drop).map_err(|seen| seen.what)
}

/// What stands in a descriptor reaches the units: each field, each of its bits.
fn fields(device: &mut Dut, config: &MachineConfig, case: &Case) -> Result<(), String> {
    let first = prepare(device, case)?;
    let mut old = [0; DESCRIPTOR_WORDS];
    device.peek(Memory::Program, first, &mut old).map_err(text)?;
    for pattern in [u32::MAX, 0, 0x5555_5555, 0x3333_3333, 0x0f0f_0f0f, 0x00ff_00ff, 0xffff] {
        // Words differ, so that none stands for another.
        let word = |index: u32| {
            pattern.rotate_left(index % 16) ^ if index >= 16 { 0x6996_1ee1 } else { 0 }
        };
        let words: Vec<u32> = (0..DESCRIPTOR_WORDS as u32).map(word).collect();
        device.poke(Memory::Program, first, &words).map_err(text)?;
        device.start_layer(first as u32).map_err(text)?;
        // It is read, and refused, or runs: then it is stopped.
        device.bus().pins().step(60).map_err(text)?;
        for place in field::ALL {
            let name = format!("control.layer_{}_o", place.name);
            let found = device.bus().pins().sim().get(&name).map_err(text)?;
            must(found == field_value(config, place, &words), place.name)?;
        }
        device.reset().map_err(text)?;
    }
    device.poke(Memory::Program, first, &old).map_err(text)
}

/// Cycles from the start to the watchdog's bark in the scenario.
const BARKS: u64 = 67;

fn watchdog(device: &mut Dut, _config: &MachineConfig, case: &Case) -> Result<(), String> {
    let first = prepare(device, case)?;
    let (at, old) = corrupt(device, first, field::WATCHDOG, 20)?;
    device.start().map_err(text)?;
    let failed = device.wait(case.counters.cycles + 1000);
    device.poke(Memory::Program, at, &[old]).map_err(text)?;
    let barked = matches!(failed, Err(DeviceError::Failed { fault: Fault::Watchdog, .. }));
    must(barked, "it does not bark")?;
    let cycles = device.counters().map_err(text)?.cycles;
    // Reading the descriptor, the limit, and what the sequencer takes until it is said.
    must(cycles == BARKS, &format!("it barks after {cycles} cycles"))
}

fn layers(device: &mut Dut, _config: &MachineConfig, case: &Case) -> Result<(), String> {
    let first = prepare(device, case)?;
    let layers = case.program.descriptors().map_err(text)?.len() - 1;
    let mut cycles = 0;
    for layer in 0..layers {
        device.start_layer((first + layer * DESCRIPTOR_WORDS) as u32).map_err(text)?;
        let status = device.settle(case.counters.cycles + 1000).map_err(text)?;
        must(!status.busy && !status.done && status.fault.is_none(), "a layer alone")?;
        cycles += device.counters().map_err(text)?.cycles;
    }
    must(cycles <= case.counters.cycles, "layers alone take longer than the program")?;
    let results = device.results().map_err(text)?;
    must(results == case.results(), "layers alone give something else")
}

fn control(device: &mut Dut, bit: u32) -> Result<(), String> {
    device.bus().write32(register::CONTROL, 1 << bit).map_err(text)
}

fn stop(device: &mut Dut, _config: &MachineConfig, case: &Case) -> Result<(), String> {
    prepare(device, case)?;
    device.start().map_err(text)?;
    control(device, register::CONTROL_STOP_BIT)?;
    let status = device.settle(case.counters.cycles + 1000).map_err(text)?;
    must(!status.busy && !status.done && status.fault.is_none(), "it does not stop")?;
    must(device.counters().map_err(text)?.cycles < case.counters.cycles, "it stops too late")
}

fn reset(device: &mut Dut, _config: &MachineConfig, case: &Case) -> Result<(), String> {
    for cycles in [3, 60, 75, 110, 300] {
        prepare(device, case)?;
        device.start().map_err(text)?;
        must(device.status().map_err(text)?.busy, "it is not busy")?;
        let refused = matches!(device.start(), Err(DeviceError::Busy));
        must(refused, "a second start is taken")?;
        device.bus().pins().step(cycles).map_err(text)?;
        device.reset().map_err(text)?;
        must(!device.status().map_err(text)?.busy, "it is still busy")?;
        case.run(device, Measure::Cycles).map_err(|seen| seen.what)?;
    }
    Ok(())
}

fn level(device: &mut Dut, _config: &MachineConfig, case: &Case) -> Result<(), String> {
    prepare(device, case)?;
    for wanted in [2, 1, 0] {
        device.bus().write32(register::CLOCK_LEVEL, wanted).map_err(text)?;
        device.bus().pins().step(2).map_err(text)?;
        let found = device.bus().pins().sim().get("clock_level_o").map_err(text)?;
        must(found == u128::from(wanted), "another level at rest")?;
    }
    device.start().map_err(text)?;
    device.bus().pins().step(60).map_err(text)?;
    device.bus().write32(register::CLOCK_LEVEL, 1).map_err(text)?;
    let found = device.bus().pins().sim().get("clock_level_o").map_err(text)?;
    must(found == 0, "the level changes while a layer runs")?;
    device.wait(case.counters.cycles + 1000).map_err(text)?;
    let found = device.bus().pins().sim().get("clock_level_o").map_err(text)?;
    must(found == 1, "the level does not change between layers")?;
    device.bus().write32(register::CLOCK_LEVEL, 0).map_err(text)?;
    device.bus().pins().step(2).map_err(text)
}
