//! Runs a model file: a float model in floats, a quantised one on the integer oracle with the
//! formats of the file. Prints the value of one step of the output, or `none` where the file
//! declares no format for it.
//!
//! Usage: `run_model <model.onnx> <multiplier bits> <folder> <output.pb>`; the folder holds each
//! input of the model as a tensor `<input>.pb`.

use std::path::PathBuf;
use std::process::ExitCode;

use bitladder_onnx::{Imported, import};
use bitladder_onnx_proto::{Message, TensorProto};

mod execute;
use execute::{Failure, Tensor};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the error of a command")]
fn complain(error: &Failure) {
    eprintln!("{error}");
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, bits, folder, output] = arguments.as_slice() else {
        return Err("usage: run_model <model.onnx> <multiplier bits> <folder> <output.pb>".into());
    };
    let imported = import(model)?;
    let folder = PathBuf::from(folder);
    let inputs = imported
        .network
        .inputs()
        .iter()
        .map(|input| Tensor::read(&folder.join(format!("{}.pb", input.name))))
        .collect::<Result<Vec<Tensor>, Failure>>()?;
    let result = execute::run(&imported, &inputs, bits.parse()?)?;
    let dims: Vec<i64> =
        result.dims.iter().map(|dim| i64::try_from(*dim)).collect::<Result<_, _>>()?;
    let values: Vec<f32> = result.values.iter().map(|value| *value as f32).collect();
    std::fs::write(output, TensorProto::from_f32("output", &dims, &values).encode_to_vec())?;
    say_quantum(&imported);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
fn say_quantum(imported: &Imported) {
    match imported.declared.values.get(&imported.network.output()) {
        _ if imported.integer_output => println!("1"),
        Some(format) => println!("{}", format.scale.step()),
        None => println!("none"),
    }
}
