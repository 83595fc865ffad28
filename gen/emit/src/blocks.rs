//! The multiplier blocks and memories that a machine must get from synthesis.
//!
//! They follow from the configuration alone: the flow asserts them after synthesis, and estimates
//! are exact in them.

use bitladder_fpga::{Device, Expected};

use crate::Host;
use bitladder_machine::isa::{DECISION_WORDS, DESCRIPTOR_WORDS, Mode, Operation, WeightKind};
use bitladder_machine::{Family, MachineConfig, Multiplier};

/// Sums that post multiplies are at least this wide: those of the element unit.
const ELEMENT_SUM_BITS: u64 = 37;
/// Bits of a shift.
const SHIFT_BITS: u64 = 6;
/// Words of a block memory of iCE40 in its narrowest shape.
const WHOLE: usize = 2048;
/// Memories of at most so many bits become flip-flops.
const FEW_BITS: u64 = 128;
/// Memories of at most so many cells of 16 x 4 bits become distributed memory, where there is some.
const FEW_CELLS: u64 = 16;

/// The memories that synthesis can choose from.
#[derive(Clone, Copy)]
pub(crate) struct Storage {
    family: Family,
    /// Small memories become lookup tables.
    distributed: bool,
}

impl Storage {
    /// Those that a family usually has.
    pub(crate) fn of(family: Family) -> Storage {
        Storage { family, distributed: family != Family::Ice40 }
    }

    /// Those of a device.
    pub(crate) fn on(family: Family, device: &Device) -> Storage {
        Storage { family, distributed: device.has_distributed_memory() }
    }
}

/// What synthesis must make of a machine; nothing is known of the memories of a generic one.
pub(crate) fn expected(config: &MachineConfig, host: Host, storage: Storage) -> Expected {
    let all = || memories(config, storage) + link(config, host, storage);
    let bram = (config.family != Family::Generic).then(all);
    Expected { dsp: Some(multipliers(config)), bram, spram: Some(single_ports(config)) }
}

/// Blocks of single-port memory: one for each column's weights.
pub(crate) fn single_ports(config: &MachineConfig) -> u64 {
    if config.memory.single_port { config.array.columns as u64 } else { 0 }
}

/// Multiplier blocks: lanes, post and weighted sums.
pub(crate) fn multipliers(config: &MachineConfig) -> u64 {
    let array = &config.array;
    let has = |mode| array.modes.contains(&mode);
    let narrow = u64::from(has(Mode::Word8) || has(Mode::Word4));
    let per_lane = match array.multiplier {
        Multiplier::Fabric | Multiplier::Shifter => 0,
        _ if array.modes == [Mode::Binary] => 0,
        Multiplier::Dsp1 => 1,
        Multiplier::Dsp2 => 1 + narrow,
        Multiplier::Mac16 => narrow + u64::from(has(Mode::Word16)),
    };
    let lanes = (array.rows * array.columns) as u64;
    lanes * per_lane + scales(config)
}

/// Multiplier blocks of post and element unit, whose products are wider than one block.
fn scales(config: &MachineConfig) -> u64 {
    // A HX8K has no blocks, and its machines no lanes that use any.
    let none = config.family == Family::Ice40 && config.array.multiplier != Multiplier::Mac16;
    if config.post.multiplier_bits <= 1 || none {
        return 0;
    }
    let operations = &config.element.operations;
    let chunks = operations.iter().any(|operation| *operation != Operation::MaxPool);
    let own = if chunks { ELEMENT_SUM_BITS } else { 0 };
    let sum = u64::from(config.array.accumulator_bits.max(config.post.bias_bits)).max(own);
    // With the bias.
    let sum = (sum + 1).min(48);
    let columns = config.array.columns as u64;
    // A block takes 18 bits signed, of which all parts but the top one use 17; iCE40: 16.
    let (per_post, per_sum) = match config.family {
        Family::Ice40 => (sum.div_ceil(16), 2),
        _ => (parts(sum, 18), 1),
    };
    let sums = if config.element.operations.contains(&Operation::Add) { columns } else { 0 };
    config.post.lanes as u64 * per_post + sums * per_sum
}

/// Parts that a signed number is cut into.
fn parts(bits: u64, block: u64) -> u64 {
    bits.saturating_sub(1).div_ceil(block - 1).max(1)
}

/// Block memories.
pub(crate) fn memories(config: &MachineConfig, storage: Storage) -> u64 {
    let (memory, columns) = (&config.memory, config.array.columns as u64);
    let rows = config.array.rows as u64;
    let halves_of_entry = entry_halves(config);
    let halves = 2 * memory.patch_words.next_power_of_two().max(4);
    let all = [
        (columns, 16, memory.activation_groups),
        (columns - single_ports(config), 16, memory.weight_groups),
        (1, halves_of_entry[0], memory.parameter_entries),
        (1, halves_of_entry[1], memory.parameter_entries),
        (rows, 16, halves),
    ];
    let program = memory.program_descriptors * DESCRIPTOR_WORDS;
    let decisions = memory.decision_images * DECISION_WORDS;
    let words = match memory.shared_words {
        // Each at a multiple of its size.
        true => {
            let results = memory.result_words.next_power_of_two();
            let first = program.next_multiple_of(results) + results;
            let decisions = if decisions > 0 { decisions.next_power_of_two() } else { 1 };
            vec![
                first.next_multiple_of(decisions)
                    + decisions * usize::from(memory.decision_images > 0),
            ]
        }
        false => vec![program, memory.result_words, decisions],
    };
    let words = words.into_iter().map(|depth| (1, 32, depth));
    let of = |(times, width, depth)| times * memory_blocks(storage, width, depth);
    all.into_iter().chain(words).map(of).sum()
}

/// Bits of the halves of a parameter entry that are kept: those that post uses, unless the host
/// reads entries back or they hold scalars too.
fn entry_halves(config: &MachineConfig) -> [u64; 2] {
    if config.memory.readback || config.array.weight_kinds.contains(&WeightKind::Qsq) {
        return [32; 2];
    }
    let (bias, multiplier) = (config.post.bias_bits, config.post.multiplier_bits);
    let multiplier = if multiplier > 1 { u64::from(multiplier) } else { 0 };
    let high = u64::from(bias.saturating_sub(32)) + multiplier + SHIFT_BITS;
    [bias.min(32).into(), high]
}

/// Blocks of a memory of a machine: on iCE40, deep ones are built of a power of two words and the
/// rest.
fn memory_blocks(storage: Storage, width: u64, depth: usize) -> u64 {
    // What is left out.
    if depth == 0 {
        return 0;
    }
    let low = 1 << depth.ilog2();
    match storage.family == Family::Ice40 && depth > WHOLE && depth > low {
        true => blocks(storage, width, low) + blocks(storage, width, depth - low),
        false => blocks(storage, width, depth),
    }
}

/// Block memories of the packet engine: requests as words, answers as bytes.
pub(crate) fn link(config: &MachineConfig, host: Host, storage: Storage) -> u64 {
    if !host.has_packets() {
        return 0;
    }
    let bytes = (config.host.window * config.host.packet_bytes) as usize;
    blocks(storage, 32, bytes / 4) + blocks(storage, 8, bytes)
}

/// Blocks of one memory: the shape of block that needs the fewest.
fn blocks(storage: Storage, width: u64, depth: usize) -> u64 {
    let depth = depth as u64;
    let distributed = width.div_ceil(4) * depth.div_ceil(16);
    if width * depth <= FEW_BITS || storage.distributed && distributed <= FEW_CELLS {
        return 0;
    }
    let shapes: &[(u64, u64)] = match storage.family {
        Family::Ice40 => &[(16, 256), (8, 512), (4, 1024), (2, 2048)],
        _ => &[(36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384)],
    };
    let of = |(bits, words): &(u64, u64)| width.div_ceil(*bits) * depth.div_ceil(*words);
    shapes.iter().map(of).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_take_the_fewest_blocks() {
        let ecp5 = |width, depth| blocks(Storage::of(Family::Ecp5), width, depth);
        assert_eq!([ecp5(16, 1024), ecp5(16, 1025), ecp5(16, 5120)], [1, 2, 5]);
        assert_eq!([ecp5(32, 512), ecp5(32, 2560), ecp5(32, 64)], [1, 5, 1]);
        let ice40 = |width, depth| blocks(Storage::of(Family::Ice40), width, depth);
        assert_eq!([ice40(16, 256), ice40(16, 2048), ice40(32, 400), ice40(32, 16)], [1, 8, 4, 2]);
        assert_eq!(ice40(32, 4), 0);
        assert_eq!(memory_blocks(Storage::of(Family::Ecp5), 32, 0), 0);
        assert_eq!([ecp5(32, 32), ecp5(32, 48)], [0, 1]);
        // Place and route knows no lookup tables of a GW5A that are memories.
        let on = |device| Storage::on(Family::Gowin, Device::find(device).unwrap());
        assert_eq!(["GW2AR-18C", "GW5A-25A"].map(|device| blocks(on(device), 8, 128)), [0, 1]);
    }

    #[test]
    fn wide_products_take_several_blocks() {
        assert_eq!([parts(18, 18), parts(35, 18), parts(37, 18), parts(42, 18)], [1, 2, 3, 3]);
    }
}
