//! Compares waveforms of a design with golden traces.
//!
//! Both files, VCD or FST, are read in lockstep with memory that does not depend on their length.
//! Samples are brought together by time, by clock edges or by transactions; names by prefixes,
//! rules and a [signal map](map); and [`XPolicy`] says what unknown bits mean. The [`Report`]
//! names every mismatch, and comparing nothing is an [error](DiffError), never success.
//!
//! ```no_run
//! use bitladder_wavediff::{Alignment, ClockOptions, Options, compare};
//!
//! # fn main() -> Result<(), bitladder_wavediff::DiffError> {
//! let clock = ClockOptions { golden: Some("clk".to_owned()), ..ClockOptions::default() };
//! let options = Options { alignment: Alignment::Clock(clock), max_listed: 100, ..Options::default() };
//! let report = compare("golden.vcd".as_ref(), "sim.fst".as_ref(), &options, &mut |_| {})?;
//! std::process::exit(report.exit_code().into())
//! # }
//! ```

mod annotate;
mod compare;
mod engine;
mod error;
mod latency;
mod layout;
mod names;
mod options;
mod pairs;
mod plan;
mod policy;
mod recorder;
mod resolve;
mod side;
mod split;
mod streams;
mod suggest;
mod timescale;
mod value;

pub mod cli;
pub mod map;
pub mod output;
pub mod report;
pub mod trace;

pub use compare::{Comparer, compare};
pub use error::{DiffError, NoCommon, SetupError};
pub use names::NameRules;
pub use options::{Alignment, ClockOptions, Edge, Latency, Options, SamplePoint, Tail};
pub use policy::XPolicy;
pub use report::Report;
pub use timescale::{Moment, TimeError, Timescale};
