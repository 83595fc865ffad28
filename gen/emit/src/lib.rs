//! Machines for boards: from a configuration to Verilog, a bitstream, and what others need to use
//! it.
//!
//! | module | what it holds |
//! |---|---|
//! | `accelerator` | a machine with its host link, as Verilog with its blocks counted |
//! | `board_top` | what a board needs around it: PLL, reset, clock switch, pins |
//! | [`deliver`] | file list, FuseSoC core, register map, LiteX wrapper, C header |
//! | `build` | the output folder, with or without tools |
//! | [`estimate`] | sizes and speeds without synthesis; the best machine for a network |
//! | `performance` | operations, images and energy per second and precision |
//!
//! ```
//! use bitladder_emit::{Accelerator, Host};
//! use bitladder_machine::MachineConfig;
//! let text = include_str!("../../configs/hx8k-small.toml");
//! let config = MachineConfig::parse("hx8k-small.toml", text)?;
//! let accelerator = Accelerator::new(&config, Host::Wishbone)?;
//! assert_eq!(accelerator.expected.dsp, Some(0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accelerator;
mod blocks;
mod board_top;
mod build;
pub mod deliver;
mod error;
pub mod estimate;
mod host;
mod page;
mod performance;

/// Figures of a build's report, for other pages: classes `label`, `note`, `bar`, `strong`, `mark` and
/// `marked` want colours.
pub mod figures {
    pub use crate::page::{critical_path, escaped, modules, resources};
}

pub use accelerator::{Accelerator, board_design};
pub use build::{Build, Built};
pub use error::BuildError;
pub use host::Host;
pub use performance::{EnergyModel, ModelError, Peak, Performance, peaks, performances};

/// Name and version, as stamped on every file.
pub const GENERATOR: &str = concat!("bitladder ", env!("CARGO_PKG_VERSION"));
