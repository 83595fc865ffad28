//! Runs test cases of the ONNX package: each folder holds `model.onnx`, and in `test_data_set_0`
//! its inputs, named as the model names them, and the `output`. Prints one line per case: `<folder>
//! <verdict> <message>`, parted by tabs; the verdict is `passed`, `failed` or `unsupported`.
//!
//! Usage: `run_node_case <relative tolerance> <absolute tolerance> <folder>...`, or
//! `run_node_case --operators` for the domain and name of every supported operator.

use std::path::{Path, PathBuf};

use bitladder_onnx::{ImportError, Imported, import, supported_operators};

mod execute;
use execute::{Failure, Tensor};

/// Wide enough that only the file's own rounding shows.
const MULTIPLIER_BITS: u8 = 31;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == "--operators") {
        supported_operators().for_each(|(domain, name)| outln(&format!("{domain}\t{name}")));
        return Ok(());
    }
    let mut tolerance = || -> Result<f64, Failure> {
        Ok(arguments.next().ok_or("two tolerances and folders are needed")?.parse()?)
    };
    let tolerances = [tolerance()?, tolerance()?];
    for folder in arguments.map(PathBuf::from) {
        let (verdict, message) = match import(folder.join("model.onnx")) {
            Err(error) => ("unsupported", reason(&error)),
            Ok(imported) => match run_case(&folder, &imported, tolerances) {
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

fn run_case(folder: &Path, imported: &Imported, tolerances: [f64; 2]) -> Result<(), Failure> {
    let set = folder.join("test_data_set_0");
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
    let near = |(a, b): &(&f64, &f64)| {
        a == b || a.is_nan() && b.is_nan() || (*a - *b).abs() <= absolute + relative * b.abs()
    };
    match found.values.iter().zip(&wanted.values).enumerate().find(|(_, pair)| !near(pair)) {
        None => Ok(()),
        Some((at, (a, b))) => Err(format!("value {at} is {a}, but {b} is expected").into()),
    }
}
