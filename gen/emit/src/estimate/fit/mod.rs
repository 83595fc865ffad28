//! The best machine for a network on a device.

use bitladder_fpga::{Device, Resource};
use bitladder_machine::isa::{Mode, Operation, WeightKind};
use bitladder_machine::{
    ArrayConfig, ArrayGate, ClockConfig, CompileError, Dataflow, ElementConfig, Family, HostConfig,
    HostPort, LimitsConfig, MachineConfig, MemoryConfig, Multiplier, PostConfig, compile_package,
    cycles,
};
use bitladder_package::Package;
use bitladder_spec::{Rounding, Saturation};
use serde::Serialize;

use super::{Estimate, EstimateError, Estimator};

/// Place and route rarely succeeds above this share of a device's lookup tables.
const ROUTABLE: f64 = 0.85;
/// Rows and columns that are tried.
const ROWS: [usize; 10] = [1, 2, 3, 4, 6, 8, 10, 12, 14, 16];
const COLUMNS: [usize; 4] = [2, 4, 8, 16];
/// More than any network here needs: sizes are cut to what is used.
const ROOMY: usize = 1 << 16;

/// A machine that fits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// It.
    pub config: MachineConfig,
    /// What it takes.
    pub estimate: Estimate,
    /// Images per second in each precision at the estimated clock.
    pub images_per_second: Vec<(String, f64)>,
}

/// A machine that does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its shape.
    pub machine: String,
    /// Lanes it would have.
    pub lanes: usize,
    /// Why not.
    pub why: String,
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// Those that fit, the fastest first.
    pub fitting: Vec<Candidate>,
    /// The others, the smallest first.
    pub refused: Vec<Refused>,
}

impl Candidate {
    /// The slowest precision's images per second: what a ladder falls back to.
    fn slowest(&self) -> f64 {
        self.images_per_second.iter().map(|(_, rate)| *rate).fold(f64::INFINITY, f64::min)
    }
}

/// Searches shapes and multipliers for a network on a device. The abilities are the fewest with
/// which all precisions compile, the memories the smallest powers of two that hold them.
pub fn fit(
    package: &Package,
    device: &'static Device,
    estimator: &Estimator,
) -> Result<Result<Fit, CompileError>, EstimateError> {
    let family = family(device);
    let able = match abilities(package, family) {
        Ok(able) => able,
        Err(error) => return Ok(Err(error)),
    };
    let mut result = Fit { fitting: Vec::new(), refused: Vec::new() };
    for multiplier in multipliers(device) {
        for (rows, columns) in ROWS.into_iter().flat_map(|r| COLUMNS.map(|c| (r, c))) {
            for lanes in [1, 2, 4, 8].into_iter().filter(|lanes| *lanes <= columns) {
                let mut config = able.clone();
                config.array.multiplier = multiplier;
                (config.array.rows, config.array.columns) = (rows, columns);
                config.post.lanes = lanes;
                config.name = format!("{}-{rows}x{columns}-p{lanes}", name(multiplier));
                match judge(package, device, estimator, config)? {
                    Ok(candidate) => result.fitting.push(candidate),
                    Err(refused) => result.refused.push(refused),
                }
            }
        }
    }
    result.fitting.sort_by(|a, b| {
        let cheap = |one: &Candidate| one.estimate.resources.luts;
        b.slowest().total_cmp(&a.slowest()).then(cheap(a).cmp(&cheap(b)))
    });
    result.refused.sort_by_key(|one| one.lanes);
    Ok(Ok(result))
}

fn family(device: &Device) -> Family {
    match device.family {
        bitladder_fpga::Family::Ecp5 => Family::Ecp5,
        bitladder_fpga::Family::Ice40 => Family::Ice40,
        bitladder_fpga::Family::Gowin => Family::Gowin,
    }
}

fn multipliers(device: &Device) -> Vec<Multiplier> {
    match (device.dsp, device.family) {
        (0, _) => vec![Multiplier::Fabric],
        (_, bitladder_fpga::Family::Ice40) => vec![Multiplier::Mac16],
        _ => vec![Multiplier::Dsp1],
    }
}

fn name(multiplier: Multiplier) -> String {
    format!("{multiplier:?}").to_lowercase()
}

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
fn abilities(package: &Package, family: Family) -> Result<MachineConfig, CompileError> {
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

/// Cuts the memories to size and compares with the device.
fn judge(
    package: &Package,
    device: &'static Device,
    estimator: &Estimator,
    mut config: MachineConfig,
) -> Result<Result<Candidate, Refused>, EstimateError> {
    let lanes = config.array.rows * config.array.columns;
    let refused = |why: String, config: &MachineConfig| {
        Ok(Err(Refused { machine: config.name.clone(), lanes, why }))
    };
    if let Err(error) = cut(package, &mut config) {
        return refused(error.to_string(), &config);
    }
    let estimate = estimator.estimate(&config)?;
    for resource in Resource::ALL {
        let (needed, there) = (estimate.resources.get(resource), resource.of_device(device));
        let share = if resource == Resource::Luts { ROUTABLE } else { 1.0 };
        if needed as f64 > there as f64 * share {
            let limit = match resource {
                Resource::Luts => format!(", of which {:.0} % can be routed", 100.0 * share),
                _ => String::new(),
            };
            let why = format!("needs {needed} {resource}, {there} are there{limit}");
            return refused(why, &config);
        }
    }
    let mhz = estimate.mhz.unwrap_or(f64::from(config.clock.levels_mhz[0]));
    match rates(package, &config, mhz) {
        Ok(images_per_second) => Ok(Ok(Candidate { config, estimate, images_per_second })),
        Err(error) => refused(error.to_string(), &config),
    }
}

/// Memories as small as powers of two can be.
fn cut(package: &Package, config: &mut MachineConfig) -> Result<(), CompileError> {
    let image = compile_package(package, config, 1)?;
    let used = |key: &str| {
        let all = image.programs.iter().flat_map(bitladder_machine::Program::memory_use);
        all.filter(|memory| memory.key == key).map(|memory| memory.used).max().unwrap_or(0)
    };
    let size = |key: &str| used(key).next_power_of_two().max(16);
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
        decision_images: config.memory.decision_images,
        patch_words: patches.max().unwrap_or(1).next_power_of_two().max(4),
        checks: false,
        single_port: false,
        shared_words: false,
        readback: true,
    };
    Ok(())
}

fn rates(
    package: &Package,
    config: &MachineConfig,
    mhz: f64,
) -> Result<Vec<(String, f64)>, CompileError> {
    let image = compile_package(package, config, 1)?;
    let rate = |program: &bitladder_machine::Program| {
        let count = cycles(program, config).map(|report| report.cycles);
        let cycles = count.unwrap_or(u64::MAX);
        (program.name.clone(), mhz * 1e6 / cycles as f64)
    };
    Ok(image.programs.iter().map(rate).collect())
}
