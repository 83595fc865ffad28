//! A server under load while everything around it fails: devices die in the middle of a batch,
//! cables are pulled, bytes on the line are damaged, the server itself is killed and started again.
//! Every request must be answered once and rightly, or be refused in words; accepted jobs survive.
//!
//!     cargo test -p bitladder-serve --test soak                        10 seconds
//!     ./x soak                                                         10 minutes, with a report
//!
//! The program starts itself as the server, so that it can kill it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]
#![allow(dead_code, reason = "helpers are shared with other tests")]

mod clients;
mod devices;
mod jobs;
mod report;
mod server;
#[path = "../serve/support.rs"]
mod support;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bitladder_spec::SplitMix64;

use clients::{Golden, Tally};
use server::Server;

/// Threads that wait for their answers, and threads that fetch them later.
const CLIENTS: u64 = 12;
const JOB_CLIENTS: u64 = 3;

/// What the command line says.
struct Settings {
    seconds: u64,
    report: Option<PathBuf>,
    seed: u64,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut settings = Settings { seconds: 10, report: None, seed: 1 };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("an option has a value");
        match argument.as_str() {
            "server" => {
                devices::serve(&PathBuf::from(value()), value().parse().expect("a seed"));
                return ExitCode::SUCCESS;
            }
            "--seconds" => settings.seconds = value().parse().expect("seconds"),
            "--report" => settings.report = Some(value().into()),
            "--seed" => settings.seed = value().parse().expect("a seed"),
            // What test runners ask of every test program.
            "--list" => return ExitCode::SUCCESS,
            _ => {}
        }
    }
    soak(&settings)
}

fn soak(settings: &Settings) -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let golden = Arc::new(Golden::new());
    let server = Arc::new(Server::start(folder.path().join("jobs.redb"), settings.seed));
    let begin = Instant::now();
    let end = begin + Duration::from_secs(settings.seconds);
    let mut noise = SplitMix64::new(settings.seed);
    let threads: Vec<_> = (0..CLIENTS + JOB_CLIENTS)
        .map(|client| {
            let (server, golden, seed) = (server.clone(), golden.clone(), noise.next_u64());
            std::thread::spawn(move || match client < CLIENTS {
                true => clients::ask(&server, &golden, client, seed, end),
                false => jobs::ask(&server, &golden, client, seed, end),
            })
        })
        .collect();
    // Between two ends of the server it works for a while.
    let (least, most) = if settings.seconds < 60 { (2, 4) } else { (8, 20) };
    for turn in 0.. {
        let time = Duration::from_millis(1000 * least + noise.below(1000 * (most - least)));
        std::thread::sleep(time.min(end.saturating_duration_since(Instant::now())));
        match (Instant::now() < end, turn % 2) {
            (false, _) => break,
            (true, 0) => server.kill(),
            (true, _) => server.terminate(),
        }
    }
    let mut tally = Tally::default();
    for thread in threads {
        match thread.join() {
            Ok(own) => tally.add(&own),
            Err(_) => tally.wrong.push("a client's thread panicked".into()),
        }
    }
    server.finish(&golden, &mut tally);
    let report = report::report(settings, &tally, &server.events());
    print!("{report}");
    if let Some(file) = &settings.report {
        std::fs::write(file, &report).expect("the report can be written");
    }
    for wrong in tally.wrong.iter().take(20) {
        eprintln!("wrong: {wrong}");
    }
    // A soak in which nothing happened proves nothing.
    let idle = tally.answered == 0 || tally.jobs_done == 0 || server.events().is_empty();
    if tally.wrong.is_empty() && !idle { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
