//! What the flow builds.

use bitladder_rtl::{Design, EmitError, EmitOptions, Emitted};

use crate::board::TopPort;

/// Verilog with its top module's ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The Verilog.
    pub verilog: Emitted,
    /// The ports of the top module: their names decide the pins.
    pub ports: Vec<TopPort>,
    /// It makes its clock from the oscillator's, whose frequency then stays what it is whatever
    /// the target.
    pub makes_clock: bool,
}

impl Subject {
    /// A design of the description layer.
    pub fn new(design: &Design, options: &EmitOptions) -> Result<Subject, EmitError> {
        let (verilog, ports) = (design.verilog(options)?, TopPort::of(design.top()));
        Ok(Subject { verilog, ports, makes_clock: false })
    }

    /// The name of the top module.
    pub fn top(&self) -> &str {
        &self.verilog.top
    }
}
