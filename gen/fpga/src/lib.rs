//! From emitted Verilog to a bitstream, on open tools, with reports.

mod board;
mod device;

pub use board::{
    BindError, Binding, Board, BoardError, Fpga, Oscillator, Program, Pull, Signal,
    SignalDirection, TopPort, bind, constraint_file, flow_constraints,
};
pub use device::{DEVICES, Device, Family};
