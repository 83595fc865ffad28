//! What the flow builds.

use bitladder_rtl::{Design, EmitError, EmitOptions, Emitted};

use crate::board::TopPort;

/// Verilog with its top module's ports.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The Verilog.
    pub verilog: Emitted,
    /// The ports of the top module: their names decide the pins.
    pub ports: Vec<TopPort>,
    /// The frequency in MHz of the clock that it makes from the oscillator's, if it does: both stay
    /// what they are whatever the target.
    pub made_mhz: Option<f64>,
}

impl Subject {
    /// A design of the description layer.
    pub fn new(design: &Design, options: &EmitOptions) -> Result<Subject, EmitError> {
        let (verilog, ports) = (design.verilog(options)?, TopPort::of(design.top()));
        Ok(Subject { verilog, ports, made_mhz: None })
    }

    /// The name of the top module.
    pub fn top(&self) -> &str {
        &self.verilog.top
    }
}
