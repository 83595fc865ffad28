//! The RTL of the machine, simulated in this process.

use std::sync::Arc;

use bitladder_hdl_machine::top::{MachineError, machine};
use bitladder_link::{LinkError, TransportError};
use bitladder_machine::MachineConfig;
use bitladder_memory_models::Stalls;
use bitladder_rtl::{Design, Errors, Module, Signal, Sim, SimError};
use bitladder_verilated::{BuildOptions, Model, VerilatedError};
use thiserror::Error;

use crate::outside::{Joined, OutsideModel, outside_model};
use crate::pins::{Input, Output, PinBus, Pins};
use crate::{BusDevice, BusError};

/// A simulation that cannot be built.
#[derive(Debug, Error)]
pub enum BackendError {
    /// The machine.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// Its elaboration: a mistake of the hardware's description.
    #[error("the machine cannot be elaborated; please report this: {0}")]
    Elaborate(#[from] Errors),
    /// The Rust simulation.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// Verilator.
    #[error(transparent)]
    Verilated(#[from] VerilatedError),
    /// The first cycles.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The line to a machine behind packets.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The first packets.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// Pins of the Rust simulation.
pub struct RustSim {
    sim: Sim,
    inputs: [Signal; 7],
    outputs: [Signal; 4],
    outside: Option<Joined<Signal, Signal>>,
}

impl RustSim {
    /// The simulation, to look inside.
    pub fn sim(&mut self) -> &mut Sim {
        &mut self.sim
    }

    /// The memory outside, if there is one.
    pub fn outside(&mut self) -> Option<&mut OutsideModel> {
        self.outside.as_mut().map(Joined::model)
    }
}

impl Pins for RustSim {
    fn set(&mut self, pin: Input, value: u32) {
        self.sim.write(self.inputs[pin as usize], value.into());
    }

    fn get(&mut self, pin: Output) -> u32 {
        self.sim.read(self.outputs[pin as usize]) as u32
    }

    fn step(&mut self, cycles: u32) -> Result<(), BusError> {
        let link = |source: SimError| BusError::Link { source: Box::new(source) };
        for _ in 0..cycles {
            if let Some(outside) = &mut self.outside {
                let get = |sim: &mut Sim, port| sim.read(port) as u64;
                let set = |sim: &mut Sim, port, value: u64| sim.write(port, value.into());
                outside.cycle(&mut self.sim, get, set)?;
            }
            self.sim.step("clk").map_err(link)?;
        }
        Ok(())
    }
}

/// The machine in the Rust simulation. Registers without a reset begin with arbitrary values, as
/// in hardware. Memory outside answers as fast as it can.
pub fn rust_sim(config: &MachineConfig) -> Result<BusDevice<PinBus<RustSim>>, BackendError> {
    rust_sim_with(config, outside_model(config, Stalls::new(0, 8)))
}

/// The machine in the Rust simulation with a memory outside, which must be what its configuration
/// has.
pub fn rust_sim_with(
    config: &MachineConfig,
    outside: Option<OutsideModel>,
) -> Result<BusDevice<PinBus<RustSim>>, BackendError> {
    simulated(&machine(config)?, outside)
}

/// A machine that was built before, or changed since, in the Rust simulation; without memory
/// outside.
pub fn rust_sim_of(machine: &Arc<Module>) -> Result<BusDevice<PinBus<RustSim>>, BackendError> {
    simulated(machine, None)
}

fn simulated(
    machine: &Arc<Module>,
    outside: Option<OutsideModel>,
) -> Result<BusDevice<PinBus<RustSim>>, BackendError> {
    let design = Design::elaborate(machine)?;
    let mut sim = Sim::new(&design)?;
    sim.scramble(0x5eed);
    let [reset, valid, write, address, data, strobe, clock] =
        Input::ALL.map(|(_, name)| sim.input(name));
    let inputs = [reset?, valid?, write?, address?, data?, strobe?, clock?];
    let [ready, read, error, level] = Output::ALL.map(|(_, name)| sim.signal(name));
    let outputs = [ready?, read?, error?, level?];
    let joined = |model| Joined::new(model, |name| sim.signal(name), |name| sim.input(name));
    let outside = outside.map(joined).transpose()?;
    Ok(BusDevice::new(PinBus::new(RustSim { sim, inputs, outputs, outside })?))
}

/// Pins of a model made by Verilator.
pub struct Verilated {
    model: Model,
    inputs: [bitladder_verilated::Input; 7],
    outputs: [bitladder_verilated::Output; 4],
    outside: Option<Joined<bitladder_verilated::Output, bitladder_verilated::Input>>,
}

impl Verilated {
    /// The model, for instance to write waveforms.
    pub fn model(&mut self) -> &mut Model {
        &mut self.model
    }

    /// The memory outside, if there is one.
    pub fn outside(&mut self) -> Option<&mut OutsideModel> {
        self.outside.as_mut().map(Joined::model)
    }
}

impl Pins for Verilated {
    fn set(&mut self, pin: Input, value: u32) {
        self.model.set(self.inputs[pin as usize], value.into());
    }

    fn get(&mut self, pin: Output) -> u32 {
        self.model.get(self.outputs[pin as usize]) as u32
    }

    fn step(&mut self, cycles: u32) -> Result<(), BusError> {
        let Some(outside) = &mut self.outside else {
            self.model.step(cycles.into());
            return Ok(());
        };
        for _ in 0..cycles {
            let get = |model: &mut Model, port| model.get(port) as u64;
            let set = |model: &mut Model, port, value: u64| model.set(port, value.into());
            outside.cycle(&mut self.model, get, set)?;
            self.model.step(1);
        }
        Ok(())
    }
}

/// The machine's Verilog in Verilator. Memory outside answers as fast as it can.
pub fn verilator(
    config: &MachineConfig,
    options: &BuildOptions,
) -> Result<BusDevice<PinBus<Verilated>>, BackendError> {
    verilator_with(config, options, outside_model(config, Stalls::new(0, 8)))
}

/// The machine's Verilog in Verilator with a memory outside, which must be what its configuration
/// has.
pub fn verilator_with(
    config: &MachineConfig,
    options: &BuildOptions,
    outside: Option<OutsideModel>,
) -> Result<BusDevice<PinBus<Verilated>>, BackendError> {
    let design = Design::elaborate(&machine(config)?)?;
    let model = Model::build(&design, options)?;
    let [reset, valid, write, address, data, strobe, clock] =
        Input::ALL.map(|(_, name)| model.input(name));
    let inputs = [reset?, valid?, write?, address?, data?, strobe?, clock?];
    let [ready, read, error, level] = Output::ALL.map(|(_, name)| model.output(name));
    let outputs = [ready?, read?, error?, level?];
    let joined = |memory| Joined::new(memory, |name| model.output(name), |name| model.input(name));
    let outside = outside.map(joined).transpose()?;
    Ok(BusDevice::new(PinBus::new(Verilated { model, inputs, outputs, outside })?))
}
