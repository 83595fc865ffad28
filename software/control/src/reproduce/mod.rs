//! The experiments of "Coordinated DVFS and Precision Control for Deep Neural Networks", and the
//! same experiments with our own policy.
//!
//! Everything here is a function from seeds to numbers; `bitladder reproduce pit` writes them to
//! files, beside what the paper prints ([`paper`]).

mod comparison;
mod figures;
mod frontier;
pub mod paper;
mod setup;
mod summary;
mod tables;

pub use comparison::{Gap, Wins, gap_to_optimum, wins};
pub use figures::{Fifths, SweepPoint, figure_one, figure_three};
pub use frontier::{FrontierRow, frontier, least_joules};
pub use setup::{ReproduceError, Scheduler, Setup};
pub use summary::{Spread, Summary};
pub use tables::{PowerGap, SensitivityRow, WorkloadRuns, power_gaps, sensitivity, workload_runs};
