//! What can go wrong between a configuration and a bitstream.

use std::path::PathBuf;

use bitladder_fpga::FlowError;
use bitladder_hdl_machine::top::MachineError;
use bitladder_machine::CompileError;
use bitladder_rtl::{EmitError, Errors};
use thiserror::Error;

use crate::performance::ModelError;

/// A build that failed.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The machine cannot be built as configured.
    #[error(transparent)]
    Machine(Box<MachineError>),
    /// The description layer rejected the top: a mistake of this crate.
    #[error("machine `{machine}`: its top is wrong; please report this: {source}")]
    Description {
        /// The machine's name.
        machine: String,
        /// What it says.
        source: Box<Errors>,
    },
    /// It cannot be written as Verilog.
    #[error("machine `{machine}`: {source}")]
    Verilog {
        /// The machine's name.
        machine: String,
        /// Why.
        source: EmitError,
    },
    /// A configuration for another family of FPGAs.
    #[error(
        "machine `{machine}` is for {family}, board `{board}` has {device} ({needs}); set `family` \
         in the configuration, or choose another board"
    )]
    Family {
        /// The machine's name.
        machine: String,
        /// Its family.
        family: String,
        /// The board's name.
        board: String,
        /// Its FPGA.
        device: &'static str,
        /// The FPGA's family.
        needs: &'static str,
    },
    /// The host link cannot be built.
    #[error("machine `{machine}`: {source}")]
    Link {
        /// The machine's name.
        machine: String,
        /// What is wrong with which key.
        source: Box<bitladder_blocks::BlockError>,
    },
    /// A link that boards have no pins for.
    #[error(
        "host link `{host}` is for systems on a chip: use it without a board, or take `{other}`"
    )]
    Host {
        /// The link.
        host: &'static str,
        /// One that boards can carry.
        other: &'static str,
    },
    /// Clocks that the board's oscillator does not give.
    #[error(transparent)]
    Clocks(#[from] bitladder_fpga::ClockError),
    /// A serial line faster than the clocks that the board really has.
    #[error(
        "machine `{machine}`: `host.baud` is {baud}, but on board `{board}` the slowest clock is \
         {hz} Hz, and a bit takes four cycles or more: choose a lower rate"
    )]
    Baud {
        /// The machine's name.
        machine: String,
        /// Bits per second.
        baud: u32,
        /// The board's name.
        board: String,
        /// The slowest clock.
        hz: u32,
    },
    /// Memory outside the FPGA, whose pins go both ways.
    #[error(
        "machine `{machine}` has external memory, for which board `{board}` gets no pins yet: put it \
         into a design of your own (`--emit-only` without a board)"
    )]
    ExternalMemory {
        /// The machine's name.
        machine: String,
        /// The board's name.
        board: String,
    },
    /// The tools failed, or the design is not what it should be.
    #[error(transparent)]
    Flow(Box<FlowError>),
    /// The register map cannot be written.
    #[error("the register map: {0}")]
    Map(#[from] bitladder_machine::isa::description::DescriptionError),
    /// A page or script that cannot be rendered.
    #[error("a template: {0}")]
    Template(#[from] tera::Error),
    /// A report that cannot be written.
    #[error("a report: {0}")]
    Json(#[from] serde_json::Error),
    /// Text that cannot be put together.
    #[error("a text: {0}")]
    Text(#[from] std::fmt::Error),
    /// The network does not run on the machine.
    #[error(transparent)]
    Network(Box<CompileError>),
    /// A descriptor without meaning: a mistake of the compiler.
    #[error(transparent)]
    Program(#[from] bitladder_machine::isa::DescriptorError),
    /// The assumptions about energy cannot be read.
    #[error(transparent)]
    Energy(#[from] ModelError),
    /// A file that cannot be written.
    #[error("{}: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl From<FlowError> for BuildError {
    fn from(source: FlowError) -> BuildError {
        BuildError::Flow(Box::new(source))
    }
}

impl From<MachineError> for BuildError {
    fn from(source: MachineError) -> BuildError {
        BuildError::Machine(Box::new(source))
    }
}

impl From<CompileError> for BuildError {
    fn from(source: CompileError) -> BuildError {
        BuildError::Network(Box::new(source))
    }
}
