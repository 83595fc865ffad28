//! What may stand in a program, and where a program may stand.

use bitladder_device::{Device, DeviceError, Fault, Memory};
use bitladder_hdl_machine::top::pixel_bits;
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::{
    DESCRIPTOR_WORDS, Descriptor, FieldPlace, Operation, WeightKind, field,
};

use super::Dut;
use super::case::Case;
use super::host::{corrupt, must, prepare, text};

/// Fields that may not be 0 in a layer with weights.
const NEVER_ZERO: [FieldPlace; 19] = [
    field::INPUT_HEIGHT,
    field::INPUT_WIDTH,
    field::OUTPUT_HEIGHT,
    field::OUTPUT_WIDTH,
    field::KERNEL_HEIGHT,
    field::KERNEL_WIDTH,
    field::STRIDE_Y,
    field::STRIDE_X,
    field::DILATION_Y,
    field::DILATION_X,
    field::IMAGES,
    field::PASSES,
    field::TOTAL_PIXELS,
    field::CHANNELS,
    field::TAKE,
    field::TILES,
    field::LAST_ROWS,
    field::PATCH_WORDS,
    field::OUTPUT_BITS,
];

/// Counts of operands and pixels, of a layer with weights: as wide as the machine's counters.
const COUNTED: [FieldPlace; 8] = [
    field::TOTAL_PIXELS,
    field::STEP,
    field::TAP_STEP,
    field::LEAD_OPERANDS,
    field::ROW_OPERANDS,
    field::CHANNELS,
    field::TAKE,
    field::TILES,
];

/// Cycles in which a descriptor is read and its end is seen.
const READS: u64 = DESCRIPTOR_WORDS as u64 + 6;

/// What is beyond its limits is refused before the layer begins: units that ran into it would say
/// the same, but later.
fn at_once(device: &mut Dut) -> Result<(), String> {
    let cycles = device.counters().map_err(text)?.cycles;
    must(cycles <= READS, &format!("refused after {cycles} cycles only"))
}

/// Starts a layer; gives how it failed.
fn failure(device: &mut Dut, first: usize) -> Result<(Fault, u32), String> {
    device.start_layer(first as u32).map_err(text)?;
    match device.wait(200_000) {
        Err(DeviceError::Failed { fault, layer, .. }) => Ok((fault, layer)),
        Err(other) => Err(other.to_string()),
        Ok(()) => Err("a broken layer runs".into()),
    }
}

/// Where the first layer with weights stands.
fn layer_with_weights(case: &Case) -> Result<Option<usize>, String> {
    let all: Vec<Descriptor> = case.program.descriptors().map_err(text)?;
    let index = all.iter().position(|layer| layer.operation == Operation::Conv);
    Ok(index.map(|index| case.program.start + index * DESCRIPTOR_WORDS))
}

/// What is just beyond the limits of a layer with weights, and the fault that it is.
fn beyond(config: &MachineConfig) -> Vec<(FieldPlace, i64, Fault)> {
    let memory = &config.memory;
    let words = (memory.activation_groups * config.array.columns) as i64;
    let (weights, entries) = (memory.weight_groups as i64, memory.parameter_entries as i64);
    let mut all = vec![
        (field::LAST_ROWS, config.array.rows as i64 + 1, Fault::BadDescriptor),
        (field::PATCH_WORDS, memory.patch_words as i64 + 1, Fault::BadDescriptor),
        (field::OUTPUT_BITS, 33, Fault::BadDescriptor),
        (field::INPUT_BASE, words, Fault::Address),
        (field::WEIGHT_BASE, weights, Fault::Address),
        (field::PARAMETER_BASE, entries, Fault::Address),
    ];
    if config.array.weight_kinds.contains(&WeightKind::Qsq) {
        // Layers without scalars may name the end.
        all.push((field::SCALAR_BASE, entries + 1, Fault::Address));
    }
    let bits = pixel_bits(config);
    let counted = COUNTED.into_iter().filter(|place| place.width > bits);
    all.extend(counted.map(|place| (place, 1 << bits, Fault::BadDescriptor)));
    all.extend(NEVER_ZERO.map(|place| (place, 0, Fault::BadDescriptor)));
    all
}

/// Each field is refused just beyond its limits.
pub(super) fn limits(device: &mut Dut, config: &MachineConfig, case: &Case) -> Result<(), String> {
    prepare(device, case)?;
    let Some(first) = layer_with_weights(case)? else { return Ok(()) };
    for (place, value, wanted) in beyond(config) {
        let (at, old) = corrupt(device, first, place, value)?;
        let found = failure(device, first).map_err(|what| format!("{}: {what}", place.name))?;
        device.poke(Memory::Program, at, &[old]).map_err(text)?;
        must(found.0 == wanted, &format!("{} = {value}: {:?}", place.name, found.0))?;
        at_once(device).map_err(|what| format!("{} = {value}: {what}", place.name))?;
    }
    Ok(())
}

/// What fails is named by its number, all of it.
pub(super) fn numbers(
    device: &mut Dut,
    _config: &MachineConfig,
    case: &Case,
) -> Result<(), String> {
    let first = prepare(device, case)?;
    for number in [field::LAYER.range().1, 1, 0] {
        let (layer_at, layer) = corrupt(device, first, field::LAYER, number)?;
        let (at, operation) = corrupt(device, first, field::OPERATION, 15)?;
        let (_, found) = failure(device, first)?;
        device.poke(Memory::Program, at, &[operation]).map_err(text)?;
        device.poke(Memory::Program, layer_at, &[layer]).map_err(text)?;
        must(i64::from(found) == number, &format!("layer {number} is called {found}"))?;
    }
    Ok(())
}

/// A program runs as well from the end of program memory, and does not begin beyond it.
pub(super) fn places(device: &mut Dut, config: &MachineConfig, case: &Case) -> Result<(), String> {
    let first = prepare(device, case)?;
    let layers = case.program.descriptors().map_err(text)?;
    let length = layers.len() * DESCRIPTOR_WORDS;
    let size = config.memory.program_descriptors * DESCRIPTOR_WORDS;
    for beyond in [size - DESCRIPTOR_WORDS + 1, size, 1 << 23] {
        let (fault, _) = failure(device, beyond)?;
        must(fault == Fault::Program, "a program beyond memory runs")?;
    }
    let mut words = vec![0; length];
    device.peek(Memory::Program, first, &mut words).map_err(text)?;
    device.poke(Memory::Program, size - length, &words).map_err(text)?;
    for (index, layer) in layers[..layers.len() - 1].iter().enumerate() {
        let at = size - length + index * DESCRIPTOR_WORDS;
        device.start_layer(at as u32).map_err(text)?;
        let status = device.settle(case.counters.cycles + 1000).map_err(text)?;
        must(!status.busy && status.fault.is_none(), "a layer at the end of memory")?;
        // An empty place reads as the end of a program, which does nothing.
        let cycles = device.counters().map_err(text)?.cycles;
        must(cycles > READS, &format!("layer {} does nothing", layer.layer))?;
    }
    let same = device.results().map_err(text)? == case.results();
    must(same, "layers at the end of memory give something else")
}
