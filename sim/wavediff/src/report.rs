//! The outcome of a comparison.

use serde::Serialize;

use crate::policy::XPolicy;
use crate::timescale::Timescale;

/// Everything that a comparison found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether the traces agree.
    pub verdict: Verdict,
    /// The golden trace's file.
    pub golden: String,
    /// The other trace's file.
    pub dut: String,
    /// How samples were aligned, in words.
    pub alignment: String,
    /// What [`Mismatch::position`] counts.
    pub position_unit: PositionUnit,
    /// How far the other trace runs behind, in [`Report::position_unit`], per stream if aligned on
    /// streams.
    pub latency: Vec<Latency>,
    /// What x and z meant.
    pub policy: XPolicy,
    /// The unit of all times, as text; times are integers of it.
    #[serde(serialize_with = "serialize_display")]
    pub time_unit: Timescale,
    /// Samples, transactions or moments compared.
    pub samples: u64,
    /// Signals compared, aliases not counted.
    pub compared: usize,
    /// Runs of differing samples, over all signals.
    pub mismatches: u64,
    /// One entry for each signal that differs, in the order of the golden trace.
    pub signals: Vec<SignalReport>,
    /// Traces or streams that are shorter than their golden ones, or longer.
    pub lengths: Vec<LengthDifference>,
    /// What else a user should know.
    pub notes: Vec<String>,
    /// What viewers of the two traces need.
    #[serde(skip)]
    pub views: [TraceView; 2],
}

/// How a viewer finds the signals of one trace.
#[derive(Debug, Clone, Default)]
pub struct TraceView {
    /// The trace's file.
    pub file: String,
    /// Units of [`Report::time_unit`] in one unit of the file.
    pub factor: i64,
    /// Clocks and handshakes, as the file names them.
    pub controls: Vec<String>,
    /// Signals that differ, as the file names them.
    pub signals: Vec<String>,
}

/// Whether traces agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No difference.
    Equal,
    /// At least one difference.
    Different,
}

/// What positions count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PositionUnit {
    /// Units of time.
    Time,
    /// Clock edges of the golden trace.
    Cycle,
    /// Transactions of a stream.
    Transaction,
}

/// Shift of one stream, or of the whole trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// The stream; none if the shift is that of the trace.
    pub stream: Option<String>,
    /// How far the other trace runs behind.
    pub shift: i64,
    /// True if it was searched for.
    pub found: bool,
}

/// All about one signal that differs.
#[derive(Debug, Serialize)]
pub struct SignalReport {
    /// Common name.
    pub name: String,
    /// Full name in the golden trace.
    pub golden: String,
    /// Full name in the other trace.
    pub dut: String,
    /// Width in bits, zero for reals.
    pub width: u32,
    /// Other names of the same pair of signals.
    pub aliases: u32,
    /// Runs of differing samples.
    pub mismatches: u64,
    /// Differing samples, transactions or units of time.
    pub span: u64,
    /// The listed runs, the first always among them.
    pub listed: Vec<Mismatch>,
}

/// A run of samples over which two values stay the same and differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Where it starts, in [`Report::position_unit`].
    pub position: i64,
    /// How long it lasts, in the same unit.
    pub span: u64,
    /// When it starts in the golden trace.
    pub golden_time: i64,
    /// When it starts in the other trace.
    pub dut_time: i64,
    /// The golden value.
    pub expected: String,
    /// The other value.
    pub found: String,
    /// Differing bits, 0 the rightmost; the lowest 64 of them.
    pub bits: Vec<u32>,
    /// Annotations of the map.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meaning: Vec<Meaning>,
    /// Annotated bit fields that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldDifference>,
}

/// One annotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meaning {
    /// `layer`, `tile`, `lane` or `note`.
    pub key: String,
    /// Its value at the mismatch.
    pub value: String,
}

/// A bit field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldDifference {
    /// Name of the field.
    pub name: String,
    /// Lane of the field.
    pub lane: Option<i64>,
    /// Golden value of the field.
    pub expected: String,
    /// Other value of the field.
    pub found: String,
}

/// Numbers of samples that do not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LengthDifference {
    /// The stream, or `clock`.
    pub what: String,
    /// Samples in the golden trace.
    pub golden: u64,
    /// Samples in the other trace.
    pub dut: u64,
    /// True if comparing stopped because one side ran too far ahead of the other.
    pub gave_up: bool,
}

impl Report {
    /// The first mismatch of all, with its signal.
    pub fn first(&self) -> Option<(&SignalReport, &Mismatch)> {
        let firsts =
            self.signals.iter().filter_map(|signal| Some((signal, signal.listed.first()?)));
        firsts.min_by_key(|(_, mismatch)| mismatch.golden_time)
    }

    /// The program's exit code: 0 for equal, 1 for different.
    pub fn exit_code(&self) -> u8 {
        u8::from(self.verdict == Verdict::Different)
    }
}

fn serialize_display<T: std::fmt::Display, S: serde::Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
