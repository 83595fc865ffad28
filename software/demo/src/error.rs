//! What can go wrong while the story is made.

use bitladder_control::platform::PlatformError;
use bitladder_control::reproduce::ReproduceError;
use bitladder_device::{BackendError, DeviceError};
use bitladder_emit::{ModelError, estimate::EstimateError};
use bitladder_flow::FlowError;
use bitladder_golden::GoldenError;
use bitladder_machine::CompileError;
use bitladder_machine::isa::DescriptorError;
use thiserror::Error;

/// Why there is no story.
#[derive(Debug, Error)]
pub enum DemoError {
    /// A device cannot be made.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A device does not do what it was asked for.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The golden engine.
    #[error(transparent)]
    Engine(#[from] GoldenError),
    /// The data and the network.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The network does not fit the machine.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The cycles of the program.
    #[error(transparent)]
    Program(#[from] DescriptorError),
    /// The size of the machine.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// Energy.
    #[error(transparent)]
    Energy(#[from] ModelError),
    /// The machine's costs.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// Scheduling.
    #[error(transparent)]
    Schedule(#[from] ReproduceError),
    /// The waveform.
    #[error("the waveform of the run cannot be kept: {0}; is there room for temporary files?")]
    Wave(#[from] std::io::Error),
    /// The machine has other signals.
    #[error("the waveform has no signal `{name}`: it is not that of a machine's top")]
    Signal {
        /// The signal.
        name: &'static str,
    },
    /// The page.
    #[error("the report cannot be filled in: {0}")]
    Page(#[from] tera::Error),
}
