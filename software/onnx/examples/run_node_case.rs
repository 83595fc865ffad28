//! Runs test cases of the ONNX package: each folder holds `model.onnx`, and inputs and outputs as
//! tensors. Prints one line per case: `<folder> <verdict> <message>`, parted by tabs; the verdict is
//! `passed`, `failed` or `unsupported`.
//!
//! Usage: `run_node_case <relative tolerance> <absolute tolerance> <folder>...`

use std::path::{Path, PathBuf};

use bitladder_onnx::{ImportError, Imported, import};

mod execute;
use execute::{Failure, Tensor};

/// Wide enough that only the file's own rounding shows.
const MULTIPLIER_BITS: u8 = 31;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut tolerance = || -> Result<f64, Failure> {
        Ok(arguments.next().ok_or("two tolerances and folders are needed")?.parse()?)
    };
    let tolerances = [tolerance()?, tolerance()?];
    for folder in arguments.map(PathBuf::from) {
        let (verdict, message) = match import(folder.join("model.onnx")) {
            Err(error) => ("unsupported", reason(&error)),
            Ok(imported) => match run_sets(&folder, &imported, tolerances) {
                Ok(()) => ("passed", String::new()),
                Err(error) => ("failed", error.to_string()),
            },
        };
        outln(&format!("{}\t{verdict}\t{message}", folder.display()));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
fn outln(line: &str) {
    println!("{line}");
}

/// What is wrong, without the file.
fn reason(error: &ImportError) -> String {
    match error {
        ImportError::Node { node, source, .. } => format!("{node}: {source}"),
        other => other.to_string(),
    }
}

fn run_sets(folder: &Path, imported: &Imported, tolerances: [f64; 2]) -> Result<(), Failure> {
    let sets: Vec<PathBuf> = (0..)
        .map(|number| folder.join(format!("test_data_set_{number}")))
        .take_while(|set| set.is_dir())
        .collect();
    if sets.is_empty() {
        return Err("the case has no data".into());
    }
    sets.iter().try_for_each(|set| run_set(set, imported, tolerances))
}

fn run_set(set: &Path, imported: &Imported, tolerances: [f64; 2]) -> Result<(), Failure> {
    let inputs = imported
        .network
        .inputs()
        .iter()
        .map(|input| Tensor::read(&set.join(format!("{}.pb", input.name))))
        .collect::<Result<Vec<Tensor>, Failure>>()?;
    let wanted = Tensor::read(&set.join("output.pb"))?;
    let found = execute::run(imported, &inputs, MULTIPLIER_BITS)?;
    if found.dims != wanted.dims {
        return Err(format!("shape {:?}, but {:?} is expected", found.dims, wanted.dims).into());
    }
    // Integers must be equal; a tolerance is only for real numbers.
    compare(&found, &wanted, if wanted.is_integer { [0.0; 2] } else { tolerances })
}

fn compare(found: &Tensor, wanted: &Tensor, [relative, absolute]: [f64; 2]) -> Result<(), Failure> {
    let near = |(a, b): &(&f64, &f64)| (*a - *b).abs() <= absolute + relative * b.abs();
    match found.values.iter().zip(&wanted.values).enumerate().find(|(_, pair)| !near(pair)) {
        None => Ok(()),
        Some((at, (a, b))) => Err(format!("value {at} is {a}, but {b} is expected").into()),
    }
}
