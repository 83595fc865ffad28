//! Everything about the machine that needs no RTL.

mod config;
pub mod isa;

pub use config::{
    ArrayConfig, ClockConfig, ConfigError, Dataflow, Family, MachineConfig, MemoryConfig,
    Multiplier, PostConfig,
};
