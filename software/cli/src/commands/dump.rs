//! `bitladder dump`.

use std::path::Path;

use anyhow::{Context, ensure};
use bitladder_data::write_npy;
use bitladder_flow::Samples;
use bitladder_golden::{Engine, IntBatch};
use bitladder_package::Package;
use serde::Serialize;

use super::{Session, profile, shown};
use crate::args::DumpArgs;
use crate::output::Outcome;
use crate::table::Table;

pub(crate) fn run(session: &Session, args: &DumpArgs) -> anyhow::Result<()> {
    let package = Package::read(&args.package)?;
    let profile = profile(&package, &args.package, args.profile.as_deref())?;
    let network = &profile.network;
    let data = bitladder_data::load(&args.data, args.part.into())?;
    let samples = Samples::for_package(data, &package, network)?;
    let end = args.first.saturating_add(args.count.get());
    ensure!(
        end <= samples.len(),
        "{}: images {} to {} wanted, but there are only {}",
        args.data.display(),
        args.first,
        end - 1,
        samples.len()
    );
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("{}: cannot make the folder", args.output.display()))?;
    let images = samples.images(args.first..end);
    let input = images.quantized_for(network);
    let mut tensors: Vec<(usize, IntBatch)> = Vec::new();
    Engine::new(network)?.run_observed(&[input], session.threads, |value, batch| {
        tensors.push((value, batch.clone()));
    })?;
    let mut files = Vec::new();
    for (value, batch) in tensors {
        let name = file_name(value, network.value_name(value));
        write(&args.output.join(&name), &batch)?;
        files.push(File {
            file: name,
            tensor: network.value_name(value).into(),
            shape: [&[batch.images()], batch.shape()].concat(),
            format: network.format(value).to_string(),
        });
    }
    let folder = args.output.display().to_string();
    session.terminal.show(&Files { folder, precision: profile.name.clone(), files })
}

fn write(path: &Path, batch: &IntBatch) -> anyhow::Result<()> {
    let shape = [&[batch.images()], batch.shape()].concat();
    write_npy(path, &shape, batch.data())?;
    Ok(())
}

/// `003_conv2_relu.npy`: ordered by execution, safe on every file system.
fn file_name(value: usize, name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '_' };
    let name: String = name.chars().map(safe).take(80).collect();
    format!("{value:03}_{name}.npy")
}

#[derive(Serialize)]
struct Files {
    folder: String,
    precision: String,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    file: String,
    tensor: String,
    shape: Vec<usize>,
    format: String,
}

impl Outcome for Files {
    fn text(&self) -> String {
        let mut table = Table::new(&["file", "tensor", "shape", "format"]);
        for file in &self.files {
            let shape = shown::shape(&file.shape);
            table.row(vec![file.file.clone(), file.tensor.clone(), shape, file.format.clone()]);
        }
        format!("{} (precision {})\n{}", self.folder, self.precision, table.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe() {
        assert_eq!(file_name(3, "block/conv 2:0"), "003_block_conv_2_0.npy");
        assert_eq!(file_name(12, "../up"), "012_.._up.npy");
    }
}
