//! `wavediff`: compares waveforms with golden traces.

use std::io::{self, Write};
use std::process::ExitCode;

use bitladder_wavediff::cli::{self, Args, EXIT_ERROR};
use clap::Parser;

fn main() -> ExitCode {
    let args = Args::parse();
    cli::quiet_readers();
    match cli::run(&args, &mut io::stdout().lock(), !args.no_progress) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // If standard error is closed, the exit code still tells.
            let _ = writeln!(io::stderr(), "wavediff: {error}");
            ExitCode::from(EXIT_ERROR)
        }
    }
}
