//! Command line of the trainer.

mod commands;

use std::io::Write as _;
use std::process::ExitCode;

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

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain of causes; not its `Debug`, which may come with a backtrace.
            let told = writeln!(std::io::stderr(), "bitladder-train: {error:#}");
            // Nobody is left to tell if standard error is closed.
            drop(told);
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Train(arguments) => commands::train::run(&arguments),
        Command::Resume(arguments) => commands::resume::run(&arguments),
        Command::List(arguments) => commands::list::run(&arguments),
        Command::SplitDigits(arguments) => commands::split_digits::run(&arguments),
    }
}
