//! What to compare and how.

use serde::Serialize;

use crate::map::SignalMap;
use crate::names::NameRules;
use crate::policy::XPolicy;
use crate::timescale::Moment;

/// Everything that decides what two traces are compared on.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How samples of the two traces are brought together.
    pub alignment: Alignment,
    /// How far the other trace runs behind.
    pub latency: Latency,
    /// What x and z mean.
    pub policy: XPolicy,
    /// Relative difference at which reals still count as equal.
    pub real_tolerance: f64,
    /// Which names take part.
    pub names: NameRules,
    /// Which names belong together and what they mean.
    pub map: SignalMap,
    /// Only moments at or after this one are compared.
    pub from: Option<Moment>,
    /// Only moments at or before this one are compared.
    pub to: Option<Moment>,
    /// Samples or transactions to leave out at the start of both traces, such as a reset.
    pub skip: u64,
    /// What to do when one trace has more samples than the other.
    pub tail: Tail,
    /// Whether each golden signal must have a partner.
    pub require_all: bool,
    /// How many mismatches to list; all are counted.
    pub max_listed: usize,
}

/// How samples are brought together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Alignment {
    /// At each moment at which either trace changes.
    #[default]
    Time,
    /// The n-th edge of one clock with the n-th edge of the other.
    Clock(ClockOptions),
    /// The n-th transaction of each stream with the n-th of the other.
    Streams(ClockOptions),
}

/// Clocks, one per trace; names are looked up after the map's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClockOptions {
    /// Clock of the golden trace.
    pub golden: Option<String>,
    /// Clock of the other trace; the golden one's name if none is given.
    pub dut: Option<String>,
    /// Edge that takes a sample.
    pub edge: Edge,
    /// On which side of the edge values are read.
    pub sample: SamplePoint,
}

/// Edge of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// From 0 to 1.
    #[default]
    Rising,
    /// From 1 to 0.
    Falling,
    /// Both.
    Both,
}

/// Where values are read, relative to an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum SamplePoint {
    /// Just before the edge, as a flip-flop reads them.
    #[default]
    Before,
    /// After all changes of the edge's moment.
    After,
}

/// How far the other trace runs behind the golden one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Latency {
    /// By so many samples or transactions; negative if it runs ahead.
    Samples(i64),
    /// By so much time.
    Time(Moment),
    /// By what gives the fewest mismatches.
    Auto {
        /// Samples or time steps that are looked at.
        window: u64,
        /// Largest shift that is tried, in samples.
        most: u64,
    },
}

impl Default for Latency {
    fn default() -> Self {
        Self::Samples(0)
    }
}

/// What a different number of samples means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Tail {
    /// A difference, beyond what the latency explains.
    #[default]
    Strict,
    /// Nothing: what the longer trace has in addition is left out.
    Ignore,
}
