//! What must hold in a configuration.

use toml::de::{DeTable, DeValue};

use super::{ArrayConfig, ArrayGate, ConfigError, Family, MachineConfig, Multiplier};
use crate::isa::{Mode, Operation, WeightKind};
use bitladder_spec::Saturation;

/// Something wrong, before the line is known.
pub(super) enum Fault {
    Range { key: &'static str, value: String, allowed: String },
    Conflict { keys: [&'static str; 2], values: [String; 2], remedy: &'static str },
}

impl Fault {
    /// The error, with the line its key is in.
    pub(super) fn located(self, file: &str, text: &str) -> ConfigError {
        let file = file.to_owned();
        match self {
            Self::Range { key, value, allowed } => {
                ConfigError::Range { file, line: line_of(text, key), key, value, allowed }
            }
            Self::Conflict { keys: [key, other], values: [value, other_value], remedy } => {
                let line = line_of(text, key);
                let (value, other_value) = (value.into(), other_value.into());
                ConfigError::Conflict { file, line, key, value, other, other_value, remedy }
            }
        }
    }
}

/// The line of a dotted key's value; 1 if it is not there.
fn line_of(text: &str, key: &str) -> usize {
    let Ok(table) = DeTable::parse(text) else { return 1 };
    let (mut table, mut at) = (table.into_inner(), 0);
    for part in key.split('.') {
        let Some((_, value)) = table.into_iter().find(|(name, _)| name.get_ref() == part) else {
            break;
        };
        at = value.span().start;
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    text[..at].matches('\n').count() + 1
}

pub(super) fn check(config: &MachineConfig) -> Result<(), Fault> {
    ranges(config)?;
    sets(config)?;
    array(config)?;
    single_port(config)?;
    readback(config)?;
    super::limits::check(config)?;
    super::external::check(config)?;
    super::host::check(config)
}

fn ranges(config: &MachineConfig) -> Result<(), Fault> {
    let (array, memory) = (&config.array, &config.memory);
    let words = (1 << 24) / array.columns.max(1);
    for (key, value, lo, hi) in [
        ("array.rows", array.rows, 1, 128),
        ("array.columns", array.columns, 2, 64),
        ("array.accumulator_bits", array.accumulator_bits.into(), 16, 48),
        ("post.multiplier_bits", config.post.multiplier_bits.into(), 1, 17),
        ("post.lanes", config.post.lanes, 1, array.columns),
        ("post.shift_bits", config.post.shift_bits.into(), 3, 6),
        ("post.bias_bits", config.post.bias_bits.into(), 8, 40),
        ("post.value_bits", config.post.value_bits.into(), 8, 32),
        ("post.stored_bits", config.post.stored_bits.into(), 8, config.post.value_bits.into()),
        ("memory.activation_groups", memory.activation_groups, 2, words),
        ("memory.weight_groups", memory.weight_groups, 2, words),
        ("memory.parameter_entries", memory.parameter_entries, 2, 1 << 24),
        ("memory.program_descriptors", memory.program_descriptors, 2, 1 << 16),
        ("memory.result_words", memory.result_words, 2, 1 << 24),
        ("memory.decision_images", memory.decision_images, 0, 1 << 16),
        ("memory.patch_words", memory.patch_words, 1, 1 << 15),
        ("clock.levels_mhz", config.clock.levels_mhz.len(), 1, 4),
    ] {
        if !(lo..=hi).contains(&value) {
            let of = if key == "clock.levels_mhz" { " levels" } else { "" };
            let (value, allowed) = (format!("{value}{of}"), format!("{lo} to {hi}{of}"));
            return Err(Fault::Range { key, value, allowed });
        }
    }
    let columns = array.columns;
    let powers = [("array.columns", columns, 2, 64), ("post.lanes", config.post.lanes, 1, columns)];
    match powers.into_iter().find(|(_, value, ..)| !value.is_power_of_two()) {
        Some((key, value, lo, hi)) => {
            let allowed = format!("a power of two from {lo} to {hi}");
            Err(Fault::Range { key, value: value.to_string(), allowed })
        }
        None => Ok(()),
    }
}

fn sets(config: &MachineConfig) -> Result<(), Fault> {
    let array = &config.array;
    let empty = |key, what: &str| {
        Err(Fault::Range { key, value: "empty".into(), allowed: format!("at least one {what}") })
    };
    if array.modes.is_empty() {
        return empty("array.modes", "mode");
    }
    if array.weight_kinds.is_empty() {
        return empty("array.weight_kinds", "weight kind");
    }
    if config.post.clamps_stored_only() && config.post.saturations != [Saturation::Saturate] {
        return Err(Fault::Conflict {
            keys: ["post.stored_bits", "post.saturations"],
            values: [config.post.stored_bits.to_string(), format!("{:?}", config.post.saturations)],
            remedy: "narrow values are clamped, which saturates: leave the others out, or make it as \
                     large as `post.value_bits`",
        });
    }
    if config.post.roundings.is_empty() {
        return empty("post.roundings", "rounding");
    }
    if config.post.saturations.is_empty() {
        return empty("post.saturations", "saturation");
    }
    let operations = &config.element.operations;
    if operations.is_empty() {
        return empty("element.operations", "operation");
    }
    let foreign = |known: &&Operation| matches!(known, Operation::End | Operation::Conv);
    if let Some(operation) = operations.iter().find(foreign) {
        let allowed = "max-pool, average-pool, add and rescale".into();
        let (key, value) = ("element.operations", operation.name().into());
        return Err(Fault::Range { key, value, allowed });
    }
    let levels = &config.clock.levels_mhz;
    if levels.contains(&0) || levels.windows(2).any(|pair| pair[0] < pair[1]) {
        let (value, allowed) = (format!("{levels:?}"), "above 0, the fastest first".into());
        return Err(Fault::Range { key: "clock.levels_mhz", value, allowed });
    }
    Ok(())
}

fn array(config: &MachineConfig) -> Result<(), Fault> {
    let array = &config.array;
    if config.clock.array_gate == ArrayGate::Cell && config.family == Family::Generic {
        return Err(Fault::Conflict {
            keys: ["clock.array_gate", "family"],
            values: ["cell".into(), "generic".into()],
            remedy: "plain Verilog has no clock cell: choose `enables` or a family",
        });
    }
    let packed = matches!(array.multiplier, Multiplier::Dsp1 | Multiplier::Dsp2);
    if packed && array.accumulator_bits < 25 {
        let values = [array.accumulator_bits.to_string(), name(&array.multiplier)];
        let keys = ["array.accumulator_bits", "array.multiplier"];
        let remedy = "packed products lie 9 bits up, so 25 are the least";
        return Err(Fault::Conflict { keys, values, remedy });
    }
    family(config)?;
    kinds(array)?;

    let narrow = array.modes.iter().find(|mode| matches!(mode, Mode::Word8 | Mode::Word4));
    match (array.multiplier, narrow) {
        (Multiplier::Shifter, Some(mode)) => Err(Fault::Conflict {
            keys: ["array.modes", "array.multiplier"],
            values: [mode.name().into(), name(&array.multiplier)],
            remedy: "it shifts 16-bit operands only",
        }),
        _ => views(array),
    }
}

/// Words of a block of single-port memory, of which each column has one.
const SINGLE_PORT_WORDS: usize = 1 << 14;

/// Single-port memory exists on iCE40 UltraPlus only, as do its multipliers.
fn single_port(config: &MachineConfig) -> Result<(), Fault> {
    let (memory, array) = (&config.memory, &config.array);
    let refused = |other, value: String, remedy| {
        let (keys, values) = (["memory.single_port", other], ["true".into(), value]);
        Err(Fault::Conflict { keys, values, remedy })
    };
    match () {
        () if !memory.single_port => Ok(()),
        () if array.multiplier != Multiplier::Mac16 => {
            let remedy = "it exists where `mac16` does, on iCE40 UltraPlus: set it to false";
            refused("array.multiplier", name(&array.multiplier), remedy)
        }
        () if memory.weight_groups > SINGLE_PORT_WORDS => {
            let remedy = "each column has one block of 16384 words";
            refused("memory.weight_groups", memory.weight_groups.to_string(), remedy)
        }
        () if array.columns > 4 => {
            let remedy = "there are four blocks, one for each column";
            refused("array.columns", array.columns.to_string(), remedy)
        }
        () if config.external_memory.is_some() => {
            let remedy = "loads write while the array reads: set it to false";
            refused("external_memory.kind", "there".into(), remedy)
        }
        () => Ok(()),
    }
}

/// What is read back needs a way there.
fn readback(config: &MachineConfig) -> Result<(), Fault> {
    let memory = &config.memory;
    if config.external_memory.is_some() && !memory.readback {
        let remedy = "machines with memory outside are built with it alone: set it";
        let (keys, values) = (["external_memory", "memory.readback"], ["there", "false"]);
        return Err(Fault::Conflict { keys, values: values.map(str::to_owned), remedy });
    }
    let (keys, remedy) = match (memory.readback, memory.checks, memory.shared_words) {
        (false, true, _) => {
            let remedy = "what is checked is read back: set both, or neither";
            (["memory.checks", "memory.readback"], remedy)
        }
        (true, _, true) => {
            let remedy = "a shared memory has no way to read the program back: set one of them";
            (["memory.shared_words", "memory.readback"], remedy)
        }
        (false, _, false) => {
            let remedy = "results have a way to the host of their own in a shared memory alone: set one \
                          of them";
            (["memory.shared_words", "memory.readback"], remedy)
        }
        _ => return Ok(()),
    };
    let on = memory.checks && !memory.readback || memory.shared_words;
    let values = [on, memory.readback].map(|on| on.to_string());
    Err(Fault::Conflict { keys, values, remedy })
}

/// An enumeration's value as the file has it.
fn name(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

/// Multipliers that a family of FPGAs does not have.
fn family(config: &MachineConfig) -> Result<(), Fault> {
    let remedy = match (config.array.multiplier, config.family) {
        (Multiplier::Dsp1 | Multiplier::Dsp2, Family::Ice40) => {
            "it has no 18 x 18 blocks: mac16 or fabric"
        }
        (Multiplier::Mac16, Family::Ecp5 | Family::Gowin) => {
            "SB_MAC16 exists on iCE40 UltraPlus only"
        }
        _ => return Ok(()),
    };
    let values = [name(&config.array.multiplier), name(&config.family)];
    Err(Fault::Conflict { keys: ["array.multiplier", "family"], values, remedy })
}

/// What is done to fixed weights needs some.
fn views(array: &ArrayConfig) -> Result<(), Fault> {
    let wanted = [("array.nested", array.nested), ("array.quality", array.quality)];
    let on = wanted.into_iter().find(|(_, on)| *on);
    match on.filter(|_| !array.weight_kinds.contains(&WeightKind::Fixed)) {
        Some((key, _)) => Err(Fault::Conflict {
            keys: [key, "array.weight_kinds"],
            values: ["true".into(), "without fixed".into()],
            remedy: "it is for fixed weights: add `fixed` or set it to false",
        }),
        None => Ok(()),
    }
}

/// Weight kinds that the modes or the multiplier do not go with.
fn kinds(array: &ArrayConfig) -> Result<(), Fault> {
    let fixed = array.weight_kinds.contains(&WeightKind::Fixed);
    let wide = array.modes.contains(&Mode::Word16);
    for kind in &array.weight_kinds {
        let (other, value, remedy) = match (kind, array.multiplier) {
            (WeightKind::PowerOfTwo | WeightKind::Qsq, _) if !wide => {
                let modes: Vec<&str> = array.modes.iter().map(|mode| mode.name()).collect();
                ("array.modes", modes.join(", "), "these weights need the mode `word16`")
            }
            (WeightKind::Qsq, _) if !fixed => {
                let remedy = "they are decoded to fixed weights: add `fixed`";
                ("array.weight_kinds", "without fixed".into(), remedy)
            }
            (WeightKind::Fixed, Multiplier::Shifter) => {
                let remedy = "only power-of-two and ternary weights are shifts: leave out `fixed`";
                ("array.multiplier", "shifter".into(), remedy)
            }
            (WeightKind::PowerOfTwo, Multiplier::Mac16) => {
                let remedy = "+2^15 does not fit its 16-bit operand: fabric or shifter";
                ("array.multiplier", "mac16".into(), remedy)
            }
            _ => continue,
        };
        let values = [kind.name().into(), value];
        return Err(Fault::Conflict { keys: ["array.weight_kinds", other], values, remedy });
    }
    Ok(())
}
