//! A machine that exists only as numbers: for tests, comparisons and planning.

mod machine;
mod record;
mod workload;

pub use machine::{Disturbance, SimulatedMachine};
pub use record::{Completed, Record, Step};
pub use workload::Workload;
