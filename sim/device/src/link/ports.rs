//! Ports of a simulated design, by number.

use bitladder_link::TransportError;
use bitladder_rtl::{Design, Signal, Sim};
use bitladder_verilated::{BuildOptions, Input, Model, Output};

use crate::BackendError;

/// A design whose ports are set and read, and whose clock is given. Input 0 is the reset.
pub trait Ports {
    /// Sets an input.
    fn set(&mut self, input: usize, value: u32);

    /// Reads an output as it is with the present inputs.
    fn get(&mut self, output: usize) -> u32;

    /// Lets one cycle pass.
    fn step(&mut self) -> Result<(), TransportError>;
}

/// Ports in the Rust simulation.
pub struct SimPorts {
    sim: Sim,
    inputs: Vec<Signal>,
    outputs: Vec<Signal>,
}

impl SimPorts {
    /// The design's simulation. Registers without a reset begin with arbitrary values.
    pub fn new(design: &Design, inputs: &[&str], outputs: &[&str]) -> Result<Self, BackendError> {
        let mut sim = Sim::new(design)?;
        sim.scramble(0x5eed);
        let inputs = inputs.iter().map(|name| sim.input(name)).collect::<Result<_, _>>()?;
        let outputs = outputs.iter().map(|name| sim.signal(name)).collect::<Result<_, _>>()?;
        Ok(Self { sim, inputs, outputs })
    }
}

impl Ports for SimPorts {
    fn set(&mut self, input: usize, value: u32) {
        self.sim.write(self.inputs[input], value.into());
    }

    fn get(&mut self, output: usize) -> u32 {
        self.sim.read(self.outputs[output]) as u32
    }

    fn step(&mut self) -> Result<(), TransportError> {
        self.sim.step("clk").map_err(|source| TransportError::Failed(Box::new(source)))
    }
}

/// Ports of a model made by Verilator.
#[derive(Debug)]
pub struct VerilatedPorts {
    model: Model,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
}

impl VerilatedPorts {
    /// The design's model, built or taken from the cache.
    pub fn new(
        design: &Design,
        options: &BuildOptions,
        inputs: &[&str],
        outputs: &[&str],
    ) -> Result<Self, BackendError> {
        let model = Model::build(design, options)?;
        let inputs = inputs.iter().map(|name| model.input(name)).collect::<Result<_, _>>()?;
        let outputs = outputs.iter().map(|name| model.output(name)).collect::<Result<_, _>>()?;
        Ok(Self { model, inputs, outputs })
    }

    /// The model, for instance to write waveforms.
    pub fn model(&mut self) -> &mut Model {
        &mut self.model
    }
}

impl Ports for VerilatedPorts {
    fn set(&mut self, input: usize, value: u32) {
        self.model.set(self.inputs[input], value.into());
    }

    fn get(&mut self, output: usize) -> u32 {
        self.model.get(self.outputs[output]) as u32
    }

    fn step(&mut self) -> Result<(), TransportError> {
        self.model.step(1);
        Ok(())
    }
}
