//! `bitladder-train split-digits`

use std::path::PathBuf;

use bitladder_train::digits::split_digits;

/// Splits the 1,797 optical digits of UCI into training, validation and test files
#[derive(Debug, clap::Args)]
pub(crate) struct SplitArguments {
    /// Folder with digits8x8-images-idx3-ubyte.gz and digits8x8-labels-idx1-ubyte.gz
    input: PathBuf,
    /// Folder to write the six files to
    output: PathBuf,
}

pub(crate) fn run(arguments: &SplitArguments) -> anyhow::Result<()> {
    Ok(split_digits(&arguments.input, &arguments.output)?)
}
