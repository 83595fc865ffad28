//! The machines that are measured: their abilities vary one against the other, as a counter's
//! digits do, and all are small, because larger ones have the same parts.

use anyhow::Result;
use bitladder_machine::isa::{Mode, Operation, WeightKind};
use bitladder_machine::{Family, HostPort, MachineConfig, Multiplier};

const BASE: &str = include_str!("../../../configs/ecp5-25.toml");

/// A family and multiplier, and how many machines of them.
const KINDS: [(Family, Multiplier, usize); 6] = [
    (Family::Ecp5, Multiplier::Dsp1, 16),
    (Family::Ice40, Multiplier::Mac16, 8),
    (Family::Gowin, Multiplier::Dsp1, 10),
    (Family::Ice40, Multiplier::Fabric, 8),
    (Family::Ecp5, Multiplier::Fabric, 4),
    (Family::Ecp5, Multiplier::Dsp2, 4),
];
const SHAPES: [(usize, usize); 8] =
    [(2, 2), (4, 2), (2, 4), (4, 4), (1, 4), (3, 2), (1, 8), (6, 4)];

/// All machines, the kinds mixed: any beginning of the list has some of each.
pub(crate) fn machines() -> Result<Vec<MachineConfig>> {
    let most = KINDS.iter().map(|(.., count)| *count).max().unwrap_or(0);
    let mut all = Vec::new();
    for index in 0..most {
        for (family, multiplier, _) in KINDS.iter().filter(|(.., count)| index < *count) {
            all.push(machine(*family, *multiplier, index)?);
        }
    }
    Ok(all)
}

fn machine(family: Family, multiplier: Multiplier, index: usize) -> Result<MachineConfig> {
    let mut config = MachineConfig::parse("ecp5-25.toml", BASE)?;
    let (family_name, name) = (format!("{family:?}"), format!("{multiplier:?}"));
    config.name = format!("{family_name}-{name}-{index}").to_lowercase();
    config.family = family;
    let small = family == Family::Ice40;
    // Digits of the counter, each mixed with the next so that none goes along with a shape.
    let digit = |place: u32, of: usize| (index + index / of.pow(place) + place as usize) % of;
    let array = &mut config.array;
    (array.rows, array.columns) = SHAPES[index % SHAPES.len()];
    array.multiplier = multiplier;
    array.modes = match small || digit(1, 4) == 3 {
        true => vec![Mode::Word8, Mode::Word4],
        false => vec![Mode::Word16, Mode::Word8, Mode::Word4],
    };
    let wide = array.modes.contains(&Mode::Word16);
    array.weight_kinds = kinds(digit(2, 4), wide);
    array.accumulator_bits = if small { 28 } else { 42 };
    array.nested = !small && digit(3, 4) == 0;
    array.quality = !small && digit(1, 5) == 4;
    config.post.multiplier_bits = if small || digit(1, 3) == 0 { 1 } else { 16 };
    config.post.lanes = [1, 2, array.columns][digit(2, 3)].min(array.columns);
    config.element.operations = match !small && digit(1, 2) == 0 {
        true => {
            vec![Operation::MaxPool, Operation::AveragePool, Operation::Add, Operation::Rescale]
        }
        false => vec![Operation::MaxPool],
    };
    config.memory.checks = digit(2, 2) == 0;
    config.host.port = if digit(3, 2) == 0 { HostPort::Bus } else { HostPort::Uart };
    memories(&mut config, small);
    config.validate()?;
    Ok(config)
}

fn kinds(digit: usize, wide: bool) -> Vec<WeightKind> {
    use WeightKind::{Fixed, PowerOfTwo, Qsq, Ternary};
    match (digit, wide) {
        (0, _) => vec![Fixed],
        (1, _) | (_, false) => vec![Fixed, Ternary],
        (2, true) => vec![Fixed, PowerOfTwo, Ternary],
        (_, true) => vec![Fixed, PowerOfTwo, Ternary, Qsq],
    }
}

fn memories(config: &mut MachineConfig, small: bool) {
    let memory = &mut config.memory;
    if small {
        (memory.activation_groups, memory.weight_groups) = (256, 512);
        (memory.parameter_entries, memory.patch_words) = (128, 256);
        (memory.program_descriptors, memory.result_words) = (12, 64);
        memory.decision_images = 4;
    } else {
        (memory.activation_groups, memory.weight_groups) = (2048, 2048);
        (memory.parameter_entries, memory.program_descriptors) = (512, 32);
    }
}
