//! Measured machines, as a table: what they are, and what synthesis made of them.

use bitladder_fpga::Resources;
use bitladder_machine::MachineConfig;
use thiserror::Error;

/// Columns that say what a machine is; lists are joined by dots.
const KEYS: [&str; 18] = [
    "name",
    "family",
    "multiplier",
    "rows",
    "columns",
    "modes",
    "kinds",
    "accumulator_bits",
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
];
/// Columns that say what came out; `mhz` is empty where nothing was placed.
const RESULTS: [&str; 6] = ["luts", "registers", "dsp", "bram", "mhz", "yosys"];

/// A measured machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What it is: broadcast, rounding half up, at 50 MHz.
    pub config: MachineConfig,
    /// What synthesis made of it, behind the host link `pins`.
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
    let config =
        MachineConfig::parse(keys[0], &machine(keys)).map_err(|fault| fault.to_string())?;
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is no number"));
    let measured = Resources {
        luts: number(results[0])?,
        registers: number(results[1])?,
        dsp: number(results[2])?,
        bram: number(results[3])?,
        spram: 0,
    };
    let mhz = match results[4] {
        "" => None,
        text => Some(text.parse().map_err(|_| format!("`{text}` is no frequency"))?),
    };
    Ok(Sample { config, measured, mhz, yosys: results[5].to_owned() })
}

/// The configuration that a row stands for.
fn machine(keys: &[&str]) -> String {
    let list = |text: &str| {
        let words: Vec<String> = text.split('.').map(|word| format!("\"{word}\"")).collect();
        format!("[{}]", words.join(", "))
    };
    format!(
        "name = \"{}\"\nfamily = \"{}\"\n[array]\nmultiplier = \"{}\"\nrows = {}\ncolumns = {}\n\
         modes = {}\nweight_kinds = {}\naccumulator_bits = {}\ndataflow = \"broadcast\"\n\
         nested = false\nquality = false\n[post]\n\
         multiplier_bits = {}\nlanes = {}\nroundings = [\"half-up\"]\n[element]\noperations = {}\n\
         [memory]\nactivation_groups = {}\nweight_groups = {}\nparameter_entries = {}\n\
         program_descriptors = {}\nresult_words = {}\ndecision_images = {}\npatch_words = {}\n\
         checks = false\n[clock]\nlevels_mhz = [50]\narray_gate = \"enables\"\n[host]\nport = \"bus\"\n\
         baud = 1000000\npacket_bytes = 512\nwindow = 4\n",
        keys[0],
        keys[1],
        keys[2],
        keys[3],
        keys[4],
        list(keys[5]),
        list(keys[6]),
        keys[7],
        keys[8],
        keys[9],
        list(keys[10]),
        keys[11],
        keys[12],
        keys[13],
        keys[14],
        keys[15],
        keys[16],
        keys[17]
    )
}

/// Writes a table.
pub fn write_samples(samples: &[Sample]) -> String {
    let mut text = header() + "\n";
    for one in samples {
        let (config, used) = (&one.config, &one.measured);
        let (array, post, memory) = (&config.array, &config.post, &config.memory);
        let join = |names: Vec<&str>| names.join(".");
        let fields = [
            config.name.clone(),
            format!("{:?}", config.family).to_lowercase(),
            format!("{:?}", array.multiplier).to_lowercase(),
            array.rows.to_string(),
            array.columns.to_string(),
            join(array.modes.iter().map(|mode| mode.name()).collect()),
            join(array.weight_kinds.iter().map(|kind| kind.name()).collect()),
            array.accumulator_bits.to_string(),
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
            used.luts.to_string(),
            used.registers.to_string(),
            used.dsp.to_string(),
            used.bram.to_string(),
            one.mhz.map_or(String::new(), |mhz| format!("{mhz:.1}")),
            one.yosys.clone(),
        ];
        text.push_str(&(fields.join(",") + "\n"));
    }
    text
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
        assert!(fault("a,b").starts_with("t.csv:2: 2 fields instead of 24; "));
        let broken = row.replacen("max-pool", "min-pool", 1);
        assert!(fault(&broken).contains("min-pool"), "{}", fault(&broken));
        assert!(read_samples("t.csv", "x").unwrap_err().to_string().contains("the header is not"));
    }
}
