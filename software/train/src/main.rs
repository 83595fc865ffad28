//! Command line of the trainer.

mod commands;

use clap::{Parser, Subcommand};

/// Trains the float networks that bitladder quantises and writes them as ONNX.
#[derive(Debug, Parser)]
#[command(name = "bitladder-train", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Fit(commands::fit::FitArguments),
    SplitDigits(commands::split_digits::SplitArguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Fit(arguments) => commands::fit::run(&arguments),
        Command::SplitDigits(arguments) => commands::split_digits::run(&arguments),
    }
}
