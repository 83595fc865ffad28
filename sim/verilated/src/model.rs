//! A running model.

use std::path::Path;

use bitladder_rtl::{Design, Direction, Port};

use crate::library::Instance;
use crate::{BuildOptions, VerilatedError, build};

/// An input of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input(u32);

/// An output of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output(u32);

/// A design in Verilator's form.
pub struct Model {
    instance: Instance,
    top: String,
    ports: Vec<Port>,
    cycles: u64,
}

impl Model {
    /// Builds the design's library, or finds it in the cache, and starts a model. Registers without
    /// a reset begin with random values.
    pub fn build(design: &Design, options: &BuildOptions) -> Result<Self, VerilatedError> {
        let instance = Instance::load(&build::library(design, options)?)?;
        let (top, ports) = (design.top().name().to_owned(), design.top().ports().to_vec());
        Ok(Self { instance, top, ports, cycles: 0 })
    }

    /// An input by its name in the Verilog, such as `data_i`.
    pub fn input(&self, name: &str) -> Result<Input, VerilatedError> {
        self.port(name, "input", |direction| direction == Direction::Input).map(Input)
    }

    /// An output by its name in the Verilog, such as `data_o`.
    pub fn output(&self, name: &str) -> Result<Output, VerilatedError> {
        self.port(name, "output", |direction| direction == Direction::Output).map(Output)
    }

    fn port(
        &self,
        name: &str,
        direction: &'static str,
        fits: impl Fn(Direction) -> bool,
    ) -> Result<u32, VerilatedError> {
        let found = self.ports.iter().position(|port| port.name == name && fits(port.direction));
        found.map(|index| index as u32).ok_or_else(|| {
            let all = self.ports.iter().filter(|port| fits(port.direction));
            let known: Vec<&str> = all.map(|port| port.name.as_str()).collect();
            let (top, name, known) = (self.top.clone(), name.to_owned(), known.join(", "));
            VerilatedError::Port { top, direction, name, known }
        })
    }

    /// Sets an input; bits beyond its width are dropped.
    pub fn set(&mut self, input: Input, bits: u128) {
        let width = self.ports[input.0 as usize].ty.width;
        let kept = if width >= 128 { bits } else { bits & ((1 << width) - 1) };
        self.instance.set(input.0, kept);
    }

    /// An output as it is with the present inputs.
    pub fn get(&mut self, output: Output) -> u128 {
        self.instance.get(output.0)
    }

    /// Lets cycles pass.
    pub fn step(&mut self, cycles: u64) {
        self.instance.step(cycles);
        self.cycles += cycles;
    }

    /// Lets cycles pass until an output is not zero, `most` at the most; gives how many passed, or
    /// `None` if the output stayed zero.
    pub fn run_until(&mut self, output: Output, most: u64) -> Option<u64> {
        let done = self.instance.run(output.0, most);
        self.cycles += done;
        (done < most || self.get(output) != 0).then_some(done)
    }

    /// Cycles since the start.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Writes waveforms from now on; `false` if the file cannot be written or the model was not
    /// built for it ([`BuildOptions::trace`]).
    #[must_use]
    pub fn trace(&mut self, path: &Path) -> bool {
        self.instance.trace(path)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("top", &self.top).field("cycles", &self.cycles).finish()
    }
}
