//! Measured machines, as a table: what they are, and what synthesis and routing made of them.

use bitladder_fpga::Resources;
use bitladder_fpga::estimate::{TableError, read_table};
use bitladder_machine::MachineConfig;

use super::settings;

/// Columns; `settings` are the keys in which a machine differs from that of `models/base.toml`, and
/// `mhz` is empty where nothing was placed.
const HEADER: &str = "name,settings,luts,registers,dsp,bram,spram,mhz,yosys";

/// A measured machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What it is; without external memory.
    pub config: MachineConfig,
    /// What synthesis made of it, behind its port; a bare bus behind the host link `pins`.
    pub measured: Resources,
    /// The clock that place and route reached.
    pub mhz: Option<f64>,
    /// The version of Yosys.
    pub yosys: String,
}

/// Reads a table.
pub fn read_samples(file: &str, text: &str) -> Result<Vec<Sample>, TableError> {
    read_table((file, text), (HEADER, "calibrate"), sample)
}

fn sample(line: &str) -> Result<Sample, String> {
    let fields: Vec<&str> = line.split(',').collect();
    let [name, settings, luts, registers, dsp, bram, spram, mhz, yosys] = fields[..] else {
        let wanted = HEADER.split(',').count();
        return Err(format!("{} fields instead of {wanted}", fields.len()));
    };
    let measured = Resources {
        luts: number(luts)?,
        registers: number(registers)?,
        dsp: number(dsp)?,
        bram: number(bram)?,
        spram: number(spram)?,
    };
    let mhz = if mhz.is_empty() { None } else { Some(number(mhz)?) };
    let config = settings::apply(name, settings)?;
    Ok(Sample { config, measured, mhz, yosys: yosys.to_owned() })
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no such number"))
}

/// Writes a table.
pub fn write_samples(samples: &[Sample]) -> String {
    let row = |one: &Sample| {
        let Resources { luts, registers, dsp, bram, spram } = one.measured;
        let mhz = one.mhz.map_or(String::new(), |mhz| format!("{mhz:.1}"));
        let (name, settings) = (&one.config.name, settings::differences(&one.config));
        let yosys = &one.yosys;
        format!("{name},{settings},{luts},{registers},{dsp},{bram},{spram},{mhz},{yosys}\n")
    };
    format!("{HEADER}\n{}", samples.iter().map(row).collect::<String>())
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
        let fault = |line: &str| {
            let text = format!("{HEADER}\n{line}\n");
            read_samples("t.csv", &text).unwrap_err().to_string()
        };
        assert!(fault("a,b").starts_with("t.csv:2: 2 fields instead of 9; "));
        let text = fault("a,array.rows=2,many,1,1,1,0,,Yosys 0.23");
        assert!(text.starts_with("t.csv:2: `many` is no such number; "), "{text}");
        let text = fault("a,array.rows=0,1,1,1,1,0,,Yosys 0.23");
        assert!(text.contains("array.rows"), "{text}");
        assert!(read_samples("t.csv", "x").unwrap_err().to_string().contains("the header is not"));
    }
}
