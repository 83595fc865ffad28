//! Estimates of an array's size, fitted to synthesised arrays.
//!
//! Multiplier blocks and memories follow from the configuration exactly, and the flow asserts
//! them. Lookup tables and flip-flops are fitted by least squares: for each family and multiplier
//! a sum of shares of the array, its rows, its columns and its lanes, the latter three for each
//! mode.

mod samples;
mod solve;
mod table;

pub use samples::{Sample, read_samples, write_samples};
pub use solve::least_squares;
pub use table::{TableError, read_table};

/// Names of the terms, for printing a model.
pub const TERMS: [&str; TERM_COUNT] = [
    "array",
    "row",
    "column",
    "lane",
    "row 16",
    "column 16",
    "lane 16",
    "row 8+4",
    "column 8+4",
    "lane 8+4",
];
const TERM_COUNT: usize = 10;

/// What the sizes of an array multiply.
fn terms(sample: &Sample) -> [f64; TERM_COUNT] {
    let (rows, columns) = (f64::from(sample.rows), f64::from(sample.columns));
    let lanes = rows * columns;
    let has = |mode: &str| f64::from(u8::from(sample.modes.split('.').any(|one| one == mode)));
    let (wide, narrow) = (has("16"), has("8").max(has("4")));
    let wide_terms = [rows * wide, columns * wide, lanes * wide];
    let narrow_terms = [rows * narrow, columns * narrow, lanes * narrow];
    let mut all = [1.0, rows, columns, lanes, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    all[4..7].copy_from_slice(&wide_terms);
    all[7..].copy_from_slice(&narrow_terms);
    all
}

/// A fitted model of one family and multiplier.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Lookup tables per term.
    pub luts: [f64; TERM_COUNT],
    /// Flip-flops per term.
    pub registers: [f64; TERM_COUNT],
}

impl Model {
    /// Fits a model to samples of one family and multiplier; nothing without samples.
    pub fn fit(samples: &[&Sample]) -> Option<Model> {
        let rows: Vec<[f64; TERM_COUNT]> = samples.iter().map(|sample| terms(sample)).collect();
        let of = |pick: fn(&Sample) -> u64| {
            let values: Vec<f64> = samples.iter().map(|sample| pick(sample) as f64).collect();
            solve::least_squares(&rows, &values)
        };
        Some(Model { luts: of(|sample| sample.luts)?, registers: of(|sample| sample.registers)? })
    }

    /// Lookup tables and flip-flops of an array; the measured sizes of `sample` are not looked at.
    pub fn predict(&self, sample: &Sample) -> (f64, f64) {
        let terms = terms(sample);
        let sum = |shares: &[f64; TERM_COUNT]| shares.iter().zip(terms).map(|(a, b)| a * b).sum();
        (sum(&self.luts), sum(&self.registers))
    }
}

/// How far a model is off.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Accuracy {
    /// Samples that were predicted.
    pub count: usize,
    /// Mean and largest relative error of lookup tables.
    pub luts: (f64, f64),
    /// Mean and largest relative error of flip-flops.
    pub registers: (f64, f64),
}

impl Accuracy {
    /// Compares predictions with samples.
    pub fn of(model: &Model, samples: &[&Sample]) -> Accuracy {
        let error = |found: f64, is: u64| (found - is as f64).abs() / (is as f64).max(1.0);
        let both = samples.iter().map(|sample| {
            let (luts, registers) = model.predict(sample);
            (error(luts, sample.luts), error(registers, sample.registers))
        });
        let (luts, registers): (Vec<f64>, Vec<f64>) = both.unzip();
        let summary = |errors: &[f64]| {
            let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
            (mean, errors.iter().copied().fold(0.0, f64::max))
        };
        let count = samples.len();
        Accuracy { count, luts: summary(&luts), registers: summary(&registers) }
    }
}

/// Splits samples: every fourth is held out, so that a model is judged by what it has not seen.
pub fn hold_out<'a>(samples: &[&'a Sample]) -> (Vec<&'a Sample>, Vec<&'a Sample>) {
    let numbered = samples.iter().copied().enumerate();
    let (held, kept): (Vec<_>, Vec<_>) = numbered.partition(|(index, _)| index % 4 == 3);
    let plain = |list: Vec<(usize, &'a Sample)>| list.into_iter().map(|(_, one)| one).collect();
    (plain(kept), plain(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rows: u32, columns: u32, modes: &str) -> Sample {
        let (family, multiplier) = ("ecp5".to_owned(), "dsp1".to_owned());
        let modes = modes.to_owned();
        let sizes = Sample { family, multiplier, modes, rows, columns, ..Sample::default() };
        let lanes = u64::from(rows * columns);
        let wide = u64::from(sizes.modes.contains("16"));
        let luts = 50 + 7 * u64::from(rows) + lanes * (90 + 30 * wide);
        Sample { luts, registers: 20 + 64 * lanes, dsp: lanes, ..sizes }
    }

    fn grid() -> Vec<Sample> {
        let sizes = [(1, 1), (1, 3), (2, 2), (3, 2), (2, 4), (3, 4), (4, 4)];
        let all = sizes.iter().flat_map(|(rows, columns)| {
            ["16", "8.4", "16.8.4"].map(|modes| sample(*rows, *columns, modes))
        });
        all.collect()
    }

    #[test]
    fn a_linear_truth_is_found_from_a_part() {
        let grid = grid();
        let all: Vec<&Sample> = grid.iter().collect();
        let (kept, held) = hold_out(&all);
        assert_eq!((kept.len(), held.len()), (16, 5));
        let accuracy = Accuracy::of(&Model::fit(&kept).unwrap(), &held);
        assert_eq!(accuracy.count, 5);
        assert!(accuracy.luts.1 < 0.02 && accuracy.registers.1 < 0.02, "{accuracy:?}");
    }

    #[test]
    fn errors_are_relative() {
        let zero = Model { luts: [0.0; TERM_COUNT], registers: [0.0; TERM_COUNT] };
        let one = sample(2, 2, "16");
        let accuracy = Accuracy::of(&zero, &[&one]);
        assert_eq!((accuracy.luts, accuracy.registers), ((1.0, 1.0), (1.0, 1.0)));
        assert!(Model::fit(&[]).is_none());
    }
}
