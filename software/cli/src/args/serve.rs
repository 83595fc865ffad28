//! Arguments of `bitladder serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "Devices: sim:golden, sim:rust, sim:verilator, uart:/dev/ttyUSB0, \
    pcie:0000:01:00.0.\n\nExamples:\n  \
    bitladder serve digits.blp -c sim-4x4 --data models/data/digits8x8\n  \
    bitladder serve net.blp -c ecp5-25 --device uart:/dev/ttyUSB0 --device uart:/dev/ttyUSB1\n  \
    bitladder serve net.blp -c ecp5-85 --accuracy 16=98.9,8=98.7,4=97.1 --policy pit --jobs jobs.redb")]
pub(crate) struct ServeArgs {
    /// The package
    pub(crate) package: PathBuf,
    /// The machine, by name or by its file
    #[arg(long, short)]
    pub(crate) config: String,
    /// A device by its URL; give several for several
    #[arg(long, value_name = "URL", default_value = "sim:golden")]
    pub(crate) device: Vec<String>,
    /// Labelled images, to measure how accurate each precision is
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Accuracies in percent by precision; `ladder` names the package's ladder
    #[arg(long, value_name = "NAME=PERCENT", value_delimiter = ',', value_parser = accuracy)]
    pub(crate) accuracy: Vec<(String, f64)>,
    /// Measured times and powers (see docs/scheduling.md); assumed ones otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) platform: Option<PathBuf>,
    /// Who chooses request, precision and clock
    #[arg(long, value_enum, default_value_t = PolicyArg::TimePrice)]
    pub(crate) policy: PolicyArg,
    /// Images a device runs together
    #[arg(long, default_value = "8", value_name = "N")]
    pub(crate) batch: std::num::NonZeroUsize,
    /// Address for HTTP
    #[arg(long, default_value = "127.0.0.1:8000")]
    pub(crate) http: SocketAddr,
    /// Address for gRPC
    #[arg(long, default_value = "127.0.0.1:8001")]
    pub(crate) grpc: SocketAddr,
    /// A file with the token that clients must send
    #[arg(long, value_name = "FILE")]
    pub(crate) token: Option<PathBuf>,
    /// Certificate chain in PEM, for TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// Its private key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A file for jobs whose answers are fetched later, and survive a crash
    #[arg(long, value_name = "FILE")]
    pub(crate) jobs: Option<PathBuf>,
    /// Deadline of requests that bring none, in milliseconds
    #[arg(long, default_value = "1000", value_name = "MS")]
    pub(crate) deadline: u64,
    /// Images that may wait; more are refused with "try later"
    #[arg(long, default_value = "4096", value_name = "N")]
    pub(crate) queue: usize,
    /// Refuse at once what cannot be on time
    #[arg(long)]
    pub(crate) only_on_time: bool,
    /// Longest body, in bytes
    #[arg(long, default_value = "16777216", value_name = "N")]
    pub(crate) most_bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyArg {
    /// Precision and clock at one price of time: ours
    TimePrice,
    /// Precision first, then the clock: as published
    Pit,
    /// The earliest deadline first, at full precision and clock
    DeadlineFirst,
}

fn accuracy(text: &str) -> Result<(String, f64), String> {
    let (name, percent) = text.split_once('=').ok_or("write NAME=PERCENT")?;
    match percent.parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok((name.to_owned(), percent)),
        _ => Err(format!("`{percent}` is no percentage")),
    }
}
