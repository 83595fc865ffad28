//! Command line of the trainer.

mod commands;

use clap::{Parser, Subcommand};

/// Trains networks in floating point or through quantised weights and values, and writes them as
/// ONNX.
#[derive(Debug, Parser)]
#[command(name = "bitladder-train", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(Box<commands::train::TrainArguments>),
    Resume(commands::resume::ResumeArguments),
    List(commands::list::ListArguments),
    SplitDigits(commands::split_digits::SplitArguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Train(arguments) => commands::train::run(&arguments),
        Command::Resume(arguments) => commands::resume::run(&arguments),
        Command::List(arguments) => commands::list::run(&arguments),
        Command::SplitDigits(arguments) => commands::split_digits::run(&arguments),
    }
}
