//! Measured arrays, as a table.

use std::fmt::Write;

use super::table::{TableError, read_table};

const HEADER: &str = "family,multiplier,modes,rows,columns,luts,registers,dsp,bram,mhz,yosys";

/// A synthesised array.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    /// The device's family.
    pub family: String,
    /// How its lanes multiply.
    pub multiplier: String,
    /// Its modes, such as `16.8.4`.
    pub modes: String,
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
    /// Lookup tables.
    pub luts: u64,
    /// Flip-flops.
    pub registers: u64,
    /// Multiplier blocks.
    pub dsp: u64,
    /// Block memories.
    pub bram: u64,
    /// The clock that place and route reached, if it ran.
    pub mhz: Option<f64>,
    /// The version of Yosys.
    pub yosys: String,
}

/// Reads a table.
pub fn read_samples(file: &str, text: &str) -> Result<Vec<Sample>, TableError> {
    read_table((file, text), (HEADER, "grid"), sample)
}

fn sample(line: &str) -> Result<Sample, String> {
    let fields: Vec<&str> = line.split(',').collect();
    let [family, multiplier, modes, numbers @ .., mhz, yosys] = fields.as_slice() else {
        return Err("too few fields".to_owned());
    };
    let number = |text: &&str| text.parse::<u32>().map_err(|_| format!("`{text}` is no number"));
    let numbers: Vec<u32> = numbers.iter().map(number).collect::<Result<_, _>>()?;
    let [rows, columns, luts, registers, dsp, bram] = numbers[..] else {
        return Err(format!("{} numbers instead of 6", numbers.len()));
    };
    let mhz = match *mhz {
        "" => None,
        text => Some(text.parse().map_err(|_| format!("`{text}` is no frequency"))?),
    };
    Ok(Sample {
        family: (*family).to_owned(),
        multiplier: (*multiplier).to_owned(),
        modes: (*modes).to_owned(),
        rows,
        columns,
        luts: luts.into(),
        registers: registers.into(),
        dsp: dsp.into(),
        bram: bram.into(),
        mhz,
        yosys: (*yosys).to_owned(),
    })
}

/// Writes a table.
pub fn write_samples(samples: &[Sample]) -> String {
    let mut text = format!("{HEADER}\n");
    for one in samples {
        let Sample { family, multiplier, modes, rows, columns, luts, registers, .. } = one;
        let Sample { dsp, bram, yosys, .. } = one;
        let mhz = one.mhz.map_or(String::new(), |mhz| format!("{mhz:.1}"));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{family},{multiplier},{modes},{rows},{columns},{luts},{registers},{dsp},{bram},{mhz},\
             {yosys}"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_survive() {
        let sample = Sample {
            family: "ice40".into(),
            multiplier: "mac16".into(),
            modes: "8.4".into(),
            rows: 2,
            columns: 3,
            luts: 700,
            registers: 500,
            dsp: 6,
            bram: 0,
            mhz: Some(33.5),
            yosys: "Yosys 0.23".into(),
        };
        let samples = vec![sample.clone(), Sample { mhz: None, ..sample }];
        assert_eq!(read_samples("t.csv", &write_samples(&samples)), Ok(samples));
    }

    #[test]
    fn damaged_tables_are_refused() {
        let fault = |line: &str| {
            let text = format!("{HEADER}\n{line}\n");
            read_samples("t.csv", &text).unwrap_err().to_string()
        };
        assert_eq!(
            fault("ecp5,dsp1,16,1,x,1,1,1,0,,Yosys 0.23"),
            "t.csv:2: `x` is no number; make the file again with `--example grid`"
        );
        assert!(fault("ecp5,dsp1").contains("t.csv:2: too few fields"));
        assert!(fault("ecp5,dsp1,16,1,1,1,,Y").contains("3 numbers instead of 6"));
        assert!(fault("ecp5,dsp1,16,1,1,1,1,1,0,fast,Y").contains("`fast` is no frequency"));
        assert!(
            read_samples("t.csv", "a,b").unwrap_err().to_string().contains("the header is not")
        );
    }
}
