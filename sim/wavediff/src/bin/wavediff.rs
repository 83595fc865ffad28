//! `wavediff`: compares waveforms with golden traces.

use std::io::{self, Write};
use std::process::ExitCode;
use std::thread;

use bitladder_wavediff::cli::{self, Args, EXIT_ERROR};
use bitladder_wavediff::trace::READER_THREAD;
use clap::Parser;

fn main() -> ExitCode {
    let args = Args::parse();
    quiet_readers();
    match cli::run(&args, &mut io::stdout().lock(), !args.no_progress) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // If standard error is closed, the exit code still tells.
            let _ = writeln!(io::stderr(), "wavediff: {error}");
            ExitCode::from(EXIT_ERROR)
        }
    }
}

/// Damaged FST files make the library panic, which is reported as an error of the file; the
/// panic's own message would only confuse.
fn quiet_readers() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().name() != Some(READER_THREAD) {
            default(info);
        }
    }));
}
