//! What a machine needs for a network: the fewest abilities, the smallest memories, and on small
//! devices nothing else.

use bitladder_fpga::Device;
use bitladder_machine::isa::{Mode, Operation, WeightKind};
use bitladder_machine::{
    ArrayConfig, ArrayGate, ClockConfig, CompileError, Dataflow, ElementConfig, Family, HostConfig,
    HostPort, LimitsConfig, MachineConfig, MemoryConfig, Multiplier, PostConfig, compile_package,
};
use bitladder_package::Package;
use bitladder_spec::{Rounding, Saturation};

/// More than any network here needs: sizes are cut to what is used.
const ROOMY: usize = 1 << 16;
/// Devices of fewer lookup tables get machines that leave out what the network does not need.
const SMALL: u64 = 10_000;
/// Words of a deep memory on iCE40, and of a block of its in the widest shape.
const DEEP: usize = 2048;
const PIECE: usize = 256;
/// Words of single-port memory, which is a column's weights.
const SINGLE_PORT: usize = 16_384;

/// A machine with room for everything.
fn roomy(family: Family) -> MachineConfig {
    MachineConfig {
        name: "search".into(),
        family,
        array: ArrayConfig {
            rows: 2,
            columns: 4,
            modes: Vec::new(),
            weight_kinds: Vec::new(),
            accumulator_bits: 42,
            multiplier: Multiplier::Fabric,
            dataflow: Dataflow::Broadcast,
            nested: false,
            quality: false,
        },
        post: PostConfig {
            multiplier_bits: 1,
            lanes: 1,
            roundings: vec![Rounding::HalfUp, Rounding::HalfEven],
            saturations: vec![Saturation::Saturate, Saturation::Symmetric, Saturation::Wrap],
            shift_bits: 6,
            bias_bits: 40,
            value_bits: 32,
            stored_bits: 32,
        },
        element: ElementConfig { operations: Vec::new(), padding: true },
        memory: MemoryConfig {
            activation_groups: ROOMY,
            weight_groups: ROOMY,
            parameter_entries: ROOMY,
            program_descriptors: 1024,
            result_words: ROOMY,
            decision_images: 1,
            patch_words: 1 << 14,
            checks: false,
            single_port: false,
            shared_words: false,
            readback: true,
        },
        limits: LimitsConfig::NONE,
        external_memory: None,
        clock: ClockConfig { levels_mhz: vec![50], array_gate: ArrayGate::Enables },
        host: HostConfig {
            port: HostPort::Uart,
            baud: 1_000_000,
            packet_bytes: 256,
            window: 2,
            counters: true,
        },
    }
}

/// The fewest abilities with which all precisions compile; the error of the most able machine if
/// there are none.
pub(super) fn abilities(package: &Package, family: Family) -> Result<MachineConfig, CompileError> {
    use Operation::{Add, AveragePool, MaxPool, Rescale};
    use WeightKind::{Fixed, PowerOfTwo, Qsq, Ternary};
    let modes = [vec![Mode::Word8, Mode::Word4], vec![Mode::Word16, Mode::Word8, Mode::Word4]];
    let kinds: [&[WeightKind]; 3] =
        [&[Fixed], &[Fixed, Ternary], &[Fixed, PowerOfTwo, Ternary, Qsq]];
    let operations: [&[Operation]; 2] = [&[MaxPool], &[MaxPool, AveragePool, Add, Rescale]];
    let mut last = None;
    for (modes, kinds) in modes.iter().flat_map(|modes| kinds.map(|kinds| (modes, kinds))) {
        for (bits, operations) in [1, 16].into_iter().flat_map(|b| operations.map(|o| (b, o))) {
            let mut config = roomy(family);
            config.array.modes.clone_from(modes);
            config.array.weight_kinds = kinds.to_vec();
            config.post.multiplier_bits = bits;
            config.element.operations = operations.to_vec();
            match compile_package(package, &config, 1) {
                Ok(_) => return Ok(config),
                Err(error) => last = Some(error),
            }
        }
    }
    Err(last.unwrap_or(CompileError::Batch { batch: 0 }))
}

fn runs(package: &Package, config: &MachineConfig) -> bool {
    config.validate().is_ok() && compile_package(package, config, 1).is_ok()
}

/// Sets a number of bits.
type Set = fn(&mut MachineConfig, u8);

/// Leaves out what the network does not need where the device is small; whatever it does need stays.
pub(super) fn lean(package: &Package, device: &Device, config: MachineConfig) -> MachineConfig {
    if device.luts >= SMALL {
        return config;
    }
    let flags: [fn(&mut MachineConfig); 8] = [
        |config| {
            (config.memory.readback, config.host.counters) = (false, false);
            (config.host.port, config.memory.shared_words) = (HostPort::UartBus, true);
        },
        |config| (config.memory.decision_images, config.limits.batch) = (0, 1),
        |config| config.limits.checked = false,
        |config| config.limits.dense = false,
        |config| config.limits.dilation = false,
        |config| config.element.padding = false,
        |config| config.post.saturations = vec![Saturation::Saturate],
        |config| config.post.roundings = vec![Rounding::HalfUp],
    ];
    let less = |config: MachineConfig, change: fn(&mut MachineConfig)| {
        let mut changed = config.clone();
        change(&mut changed);
        if runs(package, &changed) { changed } else { config }
    };
    flags.into_iter().fold(config, less)
}

/// Cuts counters and sums of a machine for a small device to what the network needs in its shape.
pub(super) fn narrow(package: &Package, device: &Device, config: MachineConfig) -> MachineConfig {
    if device.luts >= SMALL {
        return config;
    }
    let sizes: [(Set, &[u8]); 9] = [
        (|config, bits| config.limits.extent_bits = bits, &[4, 6, 8, 12]),
        (|config, bits| config.limits.operand_bits = bits, &[8, 10, 12, 16]),
        (|config, bits| config.limits.channel_bits = bits, &[4, 6, 8, 12]),
        (|config, bits| config.limits.cycle_bits = bits, &[20, 24, 32]),
        (|config, bits| config.post.shift_bits = bits, &[4, 5]),
        (|config, bits| config.post.bias_bits = bits, &[20, 24, 32]),
        (|config, bits| config.post.value_bits = bits, &[16, 20, 24]),
        (|config, bits| config.post.stored_bits = bits, &[9, 17]),
        (|config, bits| config.array.accumulator_bits = bits, &[24, 28, 32, 36]),
    ];
    sizes.into_iter().fold(config, |config, (set, sizes)| {
        let with = |bits: &u8| {
            let mut changed = config.clone();
            set(&mut changed, *bits);
            changed
        };
        // The first that is enough.
        let enough = sizes.iter().map(with).find(|config| runs(package, config));
        enough.unwrap_or(config)
    })
}

/// Memories as small as powers of two can be.
pub(super) fn cut(
    package: &Package,
    device: &Device,
    config: &mut MachineConfig,
) -> Result<(), CompileError> {
    let image = compile_package(package, config, 1)?;
    let used = |key: &str| {
        let all = image.programs.iter().flat_map(bitladder_machine::Program::memory_use);
        all.filter(|memory| memory.key == key).map(|memory| memory.used).max().unwrap_or(0)
    };
    // On iCE40, deep memories are built of a power of two words and the rest.
    let size = |key: &str| match device.family {
        bitladder_fpga::Family::Ice40 if used(key) > DEEP => used(key).next_multiple_of(PIECE),
        _ => used(key).next_power_of_two().max(16),
    };
    let patches = image.programs.iter().flat_map(|program| {
        let descriptors = program.descriptors().unwrap_or_default();
        descriptors.into_iter().map(|descriptor| descriptor.patch_words as usize)
    });
    config.memory = MemoryConfig {
        activation_groups: size("memory.activation_groups"),
        weight_groups: size("memory.weight_groups"),
        parameter_entries: size("memory.parameter_entries"),
        program_descriptors: used("memory.program_descriptors").max(2),
        result_words: size("memory.result_words"),
        patch_words: patches.max().unwrap_or(1).next_power_of_two().max(4),
        ..config.memory
    };
    let memory = &mut config.memory;
    if device.spram >= config.array.columns as u64 && memory.weight_groups <= SINGLE_PORT {
        (memory.single_port, memory.weight_groups) = (true, SINGLE_PORT);
    }
    Ok(())
}
