//! From emitted Verilog to a bitstream, on open tools, with reports.
//!
//! | module | what it holds |
//! |---|---|
//! | `board` | boards as TOML, checked; constraint files from them |
//! | `clocks` | PLLs and dividers between a board's oscillator and a design |
//! | `device` | the FPGAs and what is in them |
//! | [`tools`] | finding, installing and running Yosys, nextpnr and the packers |
//! | [`flow`] | synthesis, checks, place and route, packing |
//! | [`report`] | resources by module, clocks, critical paths; JSON and text |
//! | [`estimate`] | sizes of arrays without synthesis |
//! | [`designs`] | designs to try the flow with |
//!
//! [`bitladder_blocks::frame`] puts any module behind three pins that every board has.
//!
//! `docs/fpga-flow.md` in the repository is the guide.

mod board;
mod clocks;
pub mod designs;
mod device;
pub mod estimate;
pub mod flow;
mod hash;
pub mod report;
pub mod tools;

pub use board::{
    BindError, Binding, Board, BoardError, Fpga, Oscillator, Program, Pull, Signal,
    SignalDirection, TopPort, bind, constraint_file, flow_constraints,
};
pub use clocks::{ClockCell, ClockError, Clocks};
pub use device::{DEVICES, Device, Family};
pub use flow::{Expected, Flow, FlowError, Job, Limits, Subject, Synthesis};
pub use report::{Report, Resource, Resources};
pub use tools::Toolbox;
