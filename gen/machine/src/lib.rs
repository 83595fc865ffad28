//! Everything about the machine that needs no RTL.

mod compile;
mod config;
mod cycles;
mod interpret;
pub mod isa;
mod program;

pub use compile::{CompileError, Dims, Memories, TensorLayout, compile, compile_package};
pub use config::{
    ArrayConfig, ClockConfig, ConfigError, Dataflow, Family, MachineConfig, MemoryConfig,
    Multiplier, PostConfig,
};
pub use cycles::{CycleReport, LayerCycles, Stalls, cycles, precision_change_cycles};
pub use interpret::{
    Blind, InterpretError, LanePlace, Machine, Observer, Outcome, Step, interpret,
    interpret_observed,
};
pub use program::{LayerInfo, LoadError, PackageImage, Program, ResultLayout};
