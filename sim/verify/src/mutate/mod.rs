//! Faults on purpose, and the suite that must see them.
//!
//! [`Suite`] holds networks that together ask for everything a machine can do, what each must give,
//! what a host must be refused, and what the
//! array, the decoder and the counter of passes do alone. [`hardware`] breaks one thing in the RTL at a time and runs the
//! suite on it in the Rust simulation; [`engine`] does the same to the golden engine, next to the
//! oracle. What survives is listed.

mod campaign;
mod case;
pub mod engine;
mod equal;
mod host;
mod programs;
mod suite;
mod units;

use bitladder_device::{BackendError, BusDevice, DeviceError, PinBus, RustSim};
use bitladder_hdl_machine::top::MachineError;
use bitladder_rtl::Errors;
use thiserror::Error;

pub use campaign::{Outcome, Plan, Survey, hardware, line_of, sample};
pub use equal::{EqualError, Verdict, equal};
pub use suite::Suite;

/// The machine that is tested.
pub(crate) type Dut = BusDevice<PinBus<RustSim>>;

/// How a fault shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The case or scenario.
    pub by: String,
    /// What was wrong.
    pub what: String,
}

/// A suite that cannot be used.
#[derive(Debug, Error)]
pub enum SuiteError {
    /// The machine cannot be built.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The machine cannot be simulated.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A broken design does not elaborate.
    #[error("the fault `{fault}` gives no design: {source}")]
    Fault {
        /// The fault.
        fault: String,
        /// Why.
        source: Errors,
    },
    /// The sound machine fails: nothing can be said about broken ones.
    #[error("the machine without faults fails `{by}`: {what}")]
    Unsound {
        /// The case.
        by: String,
        /// What is wrong.
        what: String,
    },
    /// The sound machine cannot be run.
    #[error("the machine without faults cannot be run: {0}")]
    Device(#[from] DeviceError),
    /// No network fits.
    #[error("no network of the suite fits the machine `{machine}`: its memories are too small")]
    Empty {
        /// The machine.
        machine: String,
    },
}
