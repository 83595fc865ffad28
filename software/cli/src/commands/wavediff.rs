//! `bitladder wavediff`: the tool of the crate `bitladder-wavediff`, with its own options and exit
//! codes.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use bitladder_wavediff::cli::{self, Args, EXIT_ERROR};
use clap::{CommandFactory, FromArgMatches};

/// Its arguments, if the command line asks for it.
pub(crate) fn asked() -> Option<Vec<OsString>> {
    let mut args = std::env::args_os().skip(1);
    (args.next()? == "wavediff").then(|| args.collect())
}

pub(crate) fn run(args: Vec<OsString>) -> ExitCode {
    let command = Args::command().bin_name("bitladder wavediff");
    let words = std::iter::once(OsString::from("wavediff")).chain(args);
    let matches = command.get_matches_from(words);
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli::quiet_readers();
    match cli::run(&args, &mut io::stdout().lock(), !args.no_progress) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // If standard error is closed, the exit code still tells.
            let _ = writeln!(io::stderr(), "bitladder wavediff: {error}");
            ExitCode::from(EXIT_ERROR)
        }
    }
}
