//! The `bitladder` command.
//!
//! Exit codes: 0 when everything went well, 1 when a command failed (its message says why), 2 when
//! the command line itself was wrong.

mod args;
mod commands;
mod output;
mod table;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;

fn main() -> ExitCode {
    if let Some(args) = commands::wavediff::asked() {
        return commands::wavediff::run(args);
    }
    let cli = Cli::parse();
    let terminal = output::Terminal::new(cli.global.json, cli.global.quiet);
    match commands::run(&cli, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Whether the reader of our output went away, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
