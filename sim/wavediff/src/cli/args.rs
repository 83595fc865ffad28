//! Arguments.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, ValueEnum};
use regex::Regex;
use thiserror::Error;

use crate::map::{MAP_VERSION, MapStream, SignalMap};
use crate::{
    Alignment, ClockOptions, Edge, Latency, Moment, NameRules, Options, SamplePoint, Tail, XPolicy,
};

/// Name of the stream that the command line describes.
const STREAM: &str = "stream";

const EXAMPLES: &str = "\
Examples:
  Every moment, same names in both files:
    wavediff golden.vcd sim.vcd
  Each rising edge of clk, the design below TOP.tb.dut, its latency searched for:
    wavediff golden.vcd sim.fst --clock clk --dut-prefix TOP.tb.dut --latency auto
  The n-th accepted word of a stream:
    wavediff golden.vcd sim.fst --clock clk --valid out_valid --ready out_ready --payload out_data
  Names, streams and their meaning from a map; reports for CI and for viewers:
    wavediff golden.vcd sim.fst --map map.toml --junit diff.xml --views first

Exit codes: 0 equal, 1 different, 2 could not compare (also if there was nothing to compare).";

/// Compares a waveform with a golden one and names every difference.
///
/// Reads VCD and FST, told apart by their contents.
#[derive(Debug, Parser)]
#[command(name = "wavediff", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Args {
    /// Golden trace: what is expected
    pub golden: PathBuf,
    /// Other trace: what was found, such as a simulation of the design
    pub dut: PathBuf,

    /// Signal map (TOML): names that belong together, streams, meanings
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// How to bring samples together [default: streams, clock or time, whichever is described]
    #[arg(long, value_name = "HOW", help_heading = "Alignment")]
    pub by: Option<Align>,
    /// Clock of the golden trace, and of the other one unless --dut-clock is given
    #[arg(long, value_name = "NAME", help_heading = "Alignment")]
    pub clock: Option<String>,
    /// Clock of the other trace
    #[arg(long, value_name = "NAME", help_heading = "Alignment")]
    pub dut_clock: Option<String>,
    /// Clock edge that takes a sample
    #[arg(long, value_enum, default_value_t, help_heading = "Alignment")]
    pub edge: Edge,
    /// Whether values are read just before the edge, as flip-flops do, or after it
    #[arg(long, value_enum, default_value_t, help_heading = "Alignment")]
    pub sample: SamplePoint,
    /// Compare transactions: clock edges at which this signal is 1
    #[arg(long, value_name = "NAME", requires = "payload", help_heading = "Alignment")]
    pub valid: Option<String>,
    /// ... and this one too
    #[arg(long, value_name = "NAME", requires = "payload", help_heading = "Alignment")]
    pub ready: Option<String>,
    /// Signals of a transaction that are compared (may be repeated)
    #[arg(long, value_name = "NAME", help_heading = "Alignment")]
    pub payload: Vec<String>,
    /// How far the other trace runs behind: samples, a time such as 20ns, or auto
    #[arg(
        long,
        value_name = "N|TIME|auto",
        default_value = "0",
        allow_hyphen_values = true,
        help_heading = "Alignment"
    )]
    pub latency: LatencyArg,
    /// Largest shift that --latency auto tries, in samples
    #[arg(long, value_name = "N", default_value_t = 64, help_heading = "Alignment")]
    pub max_latency: u64,
    /// Samples that --latency auto looks at
    #[arg(long, value_name = "N", default_value_t = 2048, help_heading = "Alignment")]
    pub search_window: u64,
    /// Samples to leave out at the start of both traces
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Alignment")]
    pub skip: u64,
    /// Compare from this time on: 250ns, or a number in the golden trace's unit
    #[arg(long, value_name = "TIME", help_heading = "Alignment")]
    pub from: Option<Moment>,
    /// Compare up to this time
    #[arg(long, value_name = "TIME", help_heading = "Alignment")]
    pub to: Option<Moment>,
    /// Whether a different number of samples is a difference
    #[arg(long, value_enum, default_value_t, help_heading = "Alignment")]
    pub tail: Tail,

    /// Scopes to strip from golden names; names elsewhere are left out
    #[arg(long, value_name = "SCOPES", help_heading = "Names")]
    pub golden_prefix: Option<String>,
    /// Scopes to strip from names of the other trace; names elsewhere are left out
    #[arg(long, value_name = "SCOPES", help_heading = "Names")]
    pub dut_prefix: Option<String>,
    /// Compare only signals whose golden name matches (may be repeated)
    #[arg(long, value_name = "REGEX", help_heading = "Names")]
    pub select: Vec<Regex>,
    /// Leave out signals whose golden name matches (may be repeated)
    #[arg(long, value_name = "REGEX", help_heading = "Names")]
    pub ignore: Vec<Regex>,
    /// Upper and lower case are equal, as in VHDL
    #[arg(long, help_heading = "Names")]
    pub ignore_case: bool,
    /// Each golden signal must be in the other trace
    #[arg(long, help_heading = "Names")]
    pub require_all: bool,

    /// What unknown bits mean; as the map says, or strict
    #[arg(long, value_enum, help_heading = "Values")]
    pub x: Option<XPolicy>,
    /// Reals that differ by at most this share are equal; VCD only holds 16 digits
    #[arg(long, value_name = "SHARE", default_value_t = 1e-15, help_heading = "Values")]
    pub real_tolerance: f64,

    /// Mismatches to list; all are counted, and the first of each signal is always listed
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = "Reports")]
    pub max: usize,
    /// Write the report as JSON to standard output
    #[arg(long, help_heading = "Reports")]
    pub json: bool,
    /// Write JUnit XML to a file
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub junit: Option<PathBuf>,
    /// Write PREFIX.golden.gtkw, PREFIX.dut.gtkw (GTKWave) and *.sucl (Surfer)
    #[arg(long, value_name = "PREFIX", help_heading = "Reports")]
    pub views: Option<PathBuf>,
    /// Show no progress bar for big files
    #[arg(long, help_heading = "Reports")]
    pub no_progress: bool,
}

/// How to bring samples together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Align {
    /// At each moment of change.
    Time,
    /// At the edges of a clock.
    Clock,
    /// At the transactions of streams.
    Streams,
}

/// A latency as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LatencyArg {
    /// Search for it.
    Auto,
    /// Number of samples.
    Samples(i64),
    /// Time.
    Time(Moment),
}

impl FromStr for LatencyArg {
    type Err = crate::TimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse()) {
            ("auto", _) => Ok(Self::Auto),
            (_, Ok(samples)) => Ok(Self::Samples(samples)),
            _ => text.parse().map(Self::Time),
        }
    }
}

/// Options that contradict each other.
#[derive(Debug, Error)]
pub enum ArgsError {
    /// No stream is described.
    #[error("--by streams needs --payload, or [[stream]] entries in the map")]
    NoStream,
    /// Tolerance that is no share.
    #[error("--real-tolerance {0} is not a number from 0 up")]
    Tolerance(f64),
    /// The map is wrong.
    #[error(transparent)]
    Map(#[from] crate::map::MapError),
}

impl Args {
    /// The options of the library that these arguments mean.
    pub fn options(&self) -> Result<Options, ArgsError> {
        let mut map = match &self.map {
            Some(path) => SignalMap::load(path)?,
            None => SignalMap { version: MAP_VERSION, ..SignalMap::default() },
        };
        if !self.payload.is_empty() {
            map.streams = vec![self.stream()];
        }
        if self.real_tolerance.is_nan() || self.real_tolerance < 0.0 {
            return Err(ArgsError::Tolerance(self.real_tolerance));
        }
        Ok(Options {
            alignment: self.alignment(&map)?,
            latency: match &self.latency {
                LatencyArg::Auto => {
                    Latency::Auto { window: self.search_window, most: self.max_latency }
                }
                LatencyArg::Samples(count) => Latency::Samples(*count),
                LatencyArg::Time(moment) => Latency::Time(moment.clone()),
            },
            policy: self.x.or(map.x).unwrap_or_default(),
            real_tolerance: self.real_tolerance,
            names: NameRules {
                golden_prefix: self.golden_prefix.clone(),
                dut_prefix: self.dut_prefix.clone(),
                select: self.select.clone(),
                ignore: self.ignore.clone(),
                ignore_case: self.ignore_case,
            },
            map,
            from: self.from.clone(),
            to: self.to.clone(),
            skip: self.skip,
            tail: self.tail,
            require_all: self.require_all,
            max_listed: self.max,
        })
    }

    fn stream(&self) -> MapStream {
        MapStream {
            name: STREAM.to_owned(),
            valid: self.valid.clone(),
            ready: self.ready.clone(),
            payload: self.payload.clone(),
            ..MapStream::default()
        }
    }

    fn alignment(&self, map: &SignalMap) -> Result<Alignment, ArgsError> {
        let clocks = ClockOptions {
            golden: self.clock.clone(),
            dut: self.dut_clock.clone(),
            edge: self.edge,
            sample: self.sample,
        };
        let has_clock = [&self.clock, &self.dut_clock, &map.golden.clock, &map.dut.clock]
            .iter()
            .any(|clock| clock.is_some());
        match self.by {
            Some(Align::Time) => Ok(Alignment::Time),
            Some(Align::Clock) => Ok(Alignment::Clock(clocks)),
            Some(Align::Streams) if map.streams.is_empty() => Err(ArgsError::NoStream),
            Some(Align::Streams) => Ok(Alignment::Streams(clocks)),
            None if !map.streams.is_empty() => Ok(Alignment::Streams(clocks)),
            None if has_clock => Ok(Alignment::Clock(clocks)),
            None => Ok(Alignment::Time),
        }
    }
}
