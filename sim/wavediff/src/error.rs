//! Why two traces could not be compared.

use std::fmt::Write as _;

use thiserror::Error;

use crate::map::MapError;
use crate::timescale::TimeError;
use crate::trace::TraceError;

/// Anything that keeps two traces from being compared; programs exit with 2.
#[derive(Debug, Error)]
pub enum DiffError {
    /// A trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The signal map cannot be used.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The traces do not fit what was asked for.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A time on the command line or in the map cannot be used.
    #[error(transparent)]
    Time(#[from] TimeError),
}

/// The traces are readable, but what was asked for does not fit them.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SetupError {
    /// No name occurs in both traces.
    #[error("no signal is in both traces, so nothing was compared{}", .0.describe())]
    NoCommon(Box<NoCommon>),
    /// Name filters leave nothing.
    #[error("{file}: none of {declared} names passes the prefix, --select and --ignore{}", list("it declares", .examples))]
    NothingSelected {
        /// The trace.
        file: String,
        /// How many names it declares.
        declared: usize,
        /// Some of its names.
        examples: Vec<String>,
    },
    /// A name that is needed does not exist.
    #[error("{file}: no signal '{name}' for {role}{}", list("close are", .near))]
    NoSignal {
        /// The trace.
        file: String,
        /// What was looked for.
        name: String,
        /// What it is needed for.
        role: String,
        /// Similar names.
        near: Vec<String>,
    },
    /// A name stands for several signals.
    #[error("{file}: '{name}' for {role} is not unique; give more of the path: {}", .candidates.join(", "))]
    Ambiguous {
        /// The trace.
        file: String,
        /// What was looked for.
        name: String,
        /// What it is needed for.
        role: String,
        /// Full paths that match.
        candidates: Vec<String>,
    },
    /// A clock or handshake signal is a vector.
    #[error("{file}: '{name}' for {role} has {shape}; one bit is needed")]
    NotOneBit {
        /// The trace.
        file: String,
        /// Its name.
        name: String,
        /// What it is needed for.
        role: String,
        /// Its shape.
        shape: String,
    },
    /// Signals of the same name differ in width or kind.
    #[error("{count} signals have another shape in the two traces; correct the map or leave them out with --ignore{}", list("such as", .examples))]
    Shapes {
        /// How many.
        count: usize,
        /// Some, with both shapes.
        examples: Vec<String>,
    },
    /// Golden signals without partner, when all were required.
    #[error("{count} golden signals are missing in {file}{}", list("such as", .examples))]
    Missing {
        /// The trace that lacks them.
        file: String,
        /// How many.
        count: usize,
        /// Some of them.
        examples: Vec<String>,
    },
    /// A payload signal is not in both traces.
    #[error(
        "stream '{stream}': payload '{name}' is not in both traces; see --select, --ignore and the map"
    )]
    Payload {
        /// The stream.
        stream: String,
        /// The payload's golden name.
        name: String,
    },
    /// A stream without payload.
    #[error("stream '{0}' has no payload, so there is nothing to compare")]
    NoPayload(String),
    /// A stream lacks a clock.
    #[error("stream '{0}' has no clock; give --clock, or clock in the map")]
    NoClock(String),
    /// There was not a single sample.
    #[error("{file}: {what}, so nothing was compared; see the clock, the window and the latency")]
    NoSamples {
        /// The trace without samples.
        file: String,
        /// What never happened.
        what: String,
    },
    /// Don't-care values covered everything.
    #[error(
        "{file}: every compared golden value was x, which counts as don't care, so nothing was compared"
    )]
    AllDontCare {
        /// The golden trace.
        file: String,
    },
    /// Too many bits to keep.
    #[error(
        "{file}: the selected signals have {bits} bits; the limit is {limit}; choose fewer with --select"
    )]
    StateTooLarge {
        /// The trace.
        file: String,
        /// What the selection needs.
        bits: u64,
        /// What is possible.
        limit: u64,
    },
    /// The units of time cannot be brought together.
    #[error("{file}: time {time} in units of {unit} is beyond 63 bits in the unit of both traces")]
    TimeRange {
        /// The trace.
        file: String,
        /// The time in the file.
        time: u64,
        /// The file's unit.
        unit: String,
    },
    /// A latency in time where samples are counted.
    #[error("a latency in time only fits alignment by time; give a number of samples")]
    LatencyInTime,
    /// Samples to skip where there are none.
    #[error("--skip counts samples; by time, use --from")]
    SkipInTime,
    /// No shift could be judged.
    #[error(
        "no latency up to {0} leaves samples to compare; give --latency or a larger --max-latency"
    )]
    NoLatency(u64),
}

/// Names of two traces that have nothing in common.
#[derive(Debug, PartialEq, Eq)]
pub struct NoCommon {
    /// The golden trace.
    pub golden: String,
    /// The other trace.
    pub dut: String,
    /// Some golden names.
    pub golden_names: Vec<String>,
    /// Some names of the other trace.
    pub dut_names: Vec<String>,
    /// Prefixes that would make names meet: golden, other, and how many names then do.
    pub prefixes: Option<(String, String, usize)>,
}

impl NoCommon {
    fn describe(&self) -> String {
        let mut text = String::new();
        let sides = [(&self.golden, &self.golden_names), (&self.dut, &self.dut_names)];
        for (file, names) in sides {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n  {file} has {}", names.join(", "));
        }
        if let Some((golden, dut, count)) = &self.prefixes {
            let _ = write!(text, "\n  {count} names would meet with");
            for (option, prefix) in [("--golden-prefix", golden), ("--dut-prefix", dut)] {
                if !prefix.is_empty() {
                    let _ = write!(text, " {option} {prefix}");
                }
            }
        }
        text
    }
}

fn list(lead: &str, names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; {lead} {}", names.join(", ")) }
}
