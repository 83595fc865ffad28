//! The command line, apart from the process around it.

mod args;

use std::io::{self, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

pub use args::{Align, Args, ArgsError};

use crate::error::DiffError;
use crate::output;
use crate::report::Report;
use crate::trace::READER_THREAD;
use crate::{Comparer, Options};

/// Exit code of a comparison that could not be made.
pub const EXIT_ERROR: u8 = 2;

/// Files from this size on show their progress.
const BIG: u64 = 64 << 20;

/// Why the command failed; exit code [`EXIT_ERROR`].
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The options contradict each other.
    #[error(transparent)]
    Args(#[from] ArgsError),
    /// The traces could not be compared.
    #[error(transparent)]
    Diff(#[from] DiffError),
    /// A report could not be written.
    #[error("{file}: cannot write: {source}")]
    Write {
        /// The file, or `standard output`.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A report could not be turned into JSON.
    #[error("cannot write the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Compares as the arguments say, writes all reports and returns the exit code.
///
/// `progress` says whether big files may show a bar on standard error.
pub fn run(args: &Args, out: &mut dyn Write, progress: bool) -> Result<u8, CliError> {
    let outcome = args.options().map_err(CliError::from).and_then(|options| {
        let report = compare(args, &options, progress)?;
        Ok(report)
    });
    match outcome {
        Ok(report) => {
            write_reports(args, &report, out)?;
            Ok(report.exit_code())
        }
        Err(error) => {
            let message = error.to_string();
            if let Some(path) = &args.junit {
                save(path, &output::junit_error(&message))?;
            }
            if args.json {
                let error = serde_json::json!({ "verdict": "error", "error": message });
                print(out, &format!("{error:#}\n"))?;
            }
            Err(error)
        }
    }
}

/// Silences the panic messages of readers, for the program's whole life. Damaged FST files make the
/// library behind them panic, which is reported as an error of the file; the panic's own message
/// would only confuse.
pub fn quiet_readers() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() != Some(READER_THREAD) {
            default(info);
        }
    }));
}

fn compare(args: &Args, options: &Options, progress: bool) -> Result<Report, DiffError> {
    let comparer = Comparer::open([&args.golden, &args.dut], options)?;
    let total = comparer.total_bytes();
    if !progress || total < BIG {
        return comparer.run(&mut |_| {});
    }
    let bar = ProgressBar::new(total);
    let template = "{bar:40} {bytes}/{total_bytes} ({bytes_per_sec}, {eta} left)";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let report = comparer.run(&mut |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    report
}

fn write_reports(args: &Args, report: &Report, out: &mut dyn Write) -> Result<(), CliError> {
    if let Some(path) = &args.junit {
        save(path, &output::junit(report))?;
    }
    let mut views = Vec::new();
    if let Some(prefix) = &args.views {
        for view in output::views(report) {
            let path = format!("{}{}", prefix.display(), view.suffix);
            save(Path::new(&path), &view.text)?;
            views.push(path);
        }
    }
    if args.json {
        return print(out, &format!("{}\n", serde_json::to_string_pretty(report)?));
    }
    print(out, &output::text(report))?;
    if !views.is_empty() {
        print(out, &format!("views: {}\n", views.join(" ")))?;
    }
    Ok(())
}

fn print(out: &mut dyn Write, text: &str) -> Result<(), CliError> {
    let write = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match write {
        // Whoever reads the report has seen enough of it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(source) => Err(CliError::Write { file: "standard output".to_owned(), source }),
        Ok(()) => Ok(()),
    }
}

fn save(path: &Path, text: &str) -> Result<(), CliError> {
    std::fs::write(path, text)
        .map_err(|source| CliError::Write { file: path.display().to_string(), source })
}
