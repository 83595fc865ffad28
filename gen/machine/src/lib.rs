//! Everything about the machine that needs no RTL: what it is made of, what its programs mean, and
//! how long they take. `docs/machine.md` is the same in prose.
//!
//! | concern | item |
//! |---|---|
//! | one machine's sizes and abilities | [`MachineConfig`] |
//! | descriptors, registers, memories | [`isa`], made from `isa.toml` |
//! | network to memory contents | [`compile`], [`compile_package`] -> [`Program`], [`PackageImage`] |
//! | what a program computes, word by word | [`interpret`], [`Machine`], [`Observer`] |
//! | how many cycles it takes, and why | [`cycles`] -> [`CycleReport`] |
//!
//! ```
//! use bitladder_golden::{generate::{Limits, random_inputs, random_network}, oracle};
//! use bitladder_machine::{MachineConfig, compile, cycles, interpret};
//!
//! let config = MachineConfig::parse("sim-4x4", include_str!("../../configs/sim-4x4.toml"))?;
//! let network = random_network(2, &Limits { widths: vec![8], ..Limits::default() });
//! let program = compile(&network, &config, 2)?;
//! let inputs = random_inputs(&network, 2, 1)?;
//! let outcome = interpret(&program, &inputs)?;
//! assert_eq!(outcome.results, oracle::run(&network, &inputs, |_, _| ())?);
//! println!("{}", cycles(&program, &config)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here writes a file. A change of `isa.toml` takes effect in two steps: add what is new
//! and bless the generated files (see the file's head), then use it.

mod checksum;
mod compile;
mod config;
mod cycles;
mod interpret;
pub mod isa;
mod program;

pub use checksum::Checksum;
pub use compile::{CompileError, Dims, Memories, TensorLayout, compile, compile_package};
pub use config::{
    ArrayConfig, ArrayGate, BusMemory, ClockConfig, ConfigError, Dataflow, ElementConfig,
    ExternalMemory, Family, HostConfig, HostPort, LimitsConfig, MachineConfig, MemoryConfig,
    Multiplier, PostConfig, SdramChip, is_large_array,
};
pub use cycles::{
    CycleReport, LayerCycles, Stalls, cycles, descriptor_cycles, precision_change_cycles,
    start_cycles, word_cycle,
};
pub use interpret::{
    Blind, InterpretError, LanePlace, Machine, Observer, Outcome, Step, interpret,
    interpret_observed,
};
pub use program::{
    LayerInfo, LoadError, MemoryUse, PackageImage, Placement, Program, ResultLayout,
};
