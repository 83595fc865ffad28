//! Measured machines, as a table: what they are, and what synthesis and routing made of them.

use bitladder_fpga::Resources;
use bitladder_machine::{HostPort, MachineConfig};
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{Deserialize, IntoDeserializer};
use thiserror::Error;

/// Columns that say what a machine is; lists are joined by dots.
const KEYS: [&str; 22] = [
    "name",
    "family",
    "multiplier",
    "rows",
    "columns",
    "modes",
    "kinds",
    "accumulator_bits",
    "nested",
    "quality",
    "multiplier_bits",
    "lanes",
    "operations",
    "activation_groups",
    "weight_groups",
    "parameter_entries",
    "program_descriptors",
    "result_words",
    "decision_images",
    "patch_words",
    "checks",
    "port",
];
/// Columns that say what came out; `mhz` is empty where nothing was placed.
const RESULTS: [&str; 6] = ["luts", "registers", "dsp", "bram", "mhz", "yosys"];
/// What the table does not say is as in this machine.
const BASE: &str = include_str!("../../models/base.toml");

/// A measured machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What it is: broadcast, gated by enables.
    pub config: MachineConfig,
    /// What synthesis made of it, behind its port; a bare bus behind the host link `pins`.
    pub measured: Resources,
    /// The clock that place and route reached.
    pub mhz: Option<f64>,
    /// The version of Yosys.
    pub yosys: String,
}

/// A table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}: {problem}; the example `calibrate` writes such a table")]
pub struct SampleError {
    /// The file.
    pub file: String,
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

fn header() -> String {
    [&KEYS[..], &RESULTS[..]].concat().join(",")
}

/// Reads a table.
pub fn read_samples(file: &str, text: &str) -> Result<Vec<Sample>, SampleError> {
    let fault = |line, problem: String| SampleError { file: file.to_owned(), line, problem };
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, line)| line) != Some(&header()) {
        return Err(fault(1, format!("the header is not `{}`", header())));
    }
    let read =
        |(index, line): (usize, &str)| sample(line).map_err(|problem| fault(index + 1, problem));
    lines.map(read).collect()
}

fn sample(line: &str) -> Result<Sample, String> {
    let fields: Vec<&str> = line.split(',').collect();
    if fields.len() != KEYS.len() + RESULTS.len() {
        let wanted = KEYS.len() + RESULTS.len();
        return Err(format!("{} fields instead of {wanted}", fields.len()));
    }
    let (keys, results) = fields.split_at(KEYS.len());
    let config = machine(keys)?;
    let measured = Resources {
        luts: number(results[0])?,
        registers: number(results[1])?,
        dsp: number(results[2])?,
        bram: number(results[3])?,
        spram: 0,
    };
    let mhz = match results[4] {
        "" => None,
        text => Some(number(text)?),
    };
    Ok(Sample { config, measured, mhz, yosys: results[5].to_owned() })
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no such number or flag"))
}

/// A name as configurations have it.
fn word<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    let word: StrDeserializer<'a, WordError> = text.into_deserializer();
    T::deserialize(word).map_err(|error| error.to_string())
}

fn list<'a, T: Deserialize<'a>>(text: &'a str) -> Result<Vec<T>, String> {
    text.split('.').map(word).collect()
}

/// The configuration that a row stands for.
fn machine(keys: &[&str]) -> Result<MachineConfig, String> {
    let mut config =
        MachineConfig::parse("ecp5-25.toml", BASE).map_err(|fault| fault.to_string())?;
    config.name = keys[0].to_owned();
    config.family = word(keys[1])?;
    let array = &mut config.array;
    array.multiplier = word(keys[2])?;
    (array.rows, array.columns) = (number(keys[3])?, number(keys[4])?);
    (array.modes, array.weight_kinds) = (list(keys[5])?, list(keys[6])?);
    array.accumulator_bits = number(keys[7])?;
    (array.nested, array.quality) = (number(keys[8])?, number(keys[9])?);
    (config.post.multiplier_bits, config.post.lanes) = (number(keys[10])?, number(keys[11])?);
    config.element.operations = list(keys[12])?;
    let memory = &mut config.memory;
    (memory.activation_groups, memory.weight_groups) = (number(keys[13])?, number(keys[14])?);
    memory.parameter_entries = number(keys[15])?;
    memory.program_descriptors = number(keys[16])?;
    (memory.result_words, memory.decision_images) = (number(keys[17])?, number(keys[18])?);
    (memory.patch_words, memory.checks) = (number(keys[19])?, number(keys[20])?);
    config.host.port = word::<HostPort>(keys[21])?;
    config.validate().map_err(|fault| fault.to_string())?;
    Ok(config)
}

/// Writes a table.
pub fn write_samples(samples: &[Sample]) -> String {
    let mut text = header() + "\n";
    for one in samples {
        let config = &one.config;
        let (array, post, memory) = (&config.array, &config.post, &config.memory);
        let join = |names: Vec<&str>| names.join(".");
        let fields = [
            config.name.clone(),
            lower(&config.family),
            lower(&array.multiplier),
            array.rows.to_string(),
            array.columns.to_string(),
            join(array.modes.iter().map(|mode| mode.name()).collect()),
            join(array.weight_kinds.iter().map(|kind| kind.name()).collect()),
            array.accumulator_bits.to_string(),
            array.nested.to_string(),
            array.quality.to_string(),
            post.multiplier_bits.to_string(),
            post.lanes.to_string(),
            join(config.element.operations.iter().map(|one| one.name()).collect()),
            memory.activation_groups.to_string(),
            memory.weight_groups.to_string(),
            memory.parameter_entries.to_string(),
            memory.program_descriptors.to_string(),
            memory.result_words.to_string(),
            memory.decision_images.to_string(),
            memory.patch_words.to_string(),
            memory.checks.to_string(),
            lower(&config.host.port),
        ];
        text.push_str(&format!("{},{}\n", fields.join(","), results(one)));
    }
    text
}

fn lower(name: &impl std::fmt::Debug) -> String {
    format!("{name:?}").to_lowercase()
}

fn results(one: &Sample) -> String {
    let used = &one.measured;
    let mhz = one.mhz.map_or(String::new(), |mhz| format!("{mhz:.1}"));
    format!("{},{},{},{},{mhz},{}", used.luts, used.registers, used.dsp, used.bram, one.yosys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_survives() {
        let samples = read_samples("t.csv", crate::estimate::CALIBRATION).unwrap();
        assert_eq!(write_samples(&samples), crate::estimate::CALIBRATION);
    }

    #[test]
    fn damaged_tables_are_refused_with_their_line() {
        let row = crate::estimate::CALIBRATION.lines().nth(1).unwrap();
        let fault = |line: &str| {
            let text = format!("{}\n{line}\n", header());
            read_samples("t.csv", &text).unwrap_err().to_string()
        };
        assert!(fault("a,b").starts_with("t.csv:2: 2 fields instead of 28; "));
        let broken = row.replacen("max-pool", "min-pool", 1);
        assert!(fault(&broken).contains("min-pool"), "{}", fault(&broken));
        let broken = row.replacen(",false,", ",maybe,", 1);
        assert!(fault(&broken).contains("`maybe` is no such number or flag"));
        assert!(read_samples("t.csv", "x").unwrap_err().to_string().contains("the header is not"));
    }
}
